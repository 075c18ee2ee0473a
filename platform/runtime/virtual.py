"""A world of its own for trying rules: a store to itself, a clock that jumps, effects recorded in a journal.

Owns the setting, not the deciding: conditions, clauses, machine and retries are those of the workers. What calls, asks
and questions to people are answered with comes from outside. Used by `treadle run` and by tests of rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID, uuid5

from treadle.dsl import graph as g
from treadle.dsl import values
from treadle.dsl.spans import Span
from treadle.dsl.values import Value
from treadle.runtime.accept import Offered, arrival_of
from treadle.runtime.acting import Acting
from treadle.runtime.advance import Advancer, Written
from treadle.runtime.agents import Agents
from treadle.runtime.call import Calls
from treadle.runtime.clock import StoreClock
from treadle.runtime.conditions import on_arrival
from treadle.runtime.echoes import FOREIGN
from treadle.runtime.effects import Effects, Where
from treadle.runtime.firing import Timetable
from treadle.runtime.ids import DEFAULT_WORKSPACE, new_id
from treadle.runtime.journal import Effect, Observer
from treadle.runtime.limits import Limits
from treadle.runtime.live import Listener, LiveRules
from treadle.runtime.loading import Loads
from treadle.runtime.machine.program import Program
from treadle.runtime.match import Matcher
from treadle.runtime.ports import (
    ApprovalRow,
    Claimed,
    NewEvent,
    RunFilter,
    RunRow,
    Store,
    StoredEvent,
    StoredStep,
    Transition,
)
from treadle.runtime.redaction import Redactor
from treadle.runtime.running import Running
from treadle.runtime.starting import run_of
from treadle.runtime.store.memory import MemoryStore

_LEASE = 600.0
_MOST_CLAIMS = 5_000  # at one moment: a loop of rules that feed one another ends
_MOST_MOMENTS = 100_000  # of one move of the clock: a year of quarters of an hour thrice
_ALL = 1_000_000


class Endless(Exception):
    """More happens than anybody waits for; the message says what."""


class Decides:
    """Answers questions to people: True or False at once, None when nobody does. This one never answers."""

    def approve(self, row: ApprovalRow) -> bool | None:
        """What the people of `row.by` say to `row.question`."""
        return None


class TimedStore(Store, Protocol):
    """A store on a clock that somebody else moves."""

    async def soonest(self) -> datetime | None:
        """When the next run is due that does not wait for a person."""
        ...


AgentsOn = Callable[[StoreClock, Store, Callable[[], tuple[g.Limit, ...]]], Agents]
"""Makes what plays the turns of agents, on a clock, a store and the live limits."""
StoreOn = Callable[[Callable[[], datetime]], TimedStore]
"""Makes an empty store on a clock."""


class World:
    """Rules that are live here and nowhere else, from `start` on by the clock.

    `rules` may be compiled already. `caller` makes calls and asks (`call.Calls`), `people` answer questions. `store` is
    in memory unless said otherwise. With `agents` an ask takes its turns, else it is one call. `loader` brings what
    deliveries did not carry, else an event is all that was given. `where` tells whose events a run listens for.
    `journal` holds what was done.
    """

    def __init__(
        self,
        rules: Iterable[g.Graph | Program],
        caller: Calls,
        *,
        start: datetime,
        limits: tuple[g.Limit, ...] = (),
        people: Decides | None = None,
        rehearsal: Calls | None = None,
        redactor: Redactor | None = None,
        store: StoreOn = MemoryStore,
        agents: AgentsOn | None = None,
        loader: Loads | None = None,
        where: Where | None = None,
    ) -> None:
        self.clock = JumpingClock(start)
        self.store = store(self.clock.now)
        self.rules = LiveRules(self.store)
        programs = [each if isinstance(each, Program) else Program(each) for each in rules]
        self.rules.adopt(new_id(), programs, limits)
        self.journal: list[Effect] = []
        self._programs = {(each.graph.kind, each.graph.name): each for each in self.rules.programs()}
        self._people = people or Decides()
        self._asked: set[UUID] = set()
        self._redactor = redactor or Redactor()
        self._worker = new_id()
        self._observer = Observer(self._write)
        self._timetable = Timetable(self._programs.values())
        playing = agents(self.clock, self.store, self._limits) if agents else None
        acting = Acting(caller, self.clock, Limits(self.store, self._limits), rehearsal or caller, playing)
        effects = Effects(self.rules, self.clock, where or connection_of)
        matcher = Matcher(self.store, loader or _Given())
        self._advancer = Advancer(
            self._commit, self.rules, acting, matcher, self.clock, store=self.store, effects=effects
        )

    # --- what happens from outside ------------------------------------------------------------------------------------

    async def give(
        self, trigger: str, data: Value, connection: str | None = None, *, to: Iterable[Listener] | None = None
    ) -> UUID:
        """An event comes in now, by its full name; what it leads to at once is done. The event's id.

        `to` are the rules that hear it, when they are not those of the connection.
        """
        plugin = trigger.partition(".")[0]
        own = plugin in ("event", "webhook")
        event = NewEvent(
            id=new_id(),
            trigger=trigger,
            data=values.encode(data),
            connection_id=None if own else connection_id(plugin, connection),
        )
        plain, now = values.decode(event.data), self.clock.now()
        listeners = self.rules.of(trigger, connection) if to is None else to
        decided = ((each, on_arrival(each, each.event(plain), now)) for each in listeners)
        heard = tuple((listener, verdict == "later") for listener, verdict in decided if verdict != "filtered")
        await self.store.accept([], [arrival_of(Offered(event=event, heard=heard), FOREIGN)])
        await self.settle()
        return event.id

    async def start(self, kind: Literal["rule", "sequence"], name: str, args: Mapping[str, Value]) -> UUID:
        """Start a rule by hand, or a sequence; what it does at once is done. The run's id. Raises `KeyError`."""
        run = run_of(self._programs[kind, name], args)
        await self.store.start([run])
        await self.settle()
        return run.id

    async def settle(self) -> None:
        """Do everything that is due now. Raises `Endless`."""
        done = Counter[str]()
        for _ in range(_MOST_CLAIMS):
            claimed = await self.store.claim(self._worker, 1, _LEASE)
            if not claimed and not await self._decided():
                return
            for each in claimed:
                done[each.rule] += 1
                await self._drive(each)
        busiest = done.most_common(1)[0][0]
        what = f"more than {_MOST_CLAIMS:,} steps are due at one moment"
        raise Endless(f'{what}, most in "{busiest}": it may fire itself')

    async def _drive(self, claimed: Claimed) -> None:
        program = await self.rules.program(claimed.graph)
        await self._advancer.drive(Running(claimed, program, _Never(), self._redactor, self._observer.seen))

    async def advance(self, until: datetime) -> None:
        """Let the time pass up to `until`; what falls due on the way, schedules too, happens at its time. Raises
        `Endless`.
        """
        await self.settle()
        for _ in range(_MOST_MOMENTS):
            due = await self.next_due()
            if due is None or due > until:
                self.clock.jump(until)
                return
            self.clock.jump(due)
            await self._timetable.fire(self.store, self.clock.now())
            await self.settle()
        raise Endless(f"something happens at more than {_MOST_MOMENTS:,} moments of this time")

    async def run_out(self) -> None:
        """Let the time pass until no run waits for it any more. Schedules do not fire. Raises `Endless`."""
        await self.settle()
        for _ in range(_MOST_MOMENTS):
            due = await self.store.soonest()
            if due is None:
                return
            self.clock.jump(due)
            await self.settle()
        raise Endless(f"runs go on at more than {_MOST_MOMENTS:,} moments")

    async def next_due(self) -> datetime | None:
        """When something happens by itself next."""
        times = (await self.store.soonest(), await self._timetable.next(self.store))
        return min((each for each in times if each is not None), default=None)

    # --- what was done ------------------------------------------------------------------------------------------------

    async def runs(self) -> list[RunRow]:
        """All runs, the oldest first, also those that did not fire."""
        rows = await self.store.runs(RunFilter(limit=_ALL))
        rows += await self.store.runs(RunFilter(status="suppressed", limit=_ALL))
        return sorted(rows, key=lambda row: row.id)

    async def steps(self, run_id: UUID) -> list[StoredStep]:
        """A run's history."""
        return await self.store.steps(run_id)

    def _write(self, run: Running, kind: str, span: Span, **fields: Value) -> None:
        graph, now = run.program.graph, self.clock.now()
        where = {"run": run.claimed.run_id, "rule": graph.name, "file": graph.file, "span": span}
        self.journal.append(Effect(kind=kind, at=now, **where, **fields))  # type: ignore[arg-type]

    # --- time and people ----------------------------------------------------------------------------------------------

    async def _decided(self) -> bool:
        """Whether somebody answered a question."""
        for row in await self.store.approvals(limit=_ALL):
            if row.id in self._asked:
                continue
            self._asked.add(row.id)
            answer = self._people.approve(row)
            if answer is not None:
                await self.store.decide(row.id, row.by, approved=answer)
                return True
        return False

    def _limits(self) -> tuple[g.Limit, ...]:
        return self.rules.limits

    async def _commit(self, transition: Transition) -> Written:
        told: set[UUID] = set()
        fenced = await self.store.commit([transition], told)
        return "fenced" if fenced else "told" if told else "written"


class JumpingClock(StoreClock):
    """A clock that stands still but for its jumps."""

    def __init__(self, present: datetime) -> None:
        super().__init__()
        self._present = present

    def now(self) -> datetime:
        """Where it stands."""
        return self._present

    def jump(self, until: datetime) -> None:
        """Go on to `until`, never back."""
        self._present = max(self._present, until)


def connection_id(plugin: str, name: str | None) -> UUID:
    """What stands for a connection here; None is the plugin's default one."""
    return uuid5(DEFAULT_WORKSPACE, f"{plugin}/{name or ''}")


def connection_of(hear: g.Hear) -> UUID | None:
    """The connection whose events are meant."""
    return None if hear.plugin is None else connection_id(hear.plugin, hear.connection)


class _Given:
    """In place of the loader: the event as it was given is all there is."""

    async def load(self, event: StoredEvent) -> bytes:
        return event.data


class _Never:
    """In place of a lease: nobody else works here."""

    def enough(self) -> bool:
        return True
