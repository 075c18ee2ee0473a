"""What Postgres does not store yet. Owns saying so before anything is written; `runtime/undurable.py` keeps rules that
would need it from going live.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from treadle.runtime.ports import ApprovalRow, End, NewRun, RunStatus, Signal, Transition


def refuse_unbuilt(transitions: Sequence[Transition]) -> None:
    """Raises `NotImplementedError` for a transition that waits for something other than time."""
    for each in transitions:
        waits = each.listens or each.approvals or each.forgets or each.read or each.emits or each.cancels
        if waits or (isinstance(each.then, End) and each.then.output is not None):
            raise NotImplementedError("Postgres does not store what a run waits for yet")


class Unbuilt:
    """Methods of `ports.Store` that Postgres does not have yet."""

    async def start(self, runs: Sequence[NewRun]) -> None:
        """See `ports.Store.start`."""
        raise NotImplementedError

    async def throttle(self, rule: str, key: str, count: int, window: float, run_id: UUID) -> bool:
        """See `ports.Store.throttle`."""
        raise NotImplementedError

    async def join_quiet(self, rule: str, key: str, run_id: UUID) -> bool:
        """See `ports.Store.join_quiet`."""
        raise NotImplementedError

    async def take_quiet(self, rule: str, key: str, run_id: UUID) -> list[UUID] | None:
        """See `ports.Store.take_quiet`."""
        raise NotImplementedError

    async def take_turn(
        self, rule: str, key: str, run_id: UUID, otherwise: Literal["skip", "queue", "replace"]
    ) -> UUID | None:
        """See `ports.Store.take_turn`."""
        raise NotImplementedError

    async def take_limit(
        self, name: str, key: str, limit: Decimal, amount: Decimal, window: float, token: UUID
    ) -> float:
        """See `ports.Store.take_limit`."""
        raise NotImplementedError

    async def signals(self, run_ids: Sequence[UUID]) -> dict[UUID, list[Signal]]:
        """See `ports.Store.signals`."""
        raise NotImplementedError

    async def statuses(self, run_ids: Sequence[UUID]) -> dict[UUID, RunStatus]:
        """See `ports.Store.statuses`."""
        raise NotImplementedError

    async def approvals(self, *, open_only: bool = True, limit: int = 100) -> list[ApprovalRow]:
        """See `ports.Store.approvals`."""
        raise NotImplementedError

    async def decide(self, approval_id: UUID, who: str, *, approved: bool) -> ApprovalRow | None:
        """See `ports.Store.decide`."""
        raise NotImplementedError

    async def planned(self, keys: Sequence[str]) -> dict[str, datetime]:
        """See `ports.Store.planned`."""
        raise NotImplementedError

    async def fire(self, key: str, planned: datetime, until: datetime, runs: Sequence[NewRun]) -> bool:
        """See `ports.Store.fire`."""
        raise NotImplementedError
