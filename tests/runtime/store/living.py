"""A random life of runs, the same on two stores: what happens next, and that both answer alike."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from difflib import ndiff
from pprint import pformat
from typing import Any
from uuid import UUID

from tests.runtime.store.conftest import VirtualClock
from tests.runtime.store.making import CONNECTION, event, intent, run

from treadle.runtime.ids import new_id
from treadle.runtime.ports import (
    Arrival,
    Claimed,
    End,
    EventFilter,
    Fault,
    Go,
    NewApproval,
    NewListen,
    NewStep,
    Park,
    RunFilter,
    RunRow,
    Signal,
    Sleep,
    StepOutcome,
    Store,
    StoredStep,
    Transition,
)

Ask = Callable[[Store], Awaitable[Any]]

# Time passes in multiples of 70 s, and nothing lasts such a multiple: the clocks of the two may be seconds apart.
PASSES = (70.0, 70.0, 140.0, 700.0, 7000.0)
LASTS = (35.0, 105.0, 665.0, 3535.0)
LEASE, WINDOW = 35.0, 665.0
BASE = datetime(2026, 1, 1, tzinfo=UTC)

_KEYS, _RULES, _SLOTS, _ENTITIES = ("1", "2"), ("Q", "R"), ("s1", "s2", "s3"), ("lead:1", "lead:2")
_FAULT = Fault("c", "m")
_ENDS = (
    *(End("done"), End("done", None, b"[1.50]"), End("failed", _FAULT), End("stopped", _FAULT)),
    *(End("suppressed", _FAULT), End("failed", _FAULT, b'"late"')),
)
_DATA = (b"{}", b'{"id": 1}', b'{"id": 1.0}', b'{"id": "1"}', b'{"id": true}', b'{"a": {"id": 2}}', b"[1]")


class Life:
    """`pick` gives the second store: another process may answer each time. `passes` lets its time pass."""

    def __init__(
        self,
        seed: int,
        first: Store,
        pick: Callable[[int], Store],
        clock: VirtualClock,
        passes: Callable[[float], Awaitable[None]],
    ) -> None:
        self.dice = random.Random(seed)
        self.clock, self._first, self._pick, self._passes = clock, first, pick, passes
        self.workers = (new_id(), new_id())
        self.epochs: dict[UUID, int] = {}
        self.held: dict[UUID, str] = {}
        self.known: list[UUID] = []
        self.asked: list[UUID] = []
        self.intents: dict[UUID, list[UUID]] = {}

    async def both(self, ask: Ask) -> Any:
        """The answer, which is that of both."""
        await self.clock.advance(0.001)
        ours, theirs = await ask(self._first), await ask(self._pick(self.dice.randrange(2)))
        assert ours == theirs, difference(ours, theirs)
        return ours

    def chance(self, of: float) -> bool:
        """True so often."""
        return self.dice.random() < of

    async def one_step(self) -> None:
        """Something happens."""
        often = (self.starts, self.arrives, self.goes_on, self.is_claimed)
        now_and_then = (self.lines_up, self.groups, self.is_decided, self.time_passes, self.counts)
        seldom = (self.starts_by_hand, self.gives_back, self.is_fired, self.is_late, self.is_told_to_end)
        weights = [4] * len(often) + [2] * len(now_and_then) + [1] * len(seldom)
        weights[2] = 12
        (happens,) = self.dice.choices((*often, *now_and_then, *seldom), weights)
        await happens()

    # --- what comes in ----------------------------------------------------------------------------------------------

    def answer(self, cause: UUID | None = None) -> Arrival:
        """An event that a run may listen for; some start a run as well, some are duplicates."""
        made = event(
            trigger=self.dice.choice(("t.answer", "t.other")),
            data=self.dice.choice(_DATA),
            connection_id=self.dice.choice((CONNECTION, None)),
            cause=cause,
            key=self.dice.choice((None, None, None, "k1", "k2")),
            entity=self.dice.choice((None, *_ENTITIES)),
        )
        return Arrival(made, (self.fresh(event_id=made.id),) if self.chance(0.2) else ())

    def fresh(self, **given: Any) -> Any:
        """A run to start."""
        new = run(rule=self.dice.choice(_RULES), delay=self.dice.choice((0.0, 0.0, 0.0, *LASTS)), **given)
        self.known.append(new.id)
        return new

    async def starts(self) -> None:
        made = event(trigger="t.answer" if self.chance(0.2) else "t.first", entity=self.dice.choice(_ENTITIES))
        new = self.fresh(event_id=made.id)
        await self.both(lambda store: store.accept([], [Arrival(made, (new,))]))

    async def starts_by_hand(self) -> None:
        new = [self.fresh() for _ in range(self.dice.randint(1, 2))]
        await self.both(lambda store: store.start(new))

    async def arrives(self) -> None:
        batch = [self.answer() for _ in range(self.dice.choice((1, 1, 3)))]
        await self.both(lambda store: store.accept([], batch))

    async def is_fired(self) -> None:
        planned = BASE + timedelta(minutes=self.dice.randint(0, 20))
        until = planned + timedelta(minutes=self.dice.choice((-1, 0, 5)))
        key, new = self.dice.choice(_KEYS), self.fresh()
        await self.both(lambda store: store.fire(key, planned, until, [new]))

    async def is_decided(self) -> None:
        if self.asked:
            asked, approved = self.dice.choice(self.asked[-5:]), self.chance(0.5)

            async def decide(store: Store) -> Any:
                row = await store.decide(asked, "ann", approved=approved)
                return None if row is None else (row.state, row.run_id, row.rule, row.decided_by)

            await self.both(decide)

    async def is_told_to_end(self) -> None:
        if self.known:
            ids, by = [self.dice.choice(self.known), new_id()], new_id()
            await self.both(lambda store: store.order_end(ids, by, _FAULT))

    async def time_passes(self) -> None:
        seconds = self.dice.choice(PASSES)
        await self.clock.advance(seconds)
        await self._passes(seconds)

    # --- work -------------------------------------------------------------------------------------------------------

    async def is_claimed(self) -> None:
        worker = self.dice.choice(self.workers)

        async def claim(store: Store) -> Any:
            return {each.run_id: claimed(each) for each in await store.claim(worker, 500, LEASE)}

        for run_id, (epoch, rule, *_) in (await self.both(claim)).items():
            self.epochs[run_id], self.held[run_id] = epoch, rule

    async def gives_back(self) -> None:
        worker, renews = self.dice.choice(self.workers), self.chance(0.5)
        await self.both(lambda store: store.renew(worker, LEASE) if renews else store.release(worker))

    async def goes_on(self) -> None:
        """Some runs that we have, in one commit."""
        count = min(len(self.held), self.dice.choice((1, 1, 1, 2, 3)))
        batch = self.dice.sample(sorted(self.held), count)
        if batch:
            await self.commit([await self.transition(run_id, self.epochs[run_id]) for run_id in batch])

    async def is_late(self) -> None:
        """Somebody writes about a run under an epoch that may be over, or once more."""
        if self.epochs:
            run_id = self.dice.choice(sorted(self.epochs))
            await self.commit([await self.transition(run_id, self.epochs[run_id] - self.dice.choice((0, 1)))])

    async def commit(self, batch: Sequence[tuple[Transition, frozenset[str]]]) -> None:
        async def write(store: Store) -> Any:
            told: set[UUID] = set()
            return await store.commit([await self.reading(store, *each) for each in batch], told), told

        fenced, _ = await self.both(write)
        for each, _ in batch:
            if each.run_id not in fenced:
                opened = [step.id for step in each.steps if step.state == "intent"]
                self.intents.setdefault(each.run_id, []).extend(opened)
            if not isinstance(each.then, Go):
                self.held.pop(each.run_id, None)

    async def reading(self, store: Store, transition: Transition, read: frozenset[str]) -> Transition:
        """The transition with the store's own ids of what is read."""
        unread = (await store.signals([transition.run_id])).get(transition.run_id, [])
        ids = tuple(each.id for each in unread if repr(told(each)) in read)
        return Transition(**{name: getattr(transition, name) for name in transition.__struct_fields__} | {"read": ids})

    async def transition(self, run_id: UUID, epoch: int) -> tuple[Transition, frozenset[str]]:
        """A write about the run, and what it has read."""
        sleeps = (Sleep(self.dice.choice(LASTS)), Sleep(0.0, "running"), Park())
        then = self.dice.choice((Go(), Go(), *sleeps, self.dice.choice(_ENDS)))
        unread = (await self._first.signals([run_id])).get(run_id, [])
        read = frozenset(repr(told(each)) for each in unread if self.chance(0.5))
        parts = {name: part for name, part in self.parts(run_id).items() if self.chance(0.25)}
        late = {each.slot for each in parts.get("listens", ()) if each.from_start}
        parts["forgets"] = tuple(each for each in parts.get("forgets", ()) if each not in late)
        self.asked += [each.id for each in parts.get("approvals", ())]
        return Transition(run_id=run_id, epoch=epoch, then=then, **parts), read

    def parts(self, run_id: UUID) -> dict[str, Any]:
        """All that it may hold."""
        slot, dice = self.dice.choice(_SLOTS), self.dice
        child = self.fresh(kind="sequence", parent_id=run_id, answers=dice.choice((None, slot)))
        found: dict[str, Any] = {
            "listens": (self.listen(slot), self.listen(dice.choice(_SLOTS))),
            "approvals": (NewApproval(id=new_id(), slot=slot, question="?", by="b", seconds=dice.choice(LASTS)),),
            "starts": (child,),
            "forgets": (dice.choice(_SLOTS),),
            "emits": (self.answer(run_id),),
            "cancels": ((dice.choice(_RULES), dice.choice(_KEYS).encode()),),
            "steps": tuple(self.step() for _ in range(dice.randint(1, 2))),
            "state": dice.choice((b'{"a": 1}', b"[2.50]")),
            "loaded": dice.choice((b"1", b"2")),
        }
        if known := self.intents.get(run_id):
            found["outcome"] = StepOutcome(
                id=dice.choice(known), state=dice.choice(("done", "failed", "unknown", "intent")), tries=1, version="v"
            )
        return found

    def listen(self, slot: str) -> NewListen:
        path, value = self.dice.choice(((None, None), ("id", b"1"), ("a.id", b"2.0"), ("id", b"null")))
        return NewListen(
            slot=slot,
            trigger=self.dice.choice(("t.answer", "t.other")),
            connection_id=self.dice.choice((CONNECTION, None)),
            path=path,
            value=value,
            from_start=self.chance(0.5),
        )

    def step(self) -> NewStep:
        state, entity = self.dice.choice(("intent", "intent", "done", "failed")), self.dice.choice((None, *_ENTITIES))
        fault = _FAULT if state == "failed" else None
        return intent(seq=self.dice.randint(1, 9), state=state, entity=entity, error=fault)

    # --- clauses ----------------------------------------------------------------------------------------------------

    async def lines_up(self) -> None:
        if self.epochs:
            run_id = self.dice.choice(sorted(self.held or self.epochs))
            rule, key = self.dice.choice(_RULES), self.dice.choice(_KEYS)
            otherwise: Any = self.dice.choice(("skip", "queue", "replace"))
            await self.both(lambda store: store.take_turn(rule, key, run_id, otherwise))

    async def groups(self) -> None:
        if self.held:
            run_id, takes = self.dice.choice(sorted(self.held)), self.chance(0.4)
            rule = self.held[run_id]
            await self.both(lambda store: store.join_quiet(rule, "k", run_id))
            if takes:
                await self.both(lambda store: store.take_quiet(rule, "k", run_id))

    async def counts(self) -> None:
        if self.known:
            key, run_id, amount = (
                self.dice.choice(_KEYS),
                self.dice.choice(self.known),
                Decimal(self.dice.randint(1, 6)),
            )
            await self.both(lambda store: store.once("R", key, WINDOW, run_id))
            await self.both(lambda store: store.throttle("R", key, 2, WINDOW, run_id))

            async def take(store: Store) -> Any:
                wait = await store.take_limit("L", key, Decimal(5), amount, WINDOW, run_id)
                return round(wait / 70.0)  # the exact wait is told by each store's own clock

            await self.both(take)

    # --- what everybody sees ----------------------------------------------------------------------------------------

    async def compare(self) -> None:
        """Everything that can be asked."""

        async def signals(store: Store) -> Any:
            return {each: tellings(found) for each, found in (await store.signals(self.known)).items()}

        async def approvals(store: Store) -> Any:
            rows = [*await store.approvals(open_only=False, limit=999), *await store.approvals(limit=999)]
            return [(row.id, row.run_id, row.rule, row.state, row.question, row.by, row.decided_by) for row in rows]

        async def runs(store: Store) -> Any:
            filters = (RunFilter(limit=999), RunFilter(limit=999, status="suppressed"))
            return [seen(row) for each in filters for row in await store.runs(each)]

        async def events(store: Store) -> Any:
            return [(row.id, row.loaded) for row in await store.events(EventFilter(limit=999))]

        async def steps(store: Store) -> Any:
            return [passed(row) for each in self.intents for row in await store.steps(each)]

        async def load(store: Store) -> Any:
            found = await store.load()
            return found.due, found.claimed

        async def echoes(store: Store) -> Any:
            return {repr(each) for each in await store.echoes(CONNECTION, _ENTITIES)}

        await self.both(lambda store: store.statuses(self.known))
        for ask in (signals, approvals, runs, events, steps, load, echoes):
            await self.both(ask)


