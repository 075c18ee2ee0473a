"""Workspaces beside the first one."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0022_workspaces"), execution_options={"no_parameters": True})
