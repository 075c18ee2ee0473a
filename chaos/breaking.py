"""Breaking an installation as planned. Owns how each kind of fault is made and undone, and notes when."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence

import psycopg

from chaos.history import Claim
from chaos.installation import Installation
from chaos.kept import Kept
from chaos.plan import Planned
from chaos.records import Fault, Rescue

_WATCH_S = 60.0
_BUSY_S = 5.0


class Breaker:
    """`carry_out` breaks; `faults` and `rescues` are what it noted."""

    def __init__(self, broken: Installation, seed: int, say: Callable[[str], None]) -> None:
        self._site = broken
        self._chance = random.Random(seed)
        self._say = say
        self._database = asyncio.Lock()
        self._queue = asyncio.Lock()
        self.faults: list[Fault] = []
        self.rescues: list[Rescue] = []

    async def carry_out(self, planned: Sequence[Planned]) -> None:
        """All of it, each at its time from now; returns when all is whole again and every rescue was seen."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for each in planned:
                await asyncio.sleep(max(0.0, began + each.at - time.monotonic()))
                group.create_task(self._break(each))

    async def _break(self, planned: Planned) -> None:
        match planned.kind:
            case "kill_worker":
                await self._kill_worker(planned)
            case "kill_api":
                await self._kill([self._site.api], planned)
            case "kill_all":
                await self._kill(self._site.workers, planned)
            case "freeze":
                await self._freeze(planned)
            case "postgres_5" | "postgres_45":
                await self._stop_database(planned)
            case "queue_flush" | "queue_restart":
                await self._lose_queue(planned)
            case "cut":
                await self._cut(planned)

    def _note(self, planned: Planned, began: float, told: str) -> None:
        fault = Fault(kind=planned.kind, began=began, ended=time.time(), told=told)
        self.faults.append(fault)
        self._say(f"{planned.at:6.1f} s  {fault.kind:<13} {fault.ended - began:5.1f} s  {told}")

    # --- processes ----------------------------------------------------------------------------------------------------

    async def _kill_worker(self, planned: Planned) -> None:
        able = [each for each in self._site.workers if each.alive and not each.frozen]
        if not able:
            return
        await self._busy(2 * len(able))
        victim, began = self._chance.choice(able), time.time()
        self._site.held.add(victim)
        victim.kill()
        watching = asyncio.create_task(self._watched(began))
        await self._let_live([victim], planned.lasts)
        self._note(planned, began, victim.name)
        self.rescues += (found := await watching)
        self._say(f"{planned.at:6.1f} s  {len(found)} runs of {victim.name} had another worker")

    async def _busy(self, runs: int) -> None:
        """Wait, for a while, until so many are in the hands of workers, so that one that dies has some."""
        end = time.monotonic() + _BUSY_S
        held = 0
        while held < runs and time.monotonic() < end:
            await asyncio.sleep(0.02)
            with contextlib.suppress(psycopg.Error):
                held = len(await self._site.history.claims())

    async def _watched(self, died_at: float) -> list[Rescue]:
        """The runs that a worker held at that time and did not keep until its lease was over, and who took them when.

        A run of a living worker is prolonged or over before its lease ends.
        """
        found: list[Rescue] = []
        held: dict[str, Claim] = {}
        with contextlib.suppress(psycopg.Error):
            held = await self._site.history.claims()
        while held and time.time() - died_at < _WATCH_S:
            await asyncio.sleep(0.1)
            with contextlib.suppress(psycopg.Error):
                claims, now = await self._site.history.claims(), time.time()
                for before in list(held.values()):
                    after = claims.get(before.run)
                    if after is not None and after.epoch == before.epoch:
                        held[before.run] = after
                        continue
                    del held[before.run]
                    if now >= before.until:
                        found.append(Rescue(before.run, died_at, now - died_at, before.crashes > 0))
        return found + [
            Rescue(run, died_at, None, claim.crashes > 0) for run, claim in held.items() if claim.until < time.time()
        ]

    async def _kill(self, victims: Sequence[Kept], planned: Planned) -> None:
        began = time.time()
        self._site.held |= set(victims)
        for each in victims:
            if each.alive:
                each.kill()
        await self._let_live(victims, planned.lasts)
        self._note(planned, began, ", ".join(each.name for each in victims))

    async def _let_live(self, victims: Sequence[Kept], after: float) -> None:
        await asyncio.sleep(after)
        for each in victims:
            if not each.alive:
                each.start()
        self._site.held -= set(victims)

    async def _freeze(self, planned: Planned) -> None:
        able = [each for each in self._site.workers if each.alive and not each.frozen]
        if not able:
            return
        victim, began = self._chance.choice(able), time.time()
        victim.freeze()
        await asyncio.sleep(planned.lasts)
        if victim.frozen:  # nobody has killed it meanwhile
            victim.thaw()
        self._note(planned, began, victim.name)

    # --- servers ------------------------------------------------------------------------------------------------------

    async def _stop_database(self, planned: Planned) -> None:
        async with self._database:
            began = time.time()
            await self._site.server.break_down()
            await asyncio.sleep(planned.lasts)
            await self._site.server.start()
            self._note(planned, began, "")

    async def _lose_queue(self, planned: Planned) -> None:
        async with self._queue:
            began, queue = time.time(), self._site.queue
            if queue is None:
                with contextlib.suppress(psycopg.Error):
                    await self._site.history.forget_rings()
            elif planned.kind == "queue_flush":
                await asyncio.to_thread(queue.empty)
            else:
                await asyncio.to_thread(queue.stop)
                await asyncio.sleep(planned.lasts)
                await asyncio.to_thread(queue.start)
            self._note(planned, began, "on Postgres" if queue is None else "on Valkey")

    async def _cut(self, planned: Planned) -> None:
        proxy, began = self._site.proxy, time.time()
        before = len(proxy.cuts)
        proxy.cut(self._chance.randint(3, 8))
        await asyncio.sleep(planned.lasts)
        proxy.cut(0)
        made = [statement for _, statement in proxy.cuts[before:]]
        self._note(planned, began, f"{len(made)} commits: " + " | ".join(statement[:40] for statement in made))
