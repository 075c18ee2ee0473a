"""What people look up and no worker needs: questions by who is asked, calls whose outcome is unknown, later tries.

Reads only. Owns which filters there are; each combination is planned for itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from treadle.dsl.catalogue import Effect
from treadle.runtime.ids import first_id
from treadle.runtime.ports import ApprovalRow, Fault
from treadle.runtime.queries import query
from treadle.runtime.resolving import open_attempts
from treadle.runtime.store.answers import approval_row
from treadle.runtime.store.parameters import clean_or_none
from treadle.runtime.store.statements import Statements

_APPROVALS, _RETRIED = query("approvals"), query("retried_by")
_UNKNOWNS, _LAST = query("unknowns"), query("last_still")

ApprovalState = Literal["open", "approved", "refused", "closed"]

_OF_APPROVALS = {
    "state": "state = %(state)s",
    "by": "asked = %(by)s",
    "rule": "rule = %(rule)s",
    "run": "run_id = %(run)s",
    "since": "id >= %(since)s",
    "before": "id < %(before)s",
}
_OF_UNKNOWNS = {"rule": "rule = %(rule)s", "before": "run_id < %(before)s"}


class ApprovalFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which questions to list, newest first: `by` is the group or role that is asked, `since` when they were asked."""

    state: ApprovalState | None = None
    by: str | None = None
    rule: str | None = None
    run: UUID | None = None
    since: datetime | None = None
    before: UUID | None = None
    limit: int = 50


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """A call of which nobody knows whether it happened, and whose run stands still for a person to say so.

    `said`: somebody has, and the run has yet to hear it.
    """

    run: UUID
    rule: str
    step: UUID
    seq: int
    node: str
    what: str
    effect: Effect | None
    tries: int
    input: bytes | None
    error: Fault | None
    entity: str | None
    since: datetime
    said: bool


class LookUps(Statements):
    """Asks for them."""

    async def approvals(self, filter: ApprovalFilter) -> list[ApprovalRow]:
        """A page of questions."""
        params = {**_cleaned(filter), "since": None if filter.since is None else first_id(filter.since)}
        statement = _APPROVALS.replace(b"{filters}", _conditions(_OF_APPROVALS, params))
        return [approval_row(row) for row in await self._ask(statement, params)]

    async def retried_by(self, run_id: UUID) -> list[UUID]:
        """The runs that this one was run again as, the oldest first."""
        return [run for (run,) in await self._ask(_RETRIED, {"run": run_id})]

    async def unknowns(
        self, *, rule: str | None = None, before: UUID | None = None, limit: int = 50
    ) -> tuple[list[Unknown], UUID | None]:
        """The calls of so many runs, the newest first, and the last of those runs when there may be more."""
        params: dict[str, Any] = {"rule": clean_or_none(rule), "before": before, "limit": limit}
        conditions = _conditions(_OF_UNKNOWNS, params)
        rows = await self._ask(_UNKNOWNS.replace(b"{filters}", conditions), params)
        last = await self._ask(_LAST.replace(b"{filters}", conditions), params)
        return [each for each in map(_unknown, rows) if each is not None], last[0][0] if last else None


def _conditions(known: dict[str, str], params: dict[str, Any]) -> bytes:
    """Those that something was given for."""
    return " and ".join(text for name, text in known.items() if params.get(name) is not None).encode() or b"true"


def _cleaned(filter: ApprovalFilter) -> dict[str, Any]:
    given = msgspec.structs.asdict(filter)
    return {name: clean_or_none(each) if isinstance(each, str) else each for name, each in given.items()}


def _unknown(row: tuple[Any, ...]) -> Unknown | None:
    """None for a call that the run has gone on from."""
    run, rule, step, seq, node, what, effect, tries, input_, code, message, entity, since, state, said = row
    if str(step) not in open_attempts(msgspec.json.decode(state)):
        return None
    return Unknown(
        run=run,
        rule=rule,
        step=step,
        seq=seq,
        node=node,
        what=what,
        effect=effect,
        tries=tries,
        input=input_,
        error=Fault(code, message) if code is not None else None,
        entity=entity,
        since=since,
        said=said,
    )
