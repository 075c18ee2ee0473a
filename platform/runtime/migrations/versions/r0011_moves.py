"""Runs that go on in another graph, and the end of publications that nobody needs."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0011_moves"), execution_options={"no_parameters": True})
