"""Reading and writing rows, and calling functions of the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import ActionFailed, Causes, Context, Pick, action
from treadle_supabase import rest, webhooks
from treadle_supabase.connection import Supabase
from treadle_supabase.records import COLUMNS
from treadle_supabase.triggers import RowDeleted, RowInserted, RowUpdated

Match = Annotated[dict[str, Any], COLUMNS, Meta(description="Columns and the values they must equal.")]
MaybeMatch = Annotated[dict[str, Any] | None, COLUMNS, Meta(description="Columns and the values they must equal.")]
Row = Annotated[Any, COLUMNS]
Table = Annotated[str, Pick("tables"), Meta(description="A table or a view.")]
Set = Annotated[dict[str, Any], COLUMNS, Meta(description="Columns and their new values.")]
AtMost = Annotated[int, Meta(description="How many rows may match; more is an error.")]
Stored = Annotated[list[Any], COLUMNS]
Rows = Annotated[list[dict[str, Any]], COLUMNS, Meta(description="Rows, all with the same columns.")]


@action(effect="idempotent", reads=True, example={"table": "orders", "match": {"id": 7}})
async def select_one(ctx: Context[Supabase], table: Table, match: Match) -> Row:
    """Read the one row that matches. None is the error `not_found`, several are the error `several`."""
    rows = await rest.call(ctx, "GET", table, params=[*rest.filters(match), ("limit", "2")])
    if not rows:
        raise ActionFailed(f"{table} has no row where {_said(match)}.", code="not_found")
    if len(rows) > 1:
        raise ActionFailed(f"{table} has several rows where {_said(match)}.", code="several")
    return rows[0]


@action(effect="idempotent", reads=True, example={"table": "orders", "match": {"status": "paid"}, "limit": 50})
async def select(
    ctx: Context[Supabase],
    table: Table,
    match: Annotated[
        dict[str, Any] | None, COLUMNS, Meta(description="Columns and the values they must equal.")
    ] = None,
    order: Annotated[str | None, Meta(description="A column, such as created_at, or created_at.desc.")] = None,
    limit: Annotated[int, Meta(description="At most so many rows.")] = 100,
) -> Stored:
    """Read the rows that match, all of them without `match`. None found is an empty list."""
    params = [*rest.filters(match or {}), ("limit", str(limit))]
    if order is not None:
        params.append(("order", order))
    return await rest.call(ctx, "GET", table, params=params)


@action(
    effect="blind",
    causes=[Causes(RowInserted, table="table")],
    writes="supabase.{table}:*",
    adds=True,
    example={"table": "audit", "rows": [{"order_id": 7}]},
)
async def insert(ctx: Context[Supabase], table: Table, rows: Rows) -> Stored:
    """Add rows and take them back as stored. After a lost answer nobody can tell whether they are there, so they are
    not sent again; `upsert` can be.
    """
    _some(rows)
    return _wrote(ctx, await rest.call(ctx, "POST", table, json=rows, prefer="return=representation"))


@action(
    effect="idempotent",
    causes=[Causes(RowInserted, table="table"), Causes(RowUpdated, table="table")],
    writes="supabase.{table}:*",
    example={"table": "customers", "rows": [{"email": "a@b.example"}], "key": ["email"]},
)
async def upsert(
    ctx: Context[Supabase],
    table: Table,
    rows: Rows,
    key: Annotated[list[str], COLUMNS, Meta(description="The columns of a unique key that tells the rows apart.")],
) -> Stored:
    """Add rows, or write over those with the same key. Doing it twice is doing it once."""
    _some(rows)
    prefer = "return=representation, resolution=merge-duplicates"
    params = [("on_conflict", ",".join(key))]
    return _wrote(ctx, await rest.call(ctx, "POST", table, params=params, json=rows, prefer=prefer))


@action(
    effect="idempotent",
    causes=[Causes(RowUpdated, table="table")],
    writes="supabase.{table}:*",
    example={"table": "orders", "match": {"id": 7}, "set": {"status": "sent"}},
)
async def update(ctx: Context[Supabase], table: Table, match: Match, set: Set, at_most: AtMost = 1) -> Stored:
    """Write columns of the rows that match and take the rows back. None that match is an empty list; more than
    `at_most` is the error `too_many`, and nothing is written.
    """
    if not set:
        raise ActionFailed("There are no columns to write.", code="invalid")
    params = _narrow(match)
    rows = await rest.call(ctx, "PATCH", table, params=params, json=set, prefer=_prefer(at_most))
    return _wrote(ctx, rows)


@action(
    effect="idempotent",
    causes=[Causes(RowDeleted, table="table")],
    writes="supabase.{table}:*",
    example={"table": "orders", "match": {"id": 7}},
)
async def delete(ctx: Context[Supabase], table: Table, match: Match, at_most: AtMost = 1) -> Stored:
    """Remove the rows that match and take them back as they were. None that match is an empty list; more than
    `at_most` is the error `too_many`, and nothing is removed.
    """
    return _wrote(ctx, await rest.call(ctx, "DELETE", table, params=_narrow(match), prefer=_prefer(at_most)))


@action(effect="blind", example={"function": "close_month", "arguments": {"month": "2026-11"}})
async def call_function(
    ctx: Context[Supabase],
    function: Annotated[str, Meta(description="A function of the database, without its schema.")],
    arguments: Annotated[dict[str, Any] | None, Meta(description="Its arguments by name.")] = None,
) -> Any:
    """Call a function of the database. Nobody can tell what a lost call did, so it is never sent twice."""
    return await rest.run(ctx, function, arguments or {})


ACTIONS = (select_one, select, insert, upsert, update, delete, call_function)


def _narrow(match: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not match:  # the Data API would take every row of the table
        raise ActionFailed("Say which rows: `match` is empty.", code="invalid")
    return rest.filters(match)


def _prefer(at_most: int) -> str:
    if at_most < 1:
        raise ActionFailed("`at_most` is 1 or more.", code="invalid")
    return f"return=representation, handling=strict, max-affected={at_most}"


def _wrote(ctx: Context[Supabase], rows: list[Any]) -> list[Any]:
    if len(rows) == 1:  # a call has one version; of several rows the webhooks are heard as anybody's
        ctx.wrote(webhooks.version(rows[0]))
    return rows


def _some(rows: list[dict[str, Any]]) -> None:
    if not rows:
        raise ActionFailed("There are no rows to write.", code="invalid")


def _said(match: Mapping[str, Any]) -> str:
    return " and ".join(f"{name} is {value}" for name, value in match.items()) or "anything"
