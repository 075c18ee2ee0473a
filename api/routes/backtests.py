"""`/backtests`: what other rules would have made of recorded events, as long work with progress and result."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from treadle.api.idempotency import id_for
from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Limit, aware
from treadle.api.problems import Refused
from treadle.runtime.access import Principal
from treadle.runtime.backtest.jobs import Backtest
from treadle.runtime.engine import Engine
from treadle.runtime.services import backtests
from treadle.runtime.services.backtests import (
    Asked,
    BacktestFound,
    BacktestInvalid,
    BacktestOver,
    BacktestRunning,
    BacktestUnknown,
)

RULE = 'rule "Tag large orders"\n  when order_placed as order\n  where order.total > 500\n  do\n    log "{order.id}"\n'
Text = Annotated[str, msgspec.Meta(max_length=5_000_000)]


class NewBacktest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is tried, and over which span. `files` are texts by path that take the place of the published ones, null for
    a file that is left out; the other files are as published. Without `files` the drafts are tried.

    `until` is now without it. `rules` are the names of those to tell of, all without any. `against` is the publication
    to compare with, the live one without it.
    """

    since: Annotated[datetime, msgspec.Meta(examples=["2026-02-01T00:00:00Z"])]
    until: Annotated[datetime | None, msgspec.Meta(examples=["2026-03-01T00:00:00Z"])] = None
    files: Annotated[dict[str, Text | None] | None, msgspec.Meta(examples=[{"orders.rule": RULE}])] = None
    rules: Annotated[list[str], msgspec.Meta(max_length=1000, examples=[["Tag large orders"]])] = []
    against: UUID | None = None


class BacktestPage(Page[Backtest], frozen=True):
    """Backtests."""


@post("/", status_code=202, summary="Begin a backtest", codes=("backtest_invalid", "backtest_running"))
async def begin_backtest(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    request: Request[Any, Any, Any],
    data: JSONBody[NewBacktest],
) -> Backtest:
    """Replay the recorded events of the span through the published rules and through others, on a virtual clock, and
    compare. Calls are answered as they were then, and nothing is sent. One at a time in a workspace; ask for it until
    its state is no longer `running`. What came of it is kept for 30 days.
    """
    since, until = aware(data.since), aware(data.until)
    assert since is not None, "it is required"
    asked = Asked(since=since, until=until, files=data.files, rules=tuple(data.rules), against=data.against)
    try:
        return await backtests.begun(engine, who, id_for(request), asked)
    except BacktestInvalid as invalid:
        raise Refused("backtest_invalid", f"{_capital(invalid)}.") from None
    except BacktestRunning:
        raise _running() from None


@get("/", summary="Backtests, newest first")
async def list_backtests(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], cursor: Cursor = None, limit: Limit = 50
) -> BacktestPage:
    """Those of the last 30 days, without their results."""
    rows = await backtests.listed(engine, who, before(cursor), limit + 1)
    return BacktestPage(*cut(rows, limit, lambda job: job.id))


@get("/{backtest_id:uuid}", summary="One backtest and what came of it", codes=("backtest_unknown",))
async def get_backtest(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], backtest_id: FromPath[UUID]
) -> BacktestFound:
    """How far it is; when it is done, the result: per rule the decisions that differ and why, what each version would
    have done, and what cannot be told because nobody recorded what it needs.
    """
    try:
        return await backtests.found(engine, who, backtest_id)
    except BacktestUnknown:
        raise _unknown(backtest_id) from None


@post(
    "/{backtest_id:uuid}/cancel",
    status_code=202,
    summary="Cancel a backtest",
    codes=("backtest_unknown", "backtest_over"),
)
async def cancel_backtest(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], backtest_id: FromPath[UUID]
) -> Backtest:
    """It ends within a second or two, as `cancelled`."""
    try:
        return await backtests.cancelled(engine, who, backtest_id)
    except BacktestUnknown:
        raise _unknown(backtest_id) from None
    except BacktestOver:
        raise Refused("backtest_over", "There is nothing to cancel: the backtest is over.") from None


@post(
    "/{backtest_id:uuid}/restart",
    status_code=202,
    summary="Begin a backtest again",
    codes=("backtest_unknown", "backtest_over", "backtest_running"),
)
async def restart_backtest(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], backtest_id: FromPath[UUID]
) -> Backtest:
    """The same once more from the beginning, where it was interrupted with its server, was cancelled, or failed."""
    try:
        return await backtests.begun_again(engine, who, backtest_id)
    except BacktestUnknown:
        raise _unknown(backtest_id) from None
    except BacktestOver:
        raise Refused("backtest_over", "The backtest is done; begin a new one.") from None
    except BacktestRunning:
        raise _running() from None


def _capital(invalid: BacktestInvalid) -> str:
    text = str(invalid)
    return text[:1].upper() + text[1:]


def _running() -> Refused:
    return Refused("backtest_running", "A backtest is at work in this workspace; wait for its end, or cancel it.")


def _unknown(id: UUID) -> Refused:
    return Refused("backtest_unknown", f"There is no backtest {id}.")


router = Router(
    "/backtests",
    route_handlers=[begin_backtest, list_backtests, get_backtest, cancel_backtest, restart_backtest],
    tags=["Backtests"],
)
