"""Rows of an answer as the records of `ports`. The column order is that of the select lists in `sql/`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from treadle.runtime.ports import ApprovalRow, Claimed, Fault, RunRow, Signal, StoredEvent, StoredStep

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
    """14 columns."""
    run_id, rule, kind, graph, status, created_at, event_id, parent_id, ended_at, due_at, code, message = row[:12]
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
        hops=row[12],
        output=row[13],
    )


def claimed(row: Columns, signals: Sequence[Signal] = ()) -> Claimed:
    """12 columns of the run, then an event's and a step's; those are null where there is none. Columns behind them are
    passed over."""
    run_id, workspace_id, epoch, graph, kind, rule, origin, status, state, hops, crashes, now = row[:12]
    event, step = row[12:25], row[25:41]
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
        signals=tuple(signals),
    )


def signal(row: Columns) -> Signal:
    """6 columns, then an event's, which are null where there is none."""
    id_, kind, slot, data, code, message = row[:6]
    event = None if row[6] is None else stored_event(row[6:])
    return Signal(id=id_, kind=kind, slot=slot, event=event, data=data, fault=fault(code, message))


def approval_row(row: Columns) -> ApprovalRow:
    """10 columns."""
    id_, run_id, rule, question, asked, state, created_at, until, decided_by, decided_at = row
    return ApprovalRow(
        id=id_,
        run_id=run_id,
        rule=rule,
        question=question,
        by=asked,
        state=state,
        created_at=created_at,
        until=until,
        decided_by=decided_by,
        decided_at=decided_at,
    )


def fault(code: str | None, message: str | None) -> Fault | None:
    """The two columns of an error."""
    return None if code is None else Fault(code, message or "")
