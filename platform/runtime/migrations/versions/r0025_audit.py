"""The audit log asked by who, what and about what; sign-ins that were refused."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0025_audit"), execution_options={"no_parameters": True})
