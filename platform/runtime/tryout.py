"""One event through rule files, without a database: `treadle run`.

Owns the setting, not the deciding: conditions, machine and retries are those of the workers, over the store in memory
and on a clock that jumps over waits. Effects are recorded and answered with stand-ins, or really sent through an
engine's connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.graph import Call, Graph
from treadle.dsl.values import Value
from treadle.runtime.accept import Offered, arrival_of
from treadle.runtime.advance import Advancer
from treadle.runtime.call import Absent, Caller, Calls, Done, Prepared, Troubled
from treadle.runtime.clock import StoreClock
from treadle.runtime.conditions import on_arrival, why_not_on_arrival
from treadle.runtime.echoes import FOREIGN
from treadle.runtime.engine import Engine, EventInvalid
from treadle.runtime.ids import new_id
from treadle.runtime.lease import Lease
from treadle.runtime.live import Listener, LiveRules
from treadle.runtime.machine.retries import Policy
from treadle.runtime.machine.step import names_of
from treadle.runtime.match import Matcher
from treadle.runtime.ports import Fault, NewEvent, RunFilter, RunRow, StoredEvent, StoredStep, Transition
from treadle.runtime.redaction import Redactor
from treadle.runtime.running import Running
from treadle.runtime.standin import stand_in
from treadle.runtime.store.memory import MemoryStore

_LEASE = 3600.0
_MOST_CLAIMS = 1000
_ALL = 1000


class TriedStep(msgspec.Struct, frozen=True):
    """A step as it would have been, or was with `live`; `at` is the time by the tried run's clock."""

    node: str
    what: str
    state: str
    at: datetime | None
    input: Any = None
    output: Any = None
    error: Fault | None = None
    sent: bool = False


class TriedRun(msgspec.Struct, frozen=True):
    """A run of a rule, or of a sequence that it started."""

    kind: Literal["rule", "sequence"]
    name: str
    status: str
    error: Fault | None
    steps: list[TriedStep]


class TriedRule(msgspec.Struct, frozen=True):
    """What one rule made of the event."""

    rule: str
    file: str
    outcome: Literal["fired", "filtered", "suppressed"]
    why: str | None = None


class Tryout(msgspec.Struct, frozen=True):
    """Everything that the event led to. `live` says whether effects were really sent."""

    trigger: str
    live: bool
    rules: list[TriedRule]
    runs: list[TriedRun]


