"""Both stores are given the same random life of some runs, and have to answer alike at every step."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from tests.runtime.store.conftest import VirtualClock
from tests.runtime.store.making import CONNECTION, LEASE, event, run

from treadle.runtime.ids import new_id
from treadle.runtime.ports import (
    Arrival,
    Claimed,
    End,
    Fault,
    Go,
    NewApproval,
    NewListen,
    Signal,
    Sleep,
    Store,
    Transition,
)
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.store.postgres import PostgresStore

_KEYS, _SLOTS = ("1", "2"), ("s1", "s2", "s3")
_ENDS = (End("done"), End("done", None, b"[1.50]"), End("failed", Fault("c", "m")), End("stopped", Fault("x", "m")))


class Life:
    """What happens, the same for both; `held` are the runs in hand, by id, as each store gave them."""

    def __init__(self, seed: int, memory: MemoryStore, postgres: PostgresStore, clock: VirtualClock) -> None:
        self.dice = random.Random(seed)
        self.stores: tuple[Store, Store] = (memory, postgres)
        self.clock = clock
        self.worker = new_id()
        self.held: list[dict[UUID, Claimed]] = [{}, {}]
        self.known: list[UUID] = []
        self.asked: list[UUID] = []

    async def both(self, ask: Any) -> Any:
        """The answer, which is that of both."""
        await self.clock.advance(0.001)
        ours, theirs = [await ask(number, store) for number, store in enumerate(self.stores)]
        assert ours == theirs
        return ours

    async def one_step(self) -> None:
        happens = self.dice.choice(
            (
                *(self.starts, self.arrives, self.arrives, self.goes_on, self.goes_on, self.goes_on, self.lines_up),
                *(self.groups, self.is_decided, self.is_claimed, self.is_claimed),
            )
        )
        await happens()

    async def starts(self) -> None:
        made = event(trigger="t.first")
        new = run(event_id=made.id, rule=self.dice.choice("QR"))
        self.known.append(new.id)
        await self.both(lambda _, store: store.accept([], [Arrival(made, (new,))]))

    async def arrives(self) -> None:
        made = self.answer()
        await self.both(lambda _, store: store.accept([], [made]))

    def answer(self, cause: UUID | None = None) -> Arrival:
        data = self.dice.choice((b"{}", b'{"id": 1}', b'{"id": 1.0}', b'{"id": "1"}', b'{"a": {"id": 2}}'))
        trigger = self.dice.choice(("t.answer", "t.other"))
        connection = self.dice.choice((CONNECTION, None))
        return Arrival(event(trigger=trigger, data=data, connection_id=connection, cause=cause))

    async def is_claimed(self) -> None:
        async def claim(number: int, store: Store) -> Any:
            found = await store.claim(self.worker, 100, LEASE)
            self.held[number] |= {each.run_id: each for each in found}
            return {each.run_id: (each.epoch, each.status, told(each.signals)) for each in found}

        await self.both(claim)

    async def goes_on(self) -> None:
        if not self.held[0]:
            return
        run_id = self.dice.choice(sorted(self.held[0]))
        then = self.dice.choice((Go(), Sleep(3600.0), Sleep(3600.0), self.dice.choice(_ENDS)))
        rest = self.rest(run_id)
        reads = self.dice.random() < 0.5

        async def commit(number: int, store: Store) -> Any:
            known = (await store.signals([run_id])).get(run_id, [])
            read = tuple(each.id for each in known) if reads else ()
            epoch = self.held[number][run_id].epoch
            return await store.commit([Transition(run_id=run_id, epoch=epoch, then=then, read=read, **rest)])

        await self.both(commit)
        if not isinstance(then, Go):
            for each in self.held:
                del each[run_id]

    def rest(self, run_id: UUID) -> dict[str, Any]:
        slot, dice = self.dice.choice(_SLOTS), self.dice
        path, value = dice.choice(((None, None), ("id", b"1"), ("a.id", b"2.0"), ("id", b"null")))
        listen = NewListen(
            slot=slot,
            trigger=dice.choice(("t.answer", "t.other")),
            connection_id=dice.choice((CONNECTION, None)),
            path=path,
            value=value,
            from_start=dice.random() < 0.5,
        )
        asked = NewApproval(id=new_id(), slot=slot, question="?", by="b", seconds=600.0)
        child = run(kind="sequence", parent_id=run_id, answers=slot, rule=dice.choice("QR"))
        parts: dict[str, Any] = {
            "listens": (listen,),
            "approvals": (asked,),
            "starts": (child,),
            "forgets": (slot,),
            "emits": (self.answer(run_id),),
            "cancels": ((dice.choice("QR"), dice.choice(_KEYS).encode()),),
        }
        chosen = {name: part for name, part in parts.items() if dice.random() < 0.3}
        self.asked += [asked.id] if "approvals" in chosen else []
        self.known += [child.id] if "starts" in chosen else []
        return chosen

    async def lines_up(self) -> None:
        if self.held[0]:
            run_id = self.dice.choice(sorted(self.held[0]))
            rule, key, otherwise = self.dice.choice("QR"), self.dice.choice(_KEYS), self.dice.choice(("skip", "queue"))
            otherwise = self.dice.choice((otherwise, "replace"))
            await self.both(lambda _, store: store.take_turn(rule, key, run_id, otherwise))

    async def groups(self) -> None:
        if self.held[0]:
            run_id, takes = self.dice.choice(sorted(self.held[0])), self.dice.random() < 0.5
            rule = self.held[0][run_id].rule
            await self.both(lambda _, store: store.join_quiet(rule, "k", run_id))
            if takes:
                await self.both(lambda _, store: store.take_quiet(rule, "k", run_id))

    async def is_decided(self) -> None:
        if self.asked:
            asked, approved = self.dice.choice(self.asked), self.dice.random() < 0.5

            async def decide(_: int, store: Store) -> Any:
                row = await store.decide(asked, "ann", approved=approved)
                return None if row is None else (row.state, row.run_id, row.rule, row.decided_by)

            await self.both(decide)

    async def compare(self) -> None:
        await self.both(lambda _, store: store.statuses(self.known))

        async def signals(_: int, store: Store) -> Any:
            return {each: told(found) for each, found in (await store.signals(self.known)).items()}

        async def approvals(_: int, store: Store) -> Any:
            return {(row.id, row.state, row.question, row.by) for row in await store.approvals(open_only=False)}

        async def outputs(_: int, store: Store) -> Any:
            return [row.output for each in self.known if (row := await store.run(each))]

        for ask in (signals, approvals, outputs):
            await self.both(ask)


def told(signals: Sequence[Signal]) -> set[tuple[Any, ...]]:
    """What they say; which of two that came in one commit is the first is left open."""
    return {(each.kind, each.slot, each.event and each.event.id, each.data, each.fault) for each in signals}


@pytest.mark.parametrize("seed", range(8))
async def test_both_stores_live_the_same_life(seed: int, postgres_store: PostgresStore, clock: VirtualClock) -> None:
    life = Life(seed, MemoryStore(clock, postgres_store.workspace_id), postgres_store, clock)
    for step in range(120):
        await life.one_step()
        if step % 10 == 9:
            await life.compare()
