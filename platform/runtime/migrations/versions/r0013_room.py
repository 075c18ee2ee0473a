"""Room in the pages of runs."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0013_room"), execution_options={"no_parameters": True})
