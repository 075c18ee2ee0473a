"""The addresses of webhooks, and the fields of events of one's own."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver, as in the first revision.
    op.get_bind().exec_driver_sql(revision_sql("0005_webhooks"), execution_options={"no_parameters": True})
