"""What ends a run or lets it fire, besides its rule's first line: an event, a person, quiet. Pure, as `checking`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from chaos.records import Book, Event, Run, Step

_PROMPT = 5.0
"""Seconds in which what ends a run is heard, when nothing is broken meanwhile."""


def unheard(book: Book) -> Iterator[str]:
    """Runs that went on behind what ended them, ended for nothing, or did not fire when all was quiet."""
    steps: dict[str, list[Step]] = defaultdict(list)
    for step in book.steps:
        steps[step.run].append(step)
    yield from _stops(book, steps)
    yield from _cancels(book, steps)
    yield from _quiet(book)


def _stops(book: Book, steps: dict[str, list[Step]]) -> Iterator[str]:
    events = {event.id: event for event in book.events}
    for rule, trigger in book.stops.items():
        ends: dict[str | None, Event] = {event.about: event for event in book.events if event.trigger == trigger}
        for run in book.runs:
            if run.rule != rule or run.event is None:
                continue
            end = ends.get(events[run.event].about)
            if run.error == "stop_when" and end is None:
                yield f"run {run.id} of {rule!r} was stopped, and nothing came"
            if end is not None and end.received_at >= run.created_at:
                yield from _went_on(book, run, steps[run.id], end.received_at)


def _cancels(book: Book, steps: dict[str, list[Step]]) -> Iterator[str]:
    runs = {run.id: run for run in book.runs}
    for each in book.cancelled:
        run = runs[each.run]
        if run.status not in ("stopped", "unknown", "done"):  # done: all that was left was under way
            yield f"run {run.id} of {run.rule!r} was cancelled and is {run.status}"
        yield from _went_on(book, run, steps[run.id], each.at)


def _went_on(book: Book, run: Run, steps: list[Step], at: float) -> Iterator[str]:
    for step in steps:
        broken = any(fault.began <= step.started_at and fault.ended + _PROMPT >= at for fault in book.faults)
        if step.started_at > at + _PROMPT and not broken:
            yield f"run {run.id} of {run.rule!r} began {step.id} {step.started_at - at:.1f} s after its end was told"


def _quiet(book: Book) -> Iterator[str]:
    for trigger, rules in book.hearing.items():
        newest: dict[str | None, str] = {}
        for event in book.events:
            if event.trigger == trigger:
                newest[event.group] = max(event.id, newest.get(event.group, ""))
        for run in book.runs:
            silent = run.rule in rules & book.quiet and run.status == "suppressed"
            if silent and run.event in newest.values():
                yield f"{run.rule!r} did not fire for {run.event}, the newest of its group"
