"""Calls of Kommo's API v4. Owns what its answers mean: 204, pages, problem documents, validation errors, 429.

Every function raises `NotSent` and `InDoubt` as `ctx.http` does, and `ActionFailed` in Kommo's own words for the rest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from treadle.sdk import ActionFailed, Answer, Context, InDoubt, NotSent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_kommo.connection import Kommo

Params = Sequence[tuple[str, str]]

PAGE = 250
"""The most that Kommo gives in one page (its limitations page)."""

_SEEN = (400, 401, 402, 403, 404, 405, 409, 422, 429)
_CODES = {
    400: "invalid",
    401: "unauthorized",
    402: "payment_required",
    403: "forbidden",
    404: "not_found",
    422: "refused",
}


async def call(ctx: Context[Kommo], method: str, path: str, *, json: Any = None, params: Params = ()) -> Any:
    """One request under /api/v4; its JSON as plain data, None for an empty answer (204 among them)."""
    answer = await ctx.http.send(method, f"/api/v4{path}", json=json, params=params or None, accept=_SEEN)
    if answer.status >= 400:
        raise _failure(answer)
    return answer.json()


async def get_one(ctx: Context[Kommo], what: str, path: str, params: Params = ()) -> Mapping[str, Any]:
    """One thing by its id. Kommo answers 204 for what is not there: that is `ActionFailed`, code `not_found`."""
    found = await call(ctx, "GET", path, params=params)
    if found is None:
        raise ActionFailed(f"Kommo has no {what}, or the token's user may not see it.", code="not_found")
    return dict(found)


async def each(
    ctx: Context[Kommo], path: str, collection: str, *, params: Params = (), limit: int | None = None
) -> AsyncIterator[Mapping[str, Any]]:
    """The things of a list in Kommo's order, page by page, up to `limit` of them."""
    size = min(limit or PAGE, PAGE)
    page, left = 1, limit
    while left is None or left > 0:
        answer = await call(ctx, "GET", path, params=[*params, ("limit", str(size)), ("page", str(page))])
        found = embedded(answer, collection)
        for item in found[:left]:
            yield item
        left = None if left is None else left - len(found)
        # Counting pages, where following the link would send the token wherever an answer points to.
        if not found or "next" not in answer.get("_links", {}):
            return
        page += 1


def embedded(answer: Any, collection: str) -> list[Mapping[str, Any]]:
    """The things inside an answer's envelope; empty for an empty answer."""
    return list(((answer or {}).get("_embedded") or {}).get(collection) or ())


def written(answer: Any, collection: str) -> Mapping[str, Any]:
    """What a write answered for its one thing: in the envelope of a collection, or bare (Kommo does both)."""
    found = embedded(answer, collection)
    if found:
        return found[0]
    if isinstance(answer, Mapping) and "id" in answer:
        return answer
    raise InDoubt("Kommo's answer does not name what it wrote.", code="bad_answer")


@contextmanager
def before_sending() -> Iterator[None]:
    """Around the reads that come before the one write: a doubt about a read says that the write was never sent."""
    try:
        yield
    except InDoubt as doubt:
        raise NotSent(doubt.message, code=doubt.code, retry_after=doubt.retry_after) from doubt


class _Wrong(msgspec.Struct):
    path: str = ""
    detail: str = ""
    code: str = ""


class _Wrongs(msgspec.Struct):
    errors: list[_Wrong] = []


class _Problem(msgspec.Struct):
    """Kommo's problem document, as far as we read it."""

    title: str = ""
    detail: str = ""
    retry_after: float | None = None
    validation: list[_Wrongs] = msgspec.field(default_factory=list, name="validation-errors")


def _failure(answer: Answer) -> ActionFailed | InDoubt:
    try:
        problem = msgspec.json.decode(answer.body, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = None
    status = answer.status
    if status == 429:
        return InDoubt(
            "Kommo asks to slow down.", code="rate_limited", retry_after=_retry_after(answer, problem), status=status
        )
    if status == 403 and problem is None:
        return ActionFailed(
            "Kommo blocks requests from here for a while, after too many of them.", code="blocked", status=status
        )
    return ActionFailed(f"Kommo refused: {_reason(problem, status)}", code=_CODES.get(status, "refused"), status=status)


def _retry_after(answer: Answer, problem: _Problem | None) -> float | None:
    if problem is not None and problem.retry_after is not None:
        return problem.retry_after
    header = answer.headers.get("retry-after", "")
    return float(header) if header.isdecimal() else None


def _reason(problem: _Problem | None, status: int) -> str:
    if problem is None:
        return f"status {status}"
    wrongs = list(_readable(wrong for item in problem.validation for wrong in item.errors))
    return "; ".join(wrongs) or problem.detail or problem.title or f"status {status}"


def _readable(wrongs: Iterable[_Wrong]) -> Iterable[str]:
    for wrong in wrongs:
        text = (wrong.detail or wrong.code).rstrip(".")
        yield f"{wrong.path}: {text}" if wrong.path else text
