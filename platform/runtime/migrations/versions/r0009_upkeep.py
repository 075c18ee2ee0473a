"""What goes when its time is over; bodies in a partition a day."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0009_upkeep"), execution_options={"no_parameters": True})
