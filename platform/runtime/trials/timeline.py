"""A recorded run as a line of time: what came from outside, and what the run did. Owns the order and the pauses."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from treadle.dsl import graph as g
from treadle.dsl.values import Value
from treadle.runtime.ports import ApprovalRow, StoredEvent, StoredStep
from treadle.runtime.trials.recorded import Recorded, Told, Untold, plain

_WINDOW = 900.0  # seconds by which runs are spread when a window opens, and more
_SLACK = 1.0
_AT_ONCE = 1.5  # seconds; a shorter pause is the platform's own work


class Given(msgspec.Struct, frozen=True):
    """An event came that a run waited for, or that stopped it."""

    told: Told
    hear: g.Hear
    data: Value


class Did(msgspec.Struct, frozen=True):
    """The run took a step."""

    step: StoredStep


class Beside(msgspec.Struct, frozen=True):
    """Another run took a step that counts."""

    step: StoredStep


class Ended(msgspec.Struct, frozen=True):
    """The run failed, with this message."""

    message: str


What = Given | Did | Beside | Ended | ApprovalRow


class Moment(msgspec.Struct, frozen=True):
    """`pause` are the seconds that passed before, 0.0 for none that matters."""

    what: What
    at: datetime
    pause: float


class Item(msgspec.Struct, frozen=True):
    """From when to when something took place."""

    start: datetime
    end: datetime
    what: What


def moments(recorded: Recorded, counts: Collection[UUID]) -> Iterator[Moment]:
    """In order of time, from the first event on. `counts` are the steps of other runs that belong there."""
    last = recorded.since
    slack = _WINDOW if any(each.graph.during for each in recorded.beside) else _SLACK
    for item in sorted(_items(recorded, counts), key=lambda each: each.start):
        gap = (item.start - last).total_seconds()
        yield Moment(item.what, item.start, gap + slack if gap > _AT_ONCE else 0.0)
        last = max(last, item.end)


def _items(recorded: Recorded, counts: Collection[UUID]) -> Iterator[Item]:
    for told in recorded.beside:
        for step in told.steps:
            if step.id in counts and step.started_at is not None and told is not recorded.run:
                yield Item(step.started_at, step.started_at, Beside(step))
            node = told.graph.nodes.get(step.node)
            heard = plain(step.output) if isinstance(node, g.WaitFor) else None
            if isinstance(node, g.WaitFor) and isinstance(heard, dict) and step.ended_at is not None:
                yield Item(step.ended_at, step.ended_at, Given(told, node.hear, heard))
        for question in told.questions:
            if question.state in _DECIDED and question.decided_at is not None:
                yield Item(question.decided_at, question.decided_at, question)
    yield from _of_run(recorded.run)
    root = recorded.root
    if recorded.earlier and recorded.event is not None:
        for event in (*recorded.earlier[1:], recorded.event):
            given = Given(root, heard_as(root, event), plain(event.loaded or event.data))
            yield Item(event.received_at, event.received_at, given)
    ending, run = recorded.ending, recorded.run
    if ending is not None and (hear := _stopping(run.graph, ending)) is not None:
        yield Item(ending.received_at, ending.received_at, Given(run, hear, plain(ending.loaded or ending.data)))


def _stopping(graph: g.Graph, event: StoredEvent) -> g.Hear | None:
    """The `stop when` line that hears the event."""
    return next((each.hear for each in graph.stops if each.hear.full == event.trigger), None)


def heard_as(told: Told, event: StoredEvent) -> g.Hear:
    """The `when` line of the rule that hears the event. Raises `Untold` for a run that was begun anew on a version that
    does not hear it any more.
    """
    for each in told.graph.hears + told.graph.webhooks:
        if event.trigger in (each.full, f"webhook.{each.trigger}"):
            return each
    raise Untold(f"its version of the rule does not hear {event.trigger}")


def _of_run(run: Told) -> Iterator[Item]:
    for step in run.steps:
        if step.started_at is not None:
            called = isinstance(run.graph.nodes.get(step.node), g.Call | g.Ask)
            end = step.ended_at if called and step.ended_at is not None else step.started_at
            yield Item(step.started_at, end, Did(step))
    row = run.row
    if row.status == "failed" and row.error is not None and row.ended_at is not None:
        yield Item(row.ended_at, row.ended_at, Ended(row.error.message))


_DECIDED: tuple[Literal["approved", "refused"], ...] = ("approved", "refused")
