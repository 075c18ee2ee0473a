"""What changed, told by the commit that changed it."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0017_changes"), execution_options={"no_parameters": True})
