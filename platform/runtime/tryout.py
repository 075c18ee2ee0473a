"""One event through rule files, without a database: `treadle run`.

Owns the setting, not the deciding: conditions, machine and retries are those of the workers, over the store in memory
and on a clock that jumps over waits. Effects are recorded and answered with stand-ins, or really sent through an
engine's connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from treadle.dsl import values
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.graph import Program
from treadle.runtime.call import Caller, Calls
from treadle.runtime.conditions import why_not_on_arrival
from treadle.runtime.engine import Engine, EventInvalid
from treadle.runtime.live import Listener
from treadle.runtime.machine.step import names_of
from treadle.runtime.ports import Fault, RunRow, StoredEvent, StoredStep
from treadle.runtime.rehearsing import Recorder
from treadle.runtime.virtual import World


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
    if not _known(trigger, program, catalogue):
        raise EventInvalid(f"there is no trigger {trigger!r}")
    caller: Calls = Caller(live.host, live.connections) if live else Recorder(catalogue)
    return await _Trial(program, caller, catalogue, live).run(trigger, data)


def _known(trigger: str, program: Program, catalogue: Catalogue) -> bool:
    """Whether it is a plugin's trigger, an event of the files' own (`event.ready`) or a webhook (`webhook.signup`)."""
    plugin, _, name = trigger.partition(".")
    if plugin == "event":
        return name in program.events
    if plugin == "webhook":
        return any(hook.trigger == name for graph in program.graphs for hook in graph.webhooks)
    return plugin in catalogue.plugins and name in catalogue.plugins[plugin].triggers


class _Trial:
    def __init__(self, program: Program, caller: Calls, catalogue: Catalogue, live: Engine | None) -> None:
        self.world = World(
            program.graphs,
            caller,
            start=datetime.now(UTC),
            limits=program.limits,
            rehearsal=Recorder(catalogue),
            redactor=live.redactor if live else None,
        )
        self.live = live is not None

    async def run(self, trigger: str, data: Any) -> Tryout:
        world = self.world
        listeners = world.rules.anywhere(trigger)
        event_id = await world.give(trigger, data, to=listeners)
        await world.run_out()
        event, rows = await world.store.event(event_id), await world.runs()
        assert event is not None, "it was just given"
        rules = [self._explained(listener, event, rows) for listener in listeners]
        runs = [await self._tried(row) for row in rows if row.status != "suppressed"]
        return Tryout(trigger, self.live, rules, runs)

    def _explained(self, listener: Listener, event: StoredEvent, rows: list[RunRow]) -> TriedRule:
        rule, file = listener.rule, listener.program.graph.file
        run = next((row for row in rows if row.rule == rule and row.event_id == event.id), None)
        if run is None:
            seen = listener.event(values.decode(event.data))
            why = why_not_on_arrival(listener.program, names_of(listener.name, seen, event.received_at))
            return TriedRule(rule, file, "filtered", why)
        if run.status != "suppressed":
            return TriedRule(rule, file, "fired")
        filtered = run.error is not None and run.error.code == "filtered"
        return TriedRule(rule, file, "filtered" if filtered else "suppressed", run.error.message if run.error else None)

    async def _tried(self, row: RunRow) -> TriedRun:
        steps = [self._step(each) for each in await self.world.steps(row.id)]
        return TriedRun(row.kind, row.rule, row.status, row.error, steps)

    def _step(self, step: StoredStep) -> TriedStep:
        given = values.decode(step.input) if step.input else None
        output = values.decode(step.output) if step.output else None
        sent = self.live and step.effect is not None
        return TriedStep(step.node, step.what, step.state, step.started_at, given, output, step.error, sent)
