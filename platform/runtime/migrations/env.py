"""Alembic's entry: runs the revisions on the connection that `migrate.py` hands over, one transaction each."""

from __future__ import annotations

from alembic import context

from treadle.runtime.migrations import SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema=SCHEMA,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
