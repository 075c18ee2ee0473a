"""Rows of an answer as the records of `ports`. The column order is that of the select lists in `sql/`."""

from __future__ import annotations

from typing import Any

from treadle.runtime.ports import Claimed, Fault, RunRow, StoredEvent, StoredStep

Columns = tuple[Any, ...]


def stored_event(row: Columns) -> StoredEvent:
    """13 columns."""
    (
        event_id,
        trigger,
        data,
        received_at,
        connection_id,
        key,
        entity,
        version,
        unread,
        publication,
        cause,
        hops,
        loaded,
    ) = row
    return StoredEvent(
        id=event_id,
        trigger=trigger,
        data=data,
        received_at=received_at,
        connection_id=connection_id,
        key=key,
        entity=entity,
        version=version,
        unread=unread,
        publication=publication,
        cause=cause,
        hops=hops,
        loaded=loaded,
    )


def stored_step(row: Columns) -> StoredStep:
    """16 columns."""
    step_id, run_id, seq, node, what, state, effect, tries, given, output, code, message, entity, version = row[:14]
    return StoredStep(
        id=step_id,
        run_id=run_id,
        seq=seq,
        node=node,
        what=what,
        state=state,
        effect=effect,
        tries=tries,
        input=given,
        output=output,
        error=fault(code, message),
        entity=entity,
        version=version,
        started_at=row[14],
        ended_at=row[15],
    )


def run_row(row: Columns) -> RunRow:
    """13 columns."""
    run_id, rule, kind, graph, status, created_at, event_id, parent_id, ended_at, due_at, code, message, hops = row
    return RunRow(
        id=run_id,
        rule=rule,
        kind=kind,
        graph=graph,
        status=status,
        created_at=created_at,
        event_id=event_id,
        parent_id=parent_id,
        ended_at=ended_at,
        due_at=due_at,
        error=fault(code, message),
        hops=hops,
    )


def claimed(row: Columns) -> Claimed:
    """12 columns of the run, then an event's and a step's; those are null where there is none."""
    run_id, workspace_id, epoch, graph, kind, rule, origin, status, state, hops, crashes, now = row[:12]
    event, step = row[12:25], row[25:]
    return Claimed(
        run_id=run_id,
        workspace_id=workspace_id,
        epoch=epoch,
        graph=graph,
        kind=kind,
        rule=rule,
        origin=origin,
        status=status,
        state=state,
        hops=hops,
        crashes=crashes,
        event=None if event[0] is None else stored_event(event),
        intent=None if step[0] is None else stored_step(step),
        now=now,
    )


def fault(code: str | None, message: str | None) -> Fault | None:
    """The two columns of an error."""
    return None if code is None else Fault(code, message or "")
