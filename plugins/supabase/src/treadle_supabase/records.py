"""What rules see of a change to a row."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from treadle.sdk import Pick

COLUMNS = Pick("columns", within="table")
"""Data whose keys are columns of the table that stands beside it."""


class Row(Struct, frozen=True, kw_only=True):
    """Which row of which table."""

    table: Annotated[str, Pick("tables"), Meta(description="The table, without its schema.")]
    schema: str = "public"
    id: Annotated[Any, Meta(description="The row's column `id`, if it has one.")] = None


class AddedRow(Row, frozen=True, kw_only=True):
    """A row that was added."""

    record: Annotated[Any, COLUMNS, Meta(description="The row.")]


class ChangedRow(Row, frozen=True, kw_only=True):
    """A row that was changed."""

    record: Annotated[Any, COLUMNS, Meta(description="The row as it is now.")]
    old_record: Annotated[Any, COLUMNS, Meta(description="The row as it was before.")]


class RemovedRow(Row, frozen=True, kw_only=True):
    """A row that was removed."""

    old_record: Annotated[Any, COLUMNS, Meta(description="The row as it was.")]
