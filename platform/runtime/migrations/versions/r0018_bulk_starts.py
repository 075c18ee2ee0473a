"""Sequences that are started for each row of a list."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0018_bulk_starts"), execution_options={"no_parameters": True})
