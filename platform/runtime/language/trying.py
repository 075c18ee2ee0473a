"""Tests and explanations over a project: the real engine on a virtual clock, with nothing that it could send to."""

from __future__ import annotations

import asyncio
from typing import Any

from treadle.dsl import values
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.compiling import Build
from treadle.dsl.diagnostics import Position
from treadle.dsl.graph import Program
from treadle.dsl.lower import Values
from treadle.dsl.project import Project
from treadle.dsl.typesystem import Named, Record
from treadle.runtime.language import shapes
from treadle.runtime.language.answers import Decline, reports
from treadle.runtime.language.messages import Declined, Event
from treadle.runtime.ownevents import EventInvalid
from treadle.runtime.plaindata import misfit
from treadle.runtime.trials.outcomes import Failure, Played, Spot
from treadle.runtime.trials.player import Player
from treadle.runtime.trials.suite import suite_of
from treadle.runtime.tryout import explain_event, full_trigger


def test(project: Project, base: str, asked: shapes.ToTest) -> shapes.TestsPlayed:
    """How the tests of the file go."""
    built = project.build()
    chosen = suite_of(built).matching(asked.words)
    player = Player(built.compiled.partial, built.compiled.limits, project.catalogue)

    async def play() -> list[Played]:
        return [await player.play(trial) for trial in chosen.trials if trial.file == asked.file]

    blocked = [each for each in chosen.blocked if each.file == asked.file]
    played = sorted([*asyncio.run(play()), *blocked], key=lambda each: each.span.start)
    failed = sum(not each.passed for each in played)
    return shapes.TestsPlayed(
        passed=len(played) - failed,
        failed=failed,
        tests=tuple(map(_told, played)),
        diagnostics=reports(project.diagnostics(asked.file)),
        base=base,
    )


def _told(played: Played) -> shapes.TestPlayed:
    return shapes.TestPlayed(
        name=played.name,
        at=Position(played.span.line, played.span.col),
        passed=played.passed,
        seconds=round(played.seconds, 4),
        failure=_failure(played.failure) if played.failure else None,
    )


def _failure(failure: Failure) -> shapes.TestFailure:
    return shapes.TestFailure(
        message=failure.message,
        place=_place(failure.spot),
        expected=failure.expected,
        got=failure.got,
        cause=_place(failure.cause) if failure.cause else None,
        notes=failure.notes,
    )


def _place(spot: Spot) -> shapes.InFile:
    return shapes.InFile(spot.file, Position(spot.span.line, spot.span.col))


def explain(project: Project, base: str, asked: Event) -> shapes.Explained:
    """What every sound rule makes of the event. Raises `Decline` for an event that no rule could be given."""
    built, catalogue = project.build(), project.catalogue
    program, data = _sound(built, project), values.decode(asked.data)
    try:
        trigger = full_trigger(program, catalogue, asked.trigger)
        _fitting(program, catalogue, trigger, data)
        told = asyncio.run(explain_event(program, catalogue, trigger, data))
    except EventInvalid as invalid:
        raise Decline(Declined("event_invalid", f"{str(invalid)[:1].upper()}{str(invalid)[1:]}.")) from None
    return shapes.Explained(rules=tuple(told), diagnostics=reports(built.compiled.errors), base=base)


def _fitting(program: Program, catalogue: Catalogue, trigger: str, data: Any) -> None:
    """Raises `EventInvalid` for data that no event of this trigger has. What is left out is missing."""
    if not isinstance(data, dict):
        raise EventInvalid(f"{trigger}: the data have to be an object")
    plugin, _, name = trigger.partition(".")
    if plugin == "webhook":
        return
    payload = program.events[name] if plugin == "event" else catalogue.plugins[plugin].triggers[name].payload
    records = {f"{each.name}.{name}": it for each in catalogue.plugins.values() for name, it in each.records.items()}
    if isinstance(payload, Named):
        payload = records[payload.name]
    for field in payload.fields if isinstance(payload, Record) else ():
        given = data.get(field.name)
        if given is not None and (wrong := misfit(given, field.type, records)) is not None:
            raise EventInvalid(f"{trigger}: {field.name} {wrong}")


def _sound(built: Build, project: Project) -> Program:
    """What can be run of the files, whatever else is wrong with them."""
    compiled = built.compiled
    if compiled.program is not None:
        return compiled.program
    events = Values(built.workspace, project.catalogue.zone).library.events
    return Program({}, compiled.partial, compiled.limits, events)
