"""What transitions say about waiting, as rows of a JSON batch. Field names are those of the column lists in `sql/`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.runtime.ports import End, NewListen, Transition
from treadle.runtime.store.fitting import ANY, value_hash


class ForgetRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a run has no use for any more: a signal, what is under a slot, or (neither) everything."""

    run_id: UUID
    signal: UUID | None = None
    slot: str | None = None
    every: bool = False


class ListenRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a run listens for."""

    run_id: UUID
    epoch: int
    slot: str
    trigger: str
    path: str
    value_hash: UUID
    connection_id: UUID | None = None


class ApprovalInsert(msgspec.Struct, frozen=True, kw_only=True):
    """A question."""

    run_id: UUID
    id: UUID
    slot: str
    question: str
    asked: str
    seconds: float


def forget_rows(transitions: Sequence[Transition]) -> list[ForgetRow]:
    """What they forget, have read, and leave behind when they end."""
    found: list[ForgetRow] = []
    for each in transitions:
        found += [ForgetRow(each.run_id, slot=slot) for slot in each.forgets]
        found += [ForgetRow(each.run_id, signal=id_) for id_ in each.read]
        if isinstance(each.then, End):
            found.append(ForgetRow(each.run_id, every=True))
    return found


def listen_rows(transitions: Sequence[Transition]) -> list[ListenRow]:
    """What they begin to listen for, one a slot. A run that ends listens for nothing."""
    return [listen_row(each, listen) for each, listen in new_listens(transitions)]


def new_listens(transitions: Sequence[Transition]) -> list[tuple[Transition, NewListen]]:
    """The same as it was given, beside its transition."""
    found: dict[tuple[UUID, str], tuple[Transition, NewListen]] = {}
    for each in _going(transitions):
        for listen in each.listens:
            found.setdefault((each.run_id, listen.slot), (each, listen))
    return list(found.values())


def listen_row(transition: Transition, listen: NewListen) -> ListenRow:
    """One of them."""
    value = None if listen.value is None else values.decode(listen.value)
    return ListenRow(
        run_id=transition.run_id,
        epoch=transition.epoch,
        slot=listen.slot,
        trigger=listen.trigger,
        path=listen.path or "",
        value_hash=value_hash(value) if listen.path else ANY,
        connection_id=listen.connection_id,
    )


def approval_rows(transitions: Sequence[Transition]) -> list[ApprovalInsert]:
    """The questions they ask, one a slot. A run that ends asks nothing."""
    found: dict[tuple[UUID, str], ApprovalInsert] = {}
    for each in _going(transitions):
        for asked in each.approvals:
            row = ApprovalInsert(
                run_id=each.run_id,
                id=asked.id,
                slot=asked.slot,
                question=asked.question,
                asked=asked.by,
                seconds=asked.seconds,
            )
            found.setdefault((each.run_id, asked.slot), row)
    return list(found.values())


def _going(transitions: Sequence[Transition]) -> list[Transition]:
    return [each for each in transitions if not isinstance(each.then, End)]