class Recorder:
    """Takes calls, sends none, and answers with stand-ins of the declared types."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def prepare(self, node: Call, args: Mapping[str, Value]) -> Prepared:
        """Nothing is looked for, so a file can be tried before its connections are made."""
        spec = self._catalogue.plugins[node.plugin]
        action = spec.actions[node.action]
        records = {f"{spec.name}.{name}": record for name, record in spec.records.items()}
        answer = stand_in(action.returns, records, node.name or node.action)
        data = values.encode(args)
        policy = Policy(effect=node.effect, reads=action.reads)
        return _Recorded(input=data, policy=policy, answer=values.encode(answer) if action.returns else None)

    async def call(self, call: Prepared, effect_id: UUID, lease: Lease) -> Done | Troubled:
        """As if it had gone well."""
        assert isinstance(call, _Recorded)
        return Done(call.answer, None, ())

    async def look_up(self, call: Prepared, effect_id: UUID) -> Done | Absent | Troubled:
        """Nothing is ever in doubt here."""
        return Absent()


class _Recorded(Prepared, frozen=True, kw_only=True):
    answer: bytes | None = None


class _Given:
    """In place of the loader: the event as it was given is all there is."""

    async def load(self, event: StoredEvent) -> bytes:
        return event.data


class _Never:
    """In place of a lease: nobody else works here."""

    def enough(self) -> bool:
        return True


class _Jumping(StoreClock):
    """A clock that stands still but for the waits that are jumped over."""

    def __init__(self) -> None:
        super().__init__()
        self.present = datetime.now(UTC)

    def now(self) -> datetime:
        return self.present

    def jump(self, until: datetime) -> None:
        self.present = max(self.present, until)


async def try_file(
    sources: Mapping[str, str], catalogue: Catalogue, trigger: str, data: Any, *, live: Engine | None = None
) -> Tryout:
    """Run the event through sound files; `data` is plain JSON data. With `live`, effects are sent through its
    connections. Raises `EventInvalid` for a trigger that is not there and `ValueError` for files with errors.
    """
    from treadle.dsl import facade  # the parser; workers import this package too and never need it

    program = facade.compile_files(sources, catalogue).program
    if program is None:
        raise ValueError("the files have errors")
    plugin, _, name = trigger.partition(".")
    if plugin not in catalogue.plugins or name not in catalogue.plugins[plugin].triggers:
        raise EventInvalid(f"there is no trigger {trigger!r}")
    caller: Calls = Caller(live.host, live.connections) if live else Recorder(catalogue)
    return await _Trial(program.graphs, caller, live).run(trigger, data)


class _Trial:
    def __init__(self, graphs: tuple[Graph, ...], caller: Calls, live: Engine | None) -> None:
        self.clock = _Jumping()
        self.store = MemoryStore(self.clock.now)
        self.rules = LiveRules(self.store)
        self.rules.switch(new_id(), {graph.version(): graph for graph in graphs})
        self.redactor = live.redactor if live else Redactor()
        self.live = live is not None
        matcher = Matcher(self.store, _Given())
        self.advancer = Advancer(self._commit, self.rules, caller, matcher, self.clock)

    async def run(self, trigger: str, data: Any) -> Tryout:
        event = NewEvent(id=new_id(), trigger=trigger, data=values.encode(data))
        listeners = self.rules.anywhere(trigger)
        verdicts = [self._verdict(listener, event) for listener in listeners]
        heard = tuple(
            (listener, verdict == "later")
            for listener, verdict in zip(listeners, verdicts, strict=True)
            if verdict != "filtered"
        )
        await self.store.accept([], [arrival_of(Offered(event=event, heard=heard), FOREIGN)])
        await self._work()
        rows = await self._rows()
        rules = [self._explained(listener, event, rows) for listener in listeners]
        runs = [await self._tried(row) for row in rows if row.status != "suppressed"]
        return Tryout(trigger, self.live, rules, runs)

    def _verdict(self, listener: Listener, event: NewEvent) -> str:
        return on_arrival(listener, listener.event(values.decode(event.data)), self.clock.now())

    async def _work(self) -> None:
        worker = new_id()
        for _ in range(_MOST_CLAIMS):
            claimed = await self.store.claim(worker, 1, _LEASE)
            if claimed:
                program = await self.rules.program(claimed[0].graph)
                await self.advancer.drive(Running(claimed[0], program, _Never(), self.redactor))
                continue
            due = [row.due_at for row in await self._rows() if row.status == "waiting" and row.due_at]
            if not due:
                return
            self.clock.jump(min(due) + timedelta(microseconds=1))

    async def _commit(self, transition: Transition) -> bool:
        return not await self.store.commit([transition])

    async def _rows(self) -> list[RunRow]:
        rows = await self.store.runs(RunFilter(limit=_ALL))
        rows += await self.store.runs(RunFilter(status="suppressed", limit=_ALL))
        return sorted(rows, key=lambda row: row.id)

    def _explained(self, listener: Listener, event: NewEvent, rows: list[RunRow]) -> TriedRule:
        rule, file = listener.rule, listener.program.graph.file
        run = next((row for row in rows if row.rule == rule and row.event_id == event.id), None)
        if run is None:
            seen = listener.event(values.decode(event.data))
            why = why_not_on_arrival(listener.program, names_of(listener.name, seen, self.clock.now()))
            return TriedRule(rule, file, "filtered", why)
        if run.status != "suppressed":
            return TriedRule(rule, file, "fired")
        filtered = run.error is not None and run.error.code == "filtered"
        return TriedRule(rule, file, "filtered" if filtered else "suppressed", run.error.message if run.error else None)

    async def _tried(self, row: RunRow) -> TriedRun:
        steps = [self._step(each) for each in await self.store.steps(row.id)]
        return TriedRun(row.kind, row.rule, row.status, row.error, steps)

    def _step(self, step: StoredStep) -> TriedStep:
        given = values.decode(step.input) if step.input else None
        output = values.decode(step.output) if step.output else None
        sent = self.live and step.effect is not None
        return TriedStep(step.node, step.what, step.state, step.started_at, given, output, step.error, sent)
