"""Records as rows of a JSON batch. Field names are those of the column lists in `sql/`; a missing one is null."""

from __future__ import annotations

from uuid import UUID

import msgspec

from treadle.runtime.ports import (
    End,
    Go,
    NewDelivery,
    NewEvent,
    NewRun,
    NewStep,
    Park,
    Sleep,
    Transition,
)
from treadle.runtime.store.parameters import NOBODY, QUIET, TURN, line_of


class DeliveryRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A delivery without its body."""

    id: UUID
    connection_id: UUID
    content_type: str


class EventRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An event without its data."""

    id: UUID
    connection_id: UUID
    hops: int
    trigger: str
    delivery_id: UUID | None = None
    publication_id: UUID | None = None
    cause: UUID | None = None
    key: str | None = None
    key_hash: str | None = None
    entity: str | None = None
    version: str | None = None
    unread: str | None = None


class StartRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A run to start without its state. `arrival` is the event or the run that must have been written for it, `line`
    that of its turn, `quiet_line` that of its group.
    """

    id: UUID
    arrival: UUID
    hops: int
    delay: float
    graph: str
    kind: str
    rule: str
    origin: str
    status: str
    event_id: UUID | None = None
    parent_id: UUID | None = None
    answers: str | None = None
    line: UUID | None = None
    quiet_line: UUID | None = None


class StepRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A step without its input and output."""

    run_id: UUID
    id: UUID
    seq: int
    tries: int
    node: str
    what: str
    state: str
    connection_id: UUID | None = None
    effect: str | None = None
    entity: str | None = None
    error_code: str | None = None
    error_message: str | None = None


class TransitionRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A transition without its documents. `step_...` is the outcome, `intent_id` the intent that is open from then."""

    run_id: UUID
    epoch: int
    act: str
    seconds: float = 0.0
    status: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    closes: bool = False
    intent_id: UUID | None = None
    step_id: UUID | None = None
    step_state: str | None = None
    step_tries: int | None = None
    step_version: str | None = None
    step_error_code: str | None = None
    step_error_message: str | None = None


class RunIdRow(msgspec.Struct, frozen=True):
    """Whose document stands beside the rows."""

    run_id: UUID


def delivery_row(delivery: NewDelivery) -> DeliveryRow:
    """A delivery's row."""
    return DeliveryRow(delivery.id, delivery.connection_id, delivery.content_type)


def event_row(event: NewEvent, key_hash: str | None) -> EventRow:
    """An event's row."""
    return EventRow(
        id=event.id,
        connection_id=event.connection_id or NOBODY,
        hops=event.hops,
        trigger=event.trigger,
        delivery_id=event.delivery_id,
        publication_id=event.publication,
        cause=event.cause,
        key=event.key,
        key_hash=key_hash,
        entity=event.entity,
        version=event.version,
        unread=event.unread,
    )


def start_row(run: NewRun, arrival: UUID, workspace_id: UUID) -> StartRow:
    """A new run's row."""
    return StartRow(
        id=run.id,
        arrival=arrival,
        hops=run.hops,
        delay=run.delay,
        graph=run.graph,
        kind=run.kind,
        rule=run.rule,
        origin=run.origin,
        status=run.status,
        event_id=run.event_id,
        parent_id=run.parent_id,
        answers=run.answers,
        line=None if run.turn is None else line_of(workspace_id, TURN, run.rule, run.turn),
        quiet_line=None if run.quiet is None else line_of(workspace_id, QUIET, run.rule, run.quiet),
    )


def step_row(run_id: UUID, step: NewStep) -> StepRow:
    """A new step's row."""
    return StepRow(
        run_id=run_id,
        id=step.id,
        seq=step.seq,
        tries=step.tries,
        node=step.node,
        what=step.what,
        state=step.state,
        connection_id=step.connection_id,
        effect=step.effect,
        entity=step.entity,
        error_code=step.error.code if step.error else None,
        error_message=step.error.message if step.error else None,
    )


def transition_row(transition: Transition) -> TransitionRow:
    """A transition's row."""
    then, outcome = transition.then, transition.outcome
    last = transition.steps[-1] if transition.steps else None
    error = then.error if isinstance(then, End) else None
    fault = outcome.error if outcome else None
    return TransitionRow(
        run_id=transition.run_id,
        epoch=transition.epoch,
        act=_act(then),
        seconds=then.seconds if isinstance(then, Sleep | Park) else 0.0,
        status="running" if isinstance(then, Go) else then.status,
        error_code=error.code if error else None,
        error_message=error.message if error else None,
        closes=outcome is not None and outcome.state != "intent",
        intent_id=last.id if last is not None and last.state == "intent" else None,
        step_id=outcome.id if outcome else None,
        step_state=outcome.state if outcome else None,
        step_tries=outcome.tries if outcome else None,
        step_version=outcome.version if outcome else None,
        step_error_code=fault.code if fault else None,
        step_error_message=fault.message if fault else None,
    )


def _act(then: Go | Sleep | Park | End) -> str:
    match then:
        case Go():
            return "go"
        case Sleep():
            return "sleep"
        case Park():
            return "park"
        case End():
            return "end"
