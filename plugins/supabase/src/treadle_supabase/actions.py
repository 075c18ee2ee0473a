"""Reading and writing rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import ActionFailed, Context, Pick, action
from treadle_supabase import rest
from treadle_supabase.connection import Supabase

Table = Annotated[str, Pick("tables"), Meta(description="A table or a view.")]
Rows = Annotated[list[dict[str, Any]], Meta(description="Rows, all with the same columns.")]


@action(effect="idempotent", reads=True, example={"table": "orders", "match": {"id": 7}})
async def select_one(
    ctx: Context[Supabase],
    table: Table,
    match: Annotated[dict[str, Any], Meta(description="Columns and the values they must equal.")],
) -> Any:
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
    match: Annotated[dict[str, Any] | None, Meta(description="Columns and the values they must equal.")] = None,
    order: Annotated[str | None, Meta(description="A column, such as created_at, or created_at.desc.")] = None,
    limit: Annotated[int, Meta(description="At most so many rows.")] = 100,
) -> list[Any]:
    """Read the rows that match, all of them without `match`. None found is an empty list."""
    params = [*rest.filters(match or {}), ("limit", str(limit))]
    if order is not None:
        params.append(("order", order))
    return await rest.call(ctx, "GET", table, params=params)


@action(effect="blind", example={"table": "audit", "rows": [{"order_id": 7}]})
async def insert(ctx: Context[Supabase], table: Table, rows: Rows) -> list[Any]:
    """Add rows and take them back as stored. After a lost answer nobody can tell whether they are there, so they are
    not sent again; `upsert` can be.
    """
    _some(rows)
    return await rest.call(ctx, "POST", table, json=rows, prefer="return=representation")


@action(effect="idempotent", example={"table": "customers", "rows": [{"email": "a@b.example"}], "key": ["email"]})
async def upsert(
    ctx: Context[Supabase],
    table: Table,
    rows: Rows,
    key: Annotated[list[str], Meta(description="The columns of a unique key that tells the rows apart.")],
) -> list[Any]:
    """Add rows, or write over those with the same key. Doing it twice is doing it once."""
    _some(rows)
    prefer = "return=representation, resolution=merge-duplicates"
    return await rest.call(ctx, "POST", table, params=[("on_conflict", ",".join(key))], json=rows, prefer=prefer)


ACTIONS = (select_one, select, insert, upsert)


def _some(rows: list[dict[str, Any]]) -> None:
    if not rows:
        raise ActionFailed("There are no rows to write.", code="invalid")


def _said(match: Mapping[str, Any]) -> str:
    return " and ".join(f"{name} is {value}" for name, value in match.items()) or "anything"
