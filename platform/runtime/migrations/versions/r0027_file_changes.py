"""Drafts are told of among the changes."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0027_file_changes"), execution_options={"no_parameters": True})
