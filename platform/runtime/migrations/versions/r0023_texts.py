"""The texts of rule files, once each."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0023_texts"), execution_options={"no_parameters": True})
