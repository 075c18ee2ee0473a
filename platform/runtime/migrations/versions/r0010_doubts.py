"""What people say about calls whose outcome is unknown."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0010_doubts"), execution_options={"no_parameters": True})
