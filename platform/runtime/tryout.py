"""One event through rule files, without a database: `treadle run` and `treadle explain`.

Owns the setting, not the deciding: conditions, machine and retries are those of the workers, over the store in memory
and on a clock that jumps over waits. Effects are recorded and answered with stand-ins, or really sent through an
engine's connections.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from treadle.dsl import values
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.graph import Graph, Program
from treadle.dsl.typesystem import Optional
from treadle.runtime.agents import Agents
from treadle.runtime.call import Caller, Calls
from treadle.runtime.engine import Engine, EventInvalid
from treadle.runtime.explain import RuleExplained
from treadle.runtime.ports import Fault, RunRow, StoredStep
from treadle.runtime.rehearsing import Recorder
from treadle.runtime.trials.explaining import Considered, considered, explained
from treadle.runtime.virtual import AgentsOn, Endless, World


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
    """Everything that the event led to, or the start of what `trigger` names then. `live` says whether effects were
    really sent.
    """

    trigger: str
    live: bool
    rules: list[TriedRule]
    runs: list[TriedRun]


async def try_event(
    program: Program, catalogue: Catalogue, trigger: str, data: Any, *, live: Engine | None = None
) -> Tryout:
    """Send the event through these rules; `data` is plain JSON data, of a webhook some of json, text, headers, query.
    With `live`, effects are sent through its connections. Raises `EventInvalid` for a trigger that is not there, and
    for an event that leads to no end.
    """
    trigger = full_trigger(program, catalogue, trigger)
    return await _Trial(program, catalogue, live).event(trigger, _as_heard(trigger, data))


async def try_start(
    program: Program, catalogue: Catalogue, name: str, args: Mapping[str, Any], *, live: Engine | None = None
) -> Tryout:
    """Start a rule as its button or the clock would, or a sequence; `args` are plain JSON data. Raises `EventInvalid`
    when there is none of this name, the arguments are others, or it leads to no end.
    """
    graph = next((each for each in program.graphs if each.name == name), None)
    if graph is None:
        known = ", ".join(f'"{each.name}"' for each in program.graphs) or "none"
        raise EventInvalid(f'there is no rule or sequence "{name}"; there are: {known}')
    if graph.hears or graph.webhooks:
        raise EventInvalid(f'"{name}" is started by an event')
    if set(args) - set(graph.params):
        raise EventInvalid(f'"{name}" takes {", ".join(graph.params) or "no arguments"}, not {", ".join(args)}')
    missing = [each for each in graph.params if args.get(each) is None and not isinstance(graph.names[each], Optional)]
    if missing:
        raise EventInvalid(f'"{name}" needs {", ".join(missing)}')
    return await _Trial(program, catalogue, live).start(graph, args)


async def explain_event(program: Program, catalogue: Catalogue, trigger: str, data: Any) -> list[Considered]:
    """What each rule of these files makes of the event; fields that are in `data` need not be read. Raises
    `EventInvalid` for a trigger that is not there, and for an event that leads to no end.
    """
    trigger = full_trigger(program, catalogue, trigger)
    world = World(program.graphs, Recorder(catalogue), start=datetime.now(UTC), limits=program.limits)
    with _ending():
        event_id = await world.give(trigger, _as_heard(trigger, data), to=world.rules.anywhere(trigger))
    return await considered(world, program.graphs, event_id)


def full_trigger(program: Program, catalogue: Catalogue, trigger: str) -> str:
    """`event.order_ready` for `order_ready`, every other trigger as it is. Raises `EventInvalid`."""
    plugin, _, name = trigger.partition(".")
    if not name and plugin in program.events:
        return f"event.{plugin}"
    if plugin == "webhook":
        known = any(hear.trigger == name for graph in program.graphs for hear in graph.webhooks)
    elif plugin == "event":
        known = name in program.events
    else:
        known = plugin in catalogue.plugins and name in catalogue.plugins[plugin].triggers
    if not known:
        raise EventInvalid(f"there is no trigger {trigger!r}")
    return trigger


def _as_heard(trigger: str, data: Any) -> Any:
    request: dict[str, Any] = {"json": None, "text": "", "headers": {}, "query": {}}
    return request | data if trigger.startswith("webhook.") and isinstance(data, dict) else data


@contextmanager
def _ending() -> Iterator[None]:
    try:
        yield
    except Endless as endless:
        raise EventInvalid(str(endless)) from None


def _spending(live: Engine) -> AgentsOn:
    """Agents that play their turns; what they spend is real, so it counts, and what they remember is kept."""
    caller = Caller(live.host, live.connections)
    return lambda clock, _, limits: Agents(live.host, live.connections, caller, clock, live.store, limits)


class _Trial:
    def __init__(self, program: Program, catalogue: Catalogue, live: Engine | None) -> None:
        caller: Calls = Caller(live.host, live.connections) if live else Recorder(catalogue)
        self.world = World(
            program.graphs,
            caller,
            start=datetime.now(UTC),
            limits=program.limits,
            rehearsal=Recorder(catalogue),
            redactor=live.redactor if live else None,
            agents=_spending(live) if live else None,
        )
        self.live = live is not None

    async def event(self, trigger: str, data: Any) -> Tryout:
        world = self.world
        with _ending():
            event_id = await world.give(trigger, data, to=world.rules.anywhere(trigger))
            await world.run_out()
        rules = [_tried(each) for each in await explained(world, event_id)]
        return Tryout(trigger, self.live, rules, await self._runs())

    async def start(self, graph: Graph, args: Mapping[str, Any]) -> Tryout:
        program = next(each for each in self.world.rules.programs() if each.graph.name == graph.name)
        given = {name: program.revived(name, args.get(name)) for name in graph.params}
        with _ending():
            await self.world.start(graph.kind, graph.name, given)
            await self.world.run_out()
        runs = await self._runs()
        return Tryout(f'{graph.kind} "{graph.name}"', self.live, [], runs)

    async def _runs(self) -> list[TriedRun]:
        rows = [row for row in await self.world.runs() if row.status != "suppressed"]
        return [await self._tried(row) for row in rows]

    async def _tried(self, row: RunRow) -> TriedRun:
        steps = [self._step(each) for each in await self.world.steps(row.id)]
        return TriedRun(row.kind, row.rule, row.status, row.error, steps)

    def _step(self, step: StoredStep) -> TriedStep:
        given = values.decode(step.input) if step.input else None
        output = values.decode(step.output) if step.output else None
        sent = self.live and step.effect is not None
        return TriedStep(step.node, step.what, step.state, step.started_at, given, output, step.error, sent)


def _tried(told: RuleExplained) -> TriedRule:
    return TriedRule(told.rule, told.file, "fired" if told.outcome == "pending" else told.outcome, told.why)
