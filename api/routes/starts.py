"""`/starts`: lists of rows from which a sequence is started, and how far they are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Limit
from treadle.api.problems import Refused
from treadle.runtime.access import Principal
from treadle.runtime.bulkrecords import BulkRow, Refusal
from treadle.runtime.engine import Engine
from treadle.runtime.services import starts


class BulkView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a list is: of `total` rows some are `started`, some `refused`, and the others `left` while it is running
    or paused.

    `held` says why nothing starts just now. `who` asked for it.
    """

    id: UUID
    sequence: str
    state: Literal["running", "paused", "done", "cancelled"]
    per_minute: float
    who: str
    total: int
    started: int
    refused: int
    left: int
    held: str | None
    created_at: datetime
    ended_at: datetime | None


class BulkPage(Page[BulkView], frozen=True):
    """A page of lists."""


class RefusalPage(Page[Refusal], frozen=True):
    """A page of refused rows in their order, the first row being 1."""


def bulk_view(row: BulkRow) -> BulkView:
    """A stored list as it is shown."""
    return BulkView(**msgspec.structs.asdict(row), left=row.left)


@get("/", summary="Lists of starts, newest first")
async def list_starts(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], cursor: Cursor = None, limit: Limit = 50
) -> BulkPage:
    """A page of lists, each with how far it is."""
    rows, following = cut(await starts.listed(engine, who, before(cursor), limit + 1), limit, lambda row: row.id)
    return BulkPage([bulk_view(row) for row in rows], following)


@get("/{starts_id:uuid}", summary="How far a list is", codes=("starts_unknown",))
async def get_starts(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], starts_id: FromPath[UUID]
) -> BulkView:
    """How many rows were started and refused, and how many are left."""
    try:
        return bulk_view(await starts.found(engine, who, starts_id))
    except KeyError:
        raise _unknown(starts_id) from None


@get("/{starts_id:uuid}/refusals", summary="Rows that were refused", codes=("starts_unknown",))
async def list_refusals(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    starts_id: FromPath[UUID],
    cursor: Annotated[int, QueryParameter(ge=0, le=1_000_000, description="`next` of the page before.")] = 0,
    limit: Limit = 50,
) -> RefusalPage:
    """A page of rows that were not started, each with the reason."""
    try:
        rows = await starts.refusals(engine, who, starts_id, cursor, limit + 1)
    except KeyError:
        raise _unknown(starts_id) from None
    return RefusalPage(rows[:limit], str(rows[limit - 1].row) if len(rows) > limit else None)


@post("/{starts_id:uuid}/pause", status_code=200, summary="Start nothing of a list for now", codes=("starts_unknown",))
async def pause_starts(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], starts_id: FromPath[UUID]
) -> BulkView:
    """Nothing is started until the list is resumed. A list that is over, or paused already, stays as it is."""
    try:
        return bulk_view(await starts.paused(engine, who, starts_id))
    except KeyError:
        raise _unknown(starts_id) from None


@post("/{starts_id:uuid}/resume", status_code=200, summary="Go on with a paused list", codes=("starts_unknown",))
async def resume_starts(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], starts_id: FromPath[UUID]
) -> BulkView:
    """It goes on where it stands, at its pace: what was missed meanwhile is not made up for. A list that is not paused
    stays as it is.
    """
    try:
        return bulk_view(await starts.resumed(engine, who, starts_id))
    except KeyError:
        raise _unknown(starts_id) from None


@post("/{starts_id:uuid}/cancel", status_code=200, summary="Start nothing more of a list", codes=("starts_unknown",))
async def cancel_starts(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], starts_id: FromPath[UUID]
) -> BulkView:
    """What was started goes on; cancel those runs one by one. A list that is over stays as it is."""
    try:
        return bulk_view(await starts.cancelled(engine, who, starts_id))
    except KeyError:
        raise _unknown(starts_id) from None


def _unknown(starts_id: UUID) -> Refused:
    return Refused("starts_unknown", f"There is no list of starts {starts_id}.")


router = Router(
    "/starts",
    route_handlers=[list_starts, get_starts, list_refusals, pause_starts, resume_starts, cancel_starts],
    tags=["Sequences"],
)
