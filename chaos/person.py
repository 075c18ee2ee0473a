"""A person who cancels runs, by the command line. Owns what they were told."""

from __future__ import annotations

import asyncio
import random
import time

import psycopg
from bench.processes import HarnessError

from chaos.installation import Installation
from chaos.records import Cancelled

_PAUSE = 6.0  # seconds between two of them; each is a process


class Person:
    """`told` are the runs that they were told will end."""

    def __init__(self, site: Installation, seed: int, rule: str) -> None:
        self._site = site
        self._chance = random.Random(seed)
        self._rule = rule
        self.told: list[Cancelled] = []

    async def run(self, seconds: float) -> None:
        """Cancel one of the rule's runs now and then, for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await asyncio.sleep(_PAUSE)
            try:
                if found := await self._site.history.runs_of(self._rule):
                    await self._cancel(self._chance.choice(found))
            except psycopg.OperationalError:
                continue  # the database is away

    async def _cancel(self, run: str) -> None:
        try:
            await self._site.command("runs", "cancel", run)
        except HarnessError:  # it was over by then, or the database was away
            return
        self.told.append(Cancelled(run, time.time()))
