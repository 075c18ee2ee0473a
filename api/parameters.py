"""The parameters that several routes share, declared once."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

from treadle.api.pages import MAX_PAGE

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE, description="How many items a page holds.")]
Cursor = Annotated[str | None, QueryParameter(description="`next` of the page before.")]
Entity = Annotated[str | None, QueryParameter(description="What it is about, such as `acme.order:7`.")]
