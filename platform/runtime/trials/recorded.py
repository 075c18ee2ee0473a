"""What the history holds about a run, gathered to be told again as a test. Reads the store, decides nothing.

A test plays all rules of a file, so the runs beside it count too: those that the same event or the clock started in the
file, the sequences they started, and what their own events started.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.dsl.graph import Graph
from treadle.runtime.ports import ApprovalRow, EventFilter, RunFilter, RunRow, Store, StoredEvent, StoredStep
from treadle.runtime.trials.conversations import as_asked, of_rules

BEFORE = timedelta(minutes=1)
"""How long before a schedule fires the clock of its test is set."""
_MOST = 1000
_MOST_RUNS = 100


class Untold(Exception):
    """The history does not hold what a test of the run would need; the message says what."""


class Told(msgspec.Struct, frozen=True):
    """One run with its graph, its steps in order and the questions that it asked."""

    row: RunRow
    graph: Graph
    steps: tuple[StoredStep, ...]
    questions: tuple[ApprovalRow, ...] = ()


class Recorded(msgspec.Struct, frozen=True):
    """`run` is what the test is about, `root` the rule that it goes back to, `beside` all runs that go with it.

    `event` started the root; None for one that runs by the clock or by hand. `ending` is the event that stopped `run`.
    `earlier` are events that the quiet time of the root may have gathered before, the oldest first. `rules` are those
    of the file as they are now, with all sequences.
    """

    run: Told
    root: Told
    beside: tuple[Told, ...]
    event: StoredEvent | None
    ending: StoredEvent | None = None
    earlier: tuple[StoredEvent, ...] = ()
    rules: tuple[Graph, ...] = ()

    @property
    def since(self) -> datetime:
        """When it began."""
        first = self.earlier[0] if self.earlier else self.event
        return first.received_at if first else self.root.row.created_at


Graphs = Callable[[str], Awaitable[Graph | None]]


async def recorded(store: Store, graph_of: Graphs, run_id: UUID, live: Iterable[Graph] = ()) -> Recorded:
    """All that is known. `graph_of` finds a graph by its version, `live` are those that are published.

    Raises `KeyError` for no run, and `Untold`.
    """
    reader = _Reader(store, graph_of)
    run = await reader.told(run_id)
    if run is None:
        raise KeyError(run_id)
    if run.row.status == "suppressed":
        raise Untold("the rule did not fire, so there is nothing to tell")
    root = run
    while root.row.parent_id is not None and (parent := await reader.told(root.row.parent_id)) is not None:
        root = parent
    if root.graph.kind == "sequence":
        raise Untold("the sequence was not started by a rule, and a test cannot start one")
    event = await store.event(root.row.event_id) if root.row.event_id else None
    if event is None and root.graph.params:
        raise Untold("the history does not keep what a rule that is started by hand was given")
    rules = tuple(each for each in live if each.kind == "sequence" or each.file == root.graph.file)
    by_clock = [each.name for each in rules if each.schedules]
    beside = await reader.beside(root, event, await reader.fired(by_clock, root, run))
    earlier = await reader.gathered(root, event) if event is not None else ()
    return Recorded(run, root, beside, event, await reader.ending(run), earlier, rules)


class _Reader:
    def __init__(self, store: Store, graph_of: Graphs) -> None:
        self._store = store
        self._graph_of = graph_of
        self._known: dict[UUID, Told] = {}

    async def told(self, run_id: UUID) -> Told | None:
        """A run; None when there is none, or its graph is gone."""
        if run_id not in self._known:
            row = await self._store.run(run_id)
            graph = await self._graph_of(row.graph) if row else None
            if row is None or graph is None:
                return None
            steps = as_asked(graph, await self._store.steps(run_id))
            questions = tuple(of_rules(graph, await self._questions(row)))
            self._known[run_id] = Told(row, graph, steps, questions)
        return self._known[run_id]

    async def fired(self, rules: Iterable[str], root: Told, run: Told) -> list[UUID]:
        """The runs of these rules that the clock started from shortly before the root until the end of the run."""
        since, until = root.row.created_at - BEFORE, run.row.ended_at
        found = [row for rule in rules for row in await self._store.runs(RunFilter(rule=rule, limit=_MOST))]
        meanwhile = (row for row in found if row.created_at >= since and (until is None or row.created_at <= until))
        return [row.id for row in meanwhile if row.event_id is None]

    async def beside(self, root: Told, event: StoredEvent | None, fired: Iterable[UUID]) -> tuple[Told, ...]:
        """The root, the runs of its file that the event or the clock started as well, and all that these led to."""
        open_ = [root.row.id, *fired]
        if event is not None:
            open_ += [row.id for row in await self._store.runs(RunFilter(event_id=event.id, limit=_MOST))]
        found: dict[UUID, Told] = {}
        while open_ and len(found) < _MOST_RUNS:
            told = await self.told(open_.pop(0))
            if told is None or told.row.id in found:
                continue
            if told.graph.kind == "rule" and told.graph.file != root.graph.file:
                continue
            found[told.row.id] = told
            open_ += _started(told) + await self._heard(told)
        return tuple(found.values())

    async def gathered(self, root: Told, event: StoredEvent) -> tuple[StoredEvent, ...]:
        """The events before this one that the rule let pass for a later one, no longer apart than its quiet time."""
        quiet = root.graph.quiet
        if quiet is None or quiet.name is None:
            return ()
        rows = await self._store.runs(RunFilter(rule=root.graph.name, status="suppressed", limit=_MOST))
        let_pass = [
            row.event_id for row in rows if row.event_id is not None and row.error and row.error.code == "quiet"
        ]
        events = [found for each in let_pass if (found := await self._store.event(each)) is not None]
        before: list[StoredEvent] = [event]
        for each in sorted(events, key=lambda event: event.received_at, reverse=True):
            gap = (before[0].received_at - each.received_at).total_seconds()
            if 0 <= gap <= quiet.seconds:
                before.insert(0, each)
        return tuple(before[:-1])

    async def ending(self, run: Told) -> StoredEvent | None:
        """The event that a `stop when` of the run was about."""
        if run.row.error is None or run.row.error.code != "stop_when" or run.row.ended_at is None:
            return None
        last: StoredEvent | None = None
        for stop in run.graph.stops:
            for event in await self._store.events(EventFilter(trigger=stop.hear.full, limit=_MOST)):
                if run.row.created_at <= event.received_at <= run.row.ended_at:
                    last = event if last is None or event.received_at > last.received_at else last
        return last

    async def _questions(self, row: RunRow) -> tuple[ApprovalRow, ...]:
        asked = await self._store.approvals(open_only=False, limit=_MOST)
        return tuple(each for each in asked if each.run_id == row.id)

    async def _heard(self, told: Told) -> list[UUID]:
        """The runs that events of this run started."""
        found: list[UUID] = []
        for name in {_emitted(step) for step in told.steps if step.what == "emit"}:
            for event in await self._store.events(EventFilter(trigger=f"event.{name}", limit=_MOST)):
                if event.cause == told.row.id:
                    found += [each.id for each in await self._store.runs(RunFilter(event_id=event.id, limit=_MOST))]
        return found


def _started(told: Told) -> list[UUID]:
    outputs = (values.decode(step.output) for step in told.steps if step.what in ("start", "run") and step.output)
    return [UUID(each["run"]) for each in outputs if isinstance(each, dict) and isinstance(each.get("run"), str)]


def _emitted(step: StoredStep) -> str:
    data = values.decode(step.input) if step.input else {}
    return str(data.get("event")) if isinstance(data, dict) else ""


def plain(step_data: bytes | None) -> values.Value:
    """Recorded JSON as plain data."""
    return None if step_data is None else values.decode(step_data)


Uses = Mapping[str, tuple[str, str | None]]
"""The names that a file gives to plugins, as in `trial.Trial.uses`."""
