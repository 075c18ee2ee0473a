"""The parameters that several routes share, declared once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from treadle.api.pages import MAX_PAGE
from treadle.runtime.people.passwords import LONGEST, SHORTEST

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE, description="How many items a page holds.")]
Cursor = Annotated[str | None, QueryParameter(description="`next` of the page before.")]
Entity = Annotated[str | None, QueryParameter(description="What it is about, such as `acme.order:7`.")]
Since = Annotated[datetime | None, QueryParameter(description="Nothing from before this instant.")]
Until = Annotated[datetime | None, QueryParameter(description="Nothing from this instant on.")]

Who = Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="Who it is, as the history names them.")]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, description="Why, as the history keeps it.")]


def aware(instant: datetime | None) -> datetime | None:
    """An instant without an offset is one of UTC."""
    return instant.replace(tzinfo=UTC) if instant and instant.tzinfo is None else instant


Email = Annotated[
    str,
    msgspec.Meta(
        min_length=3,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f<>]+@[^@\s\x00-\x1f\x7f<>]+$",
        description="By which a person signs in; large and small letters are the same.",
        examples=["ada@shop.example"],
    ),
]
PersonName = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f<>]+$",
        description="How a person is called.",
        examples=["Ada Lovelace"],
    ),
]
PlainName = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["managers"]),
]
NewPassword = Annotated[
    str,
    msgspec.Meta(
        min_length=SHORTEST,
        max_length=LONGEST,
        description="A password to be set.",
        examples=["a long sentence is good"],
    ),
]
Password = Annotated[
    str, msgspec.Meta(min_length=1, max_length=LONGEST, description="A password.", examples=["a long sentence is good"])
]