def difference(ours: Any, theirs: Any) -> str:
    """The lines that one of them has alone."""
    mine, other = pformat(ours, width=200).splitlines(), pformat(theirs, width=200).splitlines()
    return "\n".join(line for line in ndiff(mine, other) if not line.startswith(" "))


def told(signal: Signal) -> tuple[Any, ...]:
    """What it says."""
    heard = signal.event and (signal.event.id, signal.event.loaded)
    return signal.kind, signal.slot, heard, signal.data, signal.fault


def tellings(signals: Iterable[Signal]) -> list[str]:
    """What they say; which of two that came in one commit is the first is left open."""
    return sorted(repr(told(each)) for each in signals)


def claimed(found: Claimed) -> tuple[Any, ...]:
    """What has to be alike, with the epoch and the rule first."""
    event_ = found.event and (found.event.id, found.event.loaded)
    step = found.intent and passed(found.intent)
    where = found.status, found.state, found.crashes, found.hops, found.kind
    return found.epoch, found.rule, where, event_, step, tellings(found.signals)


def passed(step: StoredStep) -> tuple[Any, ...]:
    """A step without its times."""
    return step.id, step.run_id, step.state, step.tries, step.output, step.error, step.entity, step.version


def seen(row: RunRow) -> tuple[Any, ...]:
    """A run without its times."""
    links = row.event_id, row.parent_id, row.due_at is None, row.ended_at is None
    return row.id, row.rule, row.kind, row.status, row.error, row.output, links
