"""Rule files that are being edited, and who made which set the live one."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0016_drafts"), execution_options={"no_parameters": True})
