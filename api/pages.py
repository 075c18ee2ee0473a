"""Cursor pages. A cursor is the id of the last item of a page, so a page stays right while new items arrive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from treadle.api.problems import Refused

T = TypeVar("T")
MAX_PAGE = 200


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page, newest first. `next` goes into `cursor` for the page after, null at the end.

    Routes answer a class of their own made from it, so that the OpenAPI document has a plain name for each.
    """

    items: list[T]
    next: str | None


def before(cursor: str | None) -> UUID | None:
    """The id that a cursor stands for. Raises `Refused` (400) for a text that no page ever gave."""
    if cursor is None:
        return None
    try:
        return UUID(cursor)
    except ValueError:
        raise Refused("bad_request", "`cursor` is not one that a page gave as `next`.") from None


def cut(found: Sequence[T], limit: int, id: Callable[[T], UUID]) -> tuple[list[T], str | None]:
    """The items and the cursor of a page out of up to `limit + 1` items: the one too many says that there is more."""
    items = list(found[:limit])
    return items, str(id(items[-1])) if len(found) > limit else None
