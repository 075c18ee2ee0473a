"""Records with what a test does not care about filled in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from treadle.runtime.ids import new_id
from treadle.runtime.ports import (
    Arrival,
    Claimed,
    Go,
    NewDelivery,
    NewEvent,
    NewRun,
    NewStep,
    StepOutcome,
    Store,
    Transition,
)

CONNECTION = new_id()
LEASE = 30.0


def delivery(body: bytes = b"x") -> NewDelivery:
    """A body as it came."""
    return NewDelivery(id=new_id(), connection_id=CONNECTION, content_type="text/plain", body=body)


def event(**given: Any) -> NewEvent:
    """An event of one connection."""
    fixed: dict[str, Any] = {"id": new_id(), "trigger": "t.e", "data": b"{}", "connection_id": CONNECTION}
    return NewEvent(**(fixed | given))


def run(**given: Any) -> NewRun:
    """A rule's run that is due at once."""
    fixed: dict[str, Any] = {
        "graph": "g1",
        "kind": "rule",
        "rule": "R",
        "origin": "R",
        "status": "running",
        "state": b"{}",
    }
    return NewRun(**(fixed | {"id": new_id()} | given))


def arrival(*, delay: float = 0.0, rule: str = "R", **given: Any) -> Arrival:
    """An event and one run that it starts."""
    made = event(**given)
    return Arrival(made, (run(event_id=made.id, delay=delay, rule=rule, origin=rule),))


def intent(**given: Any) -> NewStep:
    """A call that is about to be sent."""
    fixed: dict[str, Any] = {
        "seq": 1,
        "node": "n1",
        "what": "t.act",
        "state": "intent",
        "effect": "blind",
        "connection_id": CONNECTION,
    }
    return NewStep(**(fixed | {"id": new_id()} | given))


def move(claimed: Claimed, then: Any = None, **given: Any) -> Transition:
    """A write about a claimed run under its epoch."""
    fixed: dict[str, Any] = {"run_id": claimed.run_id, "epoch": claimed.epoch, "then": then or Go()}
    return Transition(**(fixed | given))


def done(step: NewStep, **given: Any) -> StepOutcome:
    """The outcome of a call that went well."""
    fixed: dict[str, Any] = {"id": step.id, "state": "done", "tries": 1}
    return StepOutcome(**(fixed | given))


async def one_claimed(store: Store, worker: UUID, lease: float = LEASE, **given: Any) -> Claimed:
    """A fresh run in the hands of this worker."""
    await store.accept([], [arrival(**given)])
    (claimed,) = await store.claim(worker, 10, lease)
    return claimed
