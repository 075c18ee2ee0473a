"""Those outside: senders that deliver until they are answered, and people who decide and start rules by hand.

Owns what they do and that they note what they were told; nothing happens to them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from simulator.loop import Loop
from simulator.machines import SECRET, Machines
from simulator.played import CUSTOMERS, Played, Sent
from simulator.rules import BY_HAND
from treadle.runtime.accept import Receipt
from treadle.runtime.call import Caller
from treadle.runtime.cancelling import RunOver, cancel
from treadle.runtime.engine import Engine
from treadle.runtime.ports import ApprovalRow, RunFilter, StoreDown, StoredStep
from treadle.runtime.resolving import CannotResolve, Order, Resolver, doubts

AGAIN = "It is sent again."
"""What is said to who orders it; anything else refuses."""
_PATIENCE = 4.0  # seconds until a sender gives up waiting


class People:
    """`deliveries` end when everything was accepted; `decide` never does. `idle`: there is nothing left to say."""

    def __init__(
        self, loop: Loop, dice: Random, machines: Machines, played: Played, note: Callable[[str], None]
    ) -> None:
        self._loop = loop
        self.dice = dice
        self._machines = machines
        self.played = played
        self._note = note
        self._left: set[UUID] = set()
        self.idle = True

    async def ask(self, act: Callable[[Engine], Awaitable[Any]]) -> Any:
        """What an API answers to a request; None when it does not."""
        able = [each for each in self._machines.engines if each.name.startswith("api")]
        if not able:
            await asyncio.sleep(1.0)
            return None
        process = self.dice.choice(able)
        answered: asyncio.Future[Any] = self._loop.create_future()
        self._loop.spawn(process, _serve(act, self._machines.engines[process], answered))
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                return await answered
        return None

    async def told(self, act: Callable[[Engine], Awaitable[Any]]) -> Any:
        """The same: asked again and again until it is answered."""
        while True:
            if (answer := await self.ask(act)) is not None:
                return answer
            await asyncio.sleep(self.dice.uniform(0.1, 3))

    def said(self, name: str, what: Any) -> None:
        """Note it for the law of an extra."""
        self.played.said[name].append(what)
        self._note(f"{name}: {what}")

    def now(self) -> datetime:
        """The time as the store has it."""
        return self.played.store._clock()

    def deliveries(self) -> Iterator[Any]:
        """Everybody who has something to tell."""
        for number in range(1, self.dice.choice([2, 3, 5, 7])):
            at = self.dice.uniform(1.0, 25.0)
            yield self._deliver("placed", number, at)
            if self.dice.random() < 0.6:
                yield self._deliver("moved", number, at + self.dice.uniform(0.0, 20.0))
        yield self._start(self.dice.uniform(1.0, 25.0))
        for extra in self.played.rules.extras:
            yield from extra.deeds(self)

    async def _deliver(self, kind: str, number: int, after: float) -> None:
        item = {"kind": kind, "id": number, "customer": number % CUSTOMERS, "key": f"{kind}:{number}"}
        self.played.sent.append(sent := Sent(item))
        body = json.dumps([item]).encode()
        await asyncio.sleep(after)
        again = self.played.faults.repeats()
        while not sent.ids or again:
            again = again and not sent.ids
            receipt: Receipt | None = await self.ask(lambda engine: engine.receive("shop", SECRET, {}, body))
            if receipt is not None:
                sent.ids += receipt.events
                self._note(f"{item['key']} is accepted as {receipt.events}")
            else:
                await asyncio.sleep(self.dice.uniform(0.1, 3))

    async def _start(self, after: float) -> None:
        await asyncio.sleep(after)
        run = await self.ask(lambda engine: engine.start_by_hand("H", {"order": BY_HAND}))
        if run is not None:
            self.played.started.add(run)
            self._note(f"a rule is started by hand as {run}")

    async def decide(self) -> None:
        """Answer questions, and say what became of calls whose outcome is unknown."""
        while True:
            await asyncio.sleep(self.dice.uniform(2, 6))
            await self._settle()
            if self.dice.random() < 0.1 and not self.played.faults.over:
                await self._cancel()
            for row in await self.ask(lambda engine: engine.store.approvals()) or ():
                approved = self.dice.random() < 0.5
                if self.dice.random() < 0.5:
                    continue
                now = await self.ask(partial(_decide, row.id, approved))
                if now is not None and now.state in ("approved", "refused"):
                    self.played.decided[row.id] = now.state == "approved"

    async def _cancel(self) -> None:
        """End a run that lives, as far as one sees."""
        live = await self.ask(lambda engine: engine.store.runs(RunFilter(status="running"))) or ()
        if able := [run for run in live if run.rule in ("A", "B", "K")]:
            run = self.dice.choice(able)
            if await self.ask(partial(_cancelled, run.id)):
                self.played.cancelled[run.id] = self.now()
                self._note(f"{run.id} is cancelled")

    async def _settle(self) -> None:
        """Look into the service and say what is there; some doubts nobody cares for."""
        self.idle = False
        known: list[StoredStep] | None = await self.ask(_doubts)
        for step in known or ():
            if step.id in self._left or self.dice.random() < 0.2:
                self._left.add(step.id)
                continue
            there = any(each.effect_id == str(step.id) for each in self.played.service.effects)
            order: Order = "happened" if there else self.dice.choice(["again", "skip"])
            if step.effect == "checkable" and self.dice.random() < 0.5:
                order = "check"
            said = await self.ask(partial(_resolve, step, order, self._machines.lease))
            if order == "again" and said == AGAIN:
                self.said("again", (step, self.now()))
            self._note(f"{order} is said of {step.id}: {said}")
        self.idle = known is not None and self._left.issuperset(each.id for each in known)


async def _serve(act: Callable[[Engine], Awaitable[Any]], engine: Engine, answered: asyncio.Future[Any]) -> None:
    answer = None
    with suppress(StoreDown):
        answer = await act(engine)
    if not answered.done():
        answered.set_result(answer)


async def _decide(approval: UUID, approved: bool, engine: Engine) -> ApprovalRow | None:  # noqa: FBT001 - `partial`
    return await engine.store.decide(approval, "ana", approved=approved)


async def _cancelled(run_id: UUID, engine: Engine) -> bool:
    try:
        await cancel(engine.store, run_id, "ana")
    except RunOver:
        return False
    return True


async def _doubts(engine: Engine) -> list[StoredStep]:
    found = []
    for run in await engine.store.runs(RunFilter(status="unknown")):
        found += await doubts(engine.store, run.id, await engine.store.steps(run.id))
    return found


async def _resolve(step: StoredStep, order: Order, lease: float, engine: Engine) -> str:
    caller = Caller(engine.host, engine.connections)
    resolver = Resolver(engine.store, engine.live, caller, engine.redactor, lease=lease)
    try:
        return (await resolver.resolve(step.run_id, str(step.id), order, who="ana")).said
    except CannotResolve as cannot:
        return cannot.code
