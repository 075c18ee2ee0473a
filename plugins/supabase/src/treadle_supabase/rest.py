"""Calls of a project's Data API (PostgREST). Owns its filters, its preferences and what its errors mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from treadle.sdk import ActionFailed, Answer, Context, InDoubt

if TYPE_CHECKING:
    from treadle_supabase.connection import Supabase

Params = Sequence[tuple[str, str]]

_SEEN = (300, 400, 401, 402, 403, 404, 405, 406, 409, 414, 416, 429)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_RESERVED = {"select", "order", "limit", "offset", "columns", "on_conflict", "and", "or", "not"}
_CODES = {
    "23505": "duplicate",
    "23503": "broken_reference",
    "23502": "missing_value",
    "23514": "check_failed",
    "22P02": "wrong_type",
    "42501": "forbidden",
    "42P01": "no_table",
    "42703": "no_column",
    "PGRST124": "too_many",
    "PGRST202": "no_function",
    "PGRST204": "no_column",
    "PGRST205": "no_table",
}


async def call(
    ctx: Context[Supabase], method: str, table: str, *, params: Params = (), json: Any = None, prefer: str | None = None
) -> list[Any]:
    """One request about a table; its rows as plain data."""
    headers = {"prefer": prefer} if prefer else None
    path = f"/rest/v1/{quote(table, safe='')}"
    answer = await ctx.http.send(method, path, json=json, params=params or None, headers=headers, accept=_SEEN)
    if answer.status >= 300:
        raise _failure(answer)
    rows = answer.json()
    if not isinstance(rows, list):
        raise InDoubt("Supabase's answer is not a list of rows.", code="bad_answer")
    return rows


async def run(ctx: Context[Supabase], function: str, arguments: Mapping[str, Any]) -> Any:
    """Call a function of the database; what it returns as plain data."""
    path = f"/rest/v1/rpc/{quote(function, safe='')}"
    answer = await ctx.http.send("POST", path, json=arguments, accept=_SEEN)
    if answer.status >= 300:
        raise _failure(answer)
    return answer.json()


async def description(ctx: Context[Supabase]) -> Mapping[str, Any] | None:
    """The tables and views that the key may see, each as its OpenAPI definition; None when they are not listed."""
    answer = await ctx.http.send("GET", "/rest/v1/", accept=_SEEN)
    if answer.status == 404:
        return None
    if answer.status >= 300:
        raise _failure(answer)
    return dict(answer.json().get("definitions", {}))


def filters(match: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Equality of each column. Raises `ActionFailed` for what cannot be compared."""
    return [(_column(name), _equals(name, value)) for name, value in match.items()]


def _column(name: str) -> str:
    if name in _RESERVED:
        raise ActionFailed(f"A column called {name!r} cannot be matched; the Data API reads it as a word of its own.")
    return name if _PLAIN.fullmatch(name) else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _equals(name: str, value: Any) -> str:
    match value:
        case None:
            return "is.null"
        case bool():
            return f"is.{str(value).lower()}"
        case date() | time():
            return f"eq.{value.isoformat()}"
        case Decimal():
            return f"eq.{value:f}"
        case str() | int():
            return f"eq.{value}"
    raise ActionFailed(f"{name}: a column is compared with one plain value.", code="invalid")


class _Problem(msgspec.Struct):
    """PostgREST's four fields; the gateway in front of it sends only message and hint."""

    message: str = ""
    code: str | None = None
    details: Any = None
    hint: str | None = None


def _failure(answer: Answer) -> ActionFailed | InDoubt:
    try:
        problem = msgspec.json.decode(answer.body, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = _Problem(answer.body[:100].decode("utf-8", "replace"))
    details = problem.details if isinstance(problem.details, str) else None
    said = " ".join(part.rstrip(".") + "." for part in (problem.message, details, problem.hint) if part)
    message = f"Supabase: {said or f'status {answer.status}'}"
    if answer.status == 429:
        retry_after = answer.headers.get("retry-after", "")
        wait = float(retry_after) if retry_after.isdecimal() else None
        return InDoubt(message, code="rate_limited", retry_after=wait, status=429)
    by_status = {401: "unauthorized", 402: "payment_required", 403: "forbidden"}.get(answer.status, "refused")
    return ActionFailed(message, code=_CODES.get(problem.code or "", by_status), status=answer.status)
