"""What rules see of a change to a row."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from treadle.sdk import Pick

COLUMNS = Pick("columns", within="table")
"""Data whose keys are columns of the table that stands beside it."""


class RowChange(Struct, frozen=True, kw_only=True):
    """A row of a table was added, changed or removed."""

    table: Annotated[str, Pick("tables"), Meta(description="The table, without its schema.")]
    schema: str = "public"
    id: Annotated[Any, Meta(description="The row's column `id`, if it has one.")] = None
    record: Annotated[Any, COLUMNS, Meta(description="The row as it is now; missing when it was removed.")] = None
    old_record: Annotated[Any, COLUMNS, Meta(description="The row before; missing when it was added.")] = None
