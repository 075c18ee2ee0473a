"""The tables of SAQ's queue on Postgres, made by SAQ's own statements but by the owner, in a schema of their own.

SAQ makes its tables when a queue connects. Our processes may not: their role owns nothing, and Postgres refuses even
`create table if not exists` to it. So `make_queue_tables` runs SAQ's statements at migration time, and a queue under
the app's role leaves out `init_db`. The rows are hints that may be lost; so they carry no workspace.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import psycopg
from psycopg import sql

QUEUE_SCHEMA = "treadle_queue"

_GRANTS = """
    grant usage on schema treadle_queue to treadle_app;
    grant select, insert, update, delete on all tables in schema treadle_queue to treadle_app;
    grant usage on all sequences in schema treadle_queue to treadle_app;
"""


def queue_package() -> str:
    """The SAQ release that is installed."""
    return version("saq")


def make_queue_tables(connection: psycopg.Connection[Any]) -> None:
    """Make or bring up SAQ's tables and let the app's role use them, in one transaction."""
    from saq.queue.postgres_migrations import get_migrations

    with connection.transaction():
        connection.execute("create schema if not exists treadle_queue")
        connection.execute("set local search_path = treadle_queue")
        connection.execute("create table if not exists saq_versions (version integer)")
        connection.execute("create table if not exists package (version text not null)")
        row = connection.execute("select max(version) from saq_versions").fetchone()
        done: int = (row and row[0]) or 0
        steps = get_migrations(jobs_table=sql.Identifier("saq_jobs"), stats_table=sql.Identifier("saq_stats"))
        for number, statements in steps:
            for statement in statements if number > done else ():
                connection.execute(statement)
        connection.execute("truncate saq_versions, package")
        connection.execute("insert into saq_versions values (%s)", [steps[-1][0]])
        connection.execute("insert into package values (%s)", [queue_package()])
        connection.execute(_GRANTS)
