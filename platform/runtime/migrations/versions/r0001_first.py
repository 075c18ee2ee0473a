"""The first schema."""

from __future__ import annotations

from alembic import op

from treadle.runtime.migrations import revision_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver: the text holds many statements and signs that SQLAlchemy would read as parameters.
    op.get_bind().exec_driver_sql(revision_sql("0001_first"), execution_options={"no_parameters": True})
