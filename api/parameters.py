"""The parameters that several routes share, declared once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from treadle.api.pages import MAX_PAGE

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
