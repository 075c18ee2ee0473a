"""One seed from beginning to end: everybody starts, things go wrong, then nothing does, and everything comes to rest.

Owns the course of a play; `laws` say what must have come of it.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from structlog.testing import capture_logs

from simulator.faults import Faults, Plan, plan_of
from simulator.loop import EPOCH, Loop
from simulator.machines import CONNECTION, WEBHOOK, Machines
from simulator.people import People
from simulator.played import Played
from simulator.remote import at_once
from simulator.sets import VARIETY, rules_of
from treadle.runtime.firing import keys_of
from treadle.runtime.ports import Publication
from treadle.runtime.store.memory import MemoryStore

_ENDS_WITHIN = 900.0  # seconds after the faults
_AT_REST = 600.0  # seconds in which nothing is to be done
_STOPS_WITHIN = 40.0


def play(seed: int, plan: Plan | None = None) -> Played:
    """Play it, with these faults instead of those of the seed. Raises what the simulator itself cannot do."""
    before = random.getstate()
    random.seed(seed)  # what the runtime asks of `random`: jitter
    try:
        with capture_logs() as logs:
            return _Play(seed, plan, logs).run()  # type: ignore[arg-type]
    finally:
        random.setstate(before)


class _Play:
    def __init__(self, seed: int, plan: Plan | None, logs: list[dict[str, Any]]) -> None:
        dice = self._dice = Random(seed)
        self._logs = logs
        self._loop = loop = Loop(Random(dice.getrandbits(64)))
        loop.set_exception_handler(self._trouble)
        store = MemoryStore(lambda: datetime.fromtimestamp(EPOCH + loop.time(), UTC))
        faults = Faults(loop, Random(dice.getrandbits(64)), plan or plan_of(dice))
        rules = rules_of(seed % VARIETY)
        self._machines = Machines(loop, Random(dice.getrandbits(64)), rules, self._note, faults, store)
        self._played = Played(
            seed=seed, rules=rules, store=store, service=self._machines.service, faults=faults,
            lease=self._machines.lease, sent=[], decided={}, started=set(), cancelled={}, said=defaultdict(list),
            troubles=[], trace=[],
        )  # fmt: skip
        self._people = People(loop, Random(dice.getrandbits(64)), self._machines, self._played, self._note)

    def _note(self, what: str) -> None:
        self._played.trace.append(f"{self._loop.time():.6f} {what}")

    def _trouble(self, _: Any, context: dict[str, Any]) -> None:
        if "pending" not in context["message"]:
            self._played.troubles.append(f"{context['message']}: {context.get('exception')!r}")

    def run(self) -> Played:
        """Play it."""
        self._loop.run_until_complete(self._loop.spawn(self._loop.world, self._course()))
        self._played.ended_at = self._loop.time()
        for log in self._logs:
            if log["log_level"] == "error" or log.get("exc_info") is not None:
                self._played.troubles.append(f"log: {log['event']} {log.get('exc_info')!r}")
        self._machines.remote.gone = True
        self._loop.clear()
        return self._played

    async def _course(self) -> None:
        machines, world = self._machines, self._loop.world
        await self._played.store.save_connection(CONNECTION)
        await self._publish(1, begins=keys_of(each.graph for each in self._played.rules.programs))
        for name in ["w1", "w2", "w3"][: self._dice.choice([1, 2, 3])]:
            machines.start(name, machines.works)
        for name in ["api1", "api2"][: self._dice.choice([1, 2])]:
            machines.start(name, machines.accepts)
        senders = [self._loop.spawn(world, each) for each in self._people.deliveries()]
        people = self._loop.spawn(world, self._people.decide())
        await asyncio.sleep(self._dice.uniform(5, 30))
        if self._played.rules.second is None:
            await self._publish(2)
        await asyncio.sleep(self._dice.uniform(10, 30))
        self._played.calm_at = self._loop.time()
        self._played.faults.end()
        self._note("all is well from now on")
        _, unanswered = await asyncio.wait(senders, timeout=_ENDS_WITHIN)
        if unanswered:
            self._played.troubles.append(f"{len(unanswered)} senders and people are not answered")
        await self._rest()
        people.cancel()
        machines.stop.set()
        self._note("everybody stops")
        await asyncio.sleep(_STOPS_WITHIN)

    async def _publish(self, number: int, begins: Iterable[str] = ()) -> None:
        """The second time it is the same set: all that hear of it go on as before."""
        store = self._played.store
        rules = self._played.rules
        publication = Publication(
            id=UUID(int=number),
            created_at=await store.now(),
            sources={},
            graphs={each.version: msgspec.json.encode(each.graph) for each in rules.programs},
            limits=msgspec.json.encode(rules.limits),
            events=msgspec.json.encode(rules.events),
        )
        await store.publish(publication, begins=sorted(begins), webhooks=[WEBHOOK])

    async def _rest(self) -> None:
        """Wait until nothing is to be done for a while."""
        end = self._loop.time() + _ENDS_WITHIN
        while self._loop.time() < end:
            await asyncio.sleep(5.0)
            store = self._played.store
            soonest, asked = at_once(store.soonest()), at_once(store.approvals())
            if (
                self._people.idle
                and not asked
                and (soonest is None or soonest.timestamp() > EPOCH + self._loop.time() + _AT_REST)
            ):
                return
        self._played.troubles.append("it does not come to rest")
