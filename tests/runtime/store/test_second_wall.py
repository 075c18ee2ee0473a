"""Row-level security as the second wall: whatever a statement forgets to say, rows of another workspace stay unseen.

Everything here is generated from the database's own catalogue, so that a new table or function cannot be left out.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from psycopg import sql
from tests.conftest import Postgres

from treadle.runtime.database import make_pool
from treadle.runtime.ids import DEFAULT_WORKSPACE
from treadle.runtime.store.postgres import PostgresStore

Connection = psycopg.Connection[Any]

TABLES = """
select relname, oid from pg_class
where relnamespace = 'treadle'::regnamespace and relkind in ('r', 'p') and relname <> 'alembic_version'
    and not relispartition
order by relname
"""
COLUMNS = """
select attname, format_type(atttypid, null), (select pg_get_constraintdef(pg_constraint.oid) from pg_constraint
    where conrelid = attrelid and contype = 'c' and conkey = array[attnum] limit 1)
from pg_attribute where attrelid = %s and attnum > 0 and not attisdropped and attnotnull and not atthasdef
    and attname <> 'workspace_id' and attgenerated = '' and attidentity = ''
"""
VALUES = {
    "uuid": "gen_random_uuid()", "text": "md5(random()::text)", "integer": "1", "bigint": "1", "smallint": "1",
    "numeric": "1", "double precision": "1", "boolean": "true", "json": "'{}'::json", "jsonb": "'{}'::jsonb",
    "timestamp with time zone": "now()", "interval": "'1 day'::interval", "date": "current_date",
    "bytea": "decode(md5(random()::text) || md5(random()::text), 'hex')", "uuid[]": "array[]::uuid[]",
    "pg_snapshot": "pg_current_snapshot()", "text[]": "array[]::text[]", "double precision[]": "array[]::float8[]",
}  # fmt: skip


@pytest.fixture
def owner(postgres: Postgres, database_name: str) -> Iterator[Connection]:
    """Who made the tables, as a superuser: what it asks is true of the database."""
    with psycopg.connect(postgres.url(database_name), autocommit=True) as connection:
        connection.execute("set search_path = treadle")
        connection.execute("set session_replication_role = replica")
        yield connection


@pytest.fixture
def app(postgres: Postgres, database_name: str) -> Iterator[Connection]:
    """The role that the processes work under, with no workspace named."""
    with psycopg.connect(postgres.url(database_name, "treadle_app"), autocommit=True) as connection:
        connection.execute("set search_path = treadle")
        yield connection


def tables(connection: Connection) -> dict[str, int]:
    return {str(name): int(oid) for name, oid in connection.execute(TABLES)}


def fill(owner: Connection, workspace: UUID) -> None:
    """A row in every table."""
    owner.execute("select set_config('treadle.workspace', %s, false)", [str(workspace)])
    for name, oid in tables(owner).items():
        found = owner.execute(COLUMNS.encode(), [oid]).fetchall()
        columns = [sql.Identifier("workspace_id"), *(sql.Identifier(column) for column, _, _ in found)]
        values = [sql.Literal(workspace), *(sql.SQL(value(kind, check)) for _, kind, check in found)]
        statement = sql.SQL("insert into {} ({}) values ({}) on conflict do nothing")
        owner.execute(statement.format(sql.Identifier(name), sql.SQL(", ").join(columns), sql.SQL(", ").join(values)))


def value(kind: str, check: str | None) -> Any:
    """Something that fits; where only some words do, the first of them."""
    word = re.search(r"ARRAY\[('[^']*'|\d+)|= ('[^']*')", check or "")
    return word[1] or word[2] if word else VALUES[kind]


def counts(connection: Connection) -> dict[str, int]:
    found = {}
    for name in tables(connection):
        row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(name))).fetchone()
        assert row is not None
        found[name] = int(row[0])
    return found


def readable(app: Connection) -> set[str]:
    return {name for name, oid in tables(app).items() if may(app, oid, "select")}


def may(app: Connection, oid: int, what: str) -> bool:
    row = app.execute("select has_table_privilege(%s::oid, %s)", [oid, what]).fetchone()
    return bool(row and row[0])


def test_the_role_owns_nothing_and_can_become_nobody(app: Connection) -> None:
    role = app.execute(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles "
        "where rolname = current_user and current_user = session_user"
    ).fetchall()
    assert role == [(False,) * 5]
    owned = """
        select 'relation', relname::text from pg_class where relowner = current_user::regrole
        union all select 'function', proname::text from pg_proc where proowner = current_user::regrole
        union all select 'schema', nspname::text from pg_namespace where nspowner = current_user::regrole
        union all select 'database', datname::text from pg_database where datdba = current_user::regrole
        union all select 'role', roleid::regrole::text from pg_auth_members where member = current_user::regrole
    """
    assert app.execute(owned).fetchall() == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("alter table treadle.runs disable row level security")


def test_every_table_is_guarded_also_against_its_owner(owner: Connection) -> None:
    unguarded = """
        select relname from pg_class
        where relnamespace = 'treadle'::regnamespace and relkind in ('r', 'p') and relname <> 'alembic_version'
            and not (relrowsecurity and relforcerowsecurity
            and exists (select from pg_policy where polrelid = pg_class.oid)
            and not exists (
                select from pg_policy where polrelid = pg_class.oid
                    and pg_get_expr(polqual, polrelid) not like '%workspace_id = %'
                    and not (
                        polname = 'over_all' and polcmd = 'r' and polroles = array[relowner]
                        and pg_get_expr(polqual, polrelid) like '%treadle.over_all%'
                    )
            ))
    """
    assert owner.execute(unguarded).fetchall() == []


def test_a_query_without_a_workspace_sees_no_row_of_any_table(owner: Connection, app: Connection) -> None:
    one, other = uuid4(), uuid4()
    fill(owner, one)
    fill(owner, other)
    assert all(found >= 2 for found in counts(owner).values()), counts(owner)
    seen = readable(app)
    assert len(seen) > 30
    nothing = dict.fromkeys(counts(owner), 0)
    for setting in ("", str(uuid4())):
        app.execute("select set_config('treadle.workspace', %s, false)", [setting])
        assert {name: found for name, found in seen_by(app, seen).items() if found} == {}, nothing
    app.execute("select set_config('treadle.workspace', %s, false)", [str(one)])
    assert {name: found for name, found in seen_by(app, seen).items() if found != 1} == {}


def seen_by(app: Connection, names: set[str]) -> dict[str, int]:
    found = {}
    for name in names:
        row = app.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(name))).fetchone()
        assert row is not None
        found[name] = int(row[0])
    return found


def test_no_row_can_be_written_into_another_workspace(app: Connection) -> None:
    app.execute("select set_config('treadle.workspace', %s, false)", [str(uuid4())])
    for name, oid in tables(app).items():
        if may(app, oid, "insert"):
            statement = sql.SQL("insert into {} (workspace_id) values ({})")
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                app.execute(statement.format(sql.Identifier(name), sql.Literal(uuid4())))


def test_functions_that_run_as_their_owner_ask_for_the_workspace(owner: Connection) -> None:
    """They see every row, so each has to ask, or to touch no rows of workspaces at all."""
    definers = owner.execute(
        "select proname, prosrc from pg_proc where pronamespace = 'treadle'::regnamespace and prosecdef"
    ).fetchall()
    assert definers
    blind = [name for name, source in definers if "own_workspace()" not in source and "treadle.workspace" not in source]
    assert set(blind) <= WITHOUT_ROWS | OVER_ALL, blind


WITHOUT_ROWS = {"drop_days"}
"""Takes away whole days of deliveries of everybody, when they are past."""
OVER_ALL = {"all_workspaces", "due_workspaces"}
"""Tell which workspaces there are and which have work, and nothing of what is in them."""


def test_what_reaches_over_all_workspaces_opens_nothing_else(owner: Connection, app: Connection) -> None:
    theirs = uuid4()
    fill(owner, theirs)
    for name in OVER_ALL:
        assert app.execute(sql.SQL("select count(*) > 0 from {}()").format(sql.Identifier(name))).fetchone() == (True,)
    app.execute("select set_config('treadle.over_all', 'on', false)")
    for name in ("workspaces", "live_runs", "bulk_starts"):
        assert app.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(name))).fetchone() == (0,)


async def test_no_verb_of_a_store_sees_or_changes_another_workspace(owner: Connection, database_url: str) -> None:
    theirs = uuid4()
    fill(owner, theirs)
    before = rows_of(owner, theirs)
    asked = 0
    async with make_pool(database_url, "treadle", DEFAULT_WORKSPACE, min_size=1, max_size=3) as pool:
        store = PostgresStore(pool, DEFAULT_WORKSPACE)
        for name, verb in inspect.getmembers(PostgresStore, inspect.iscoroutinefunction):
            if not name.startswith("_") and (given := arguments(verb, owner, theirs)) is not None:
                answer = await getattr(store, name)(**given)
                told = str(answer)
                assert name in ECHOES or not any(each in told for each in ids_of(owner, theirs)), name
                asked += 1
    assert asked > 30
    assert rows_of(owner, theirs) == before


ECHOES = {"root", "sight"}
"""Give back what they were given, where they know of nothing before."""


def arguments(verb: Any, owner: Connection, theirs: UUID) -> Mapping[str, Any] | None:
    """Arguments that name what is theirs; None for a verb that takes things which only its own callers make."""
    hints = get_type_hints(verb)
    given = {}
    for name, each in list(inspect.signature(verb).parameters.items())[1:]:
        if each.default is not each.empty:
            continue
        made = argument(hints[name], ids_of(owner, theirs))
        if made is None:
            return None
        given[name] = made
    return given


def argument(hint: Any, ids: Sequence[str]) -> Any:
    if hint in SCALARS:
        return UUID(ids[0]) if hint is UUID else SCALARS[hint]
    if get_origin(hint) in (list, Sequence) and get_args(hint)[0] is UUID:
        return [UUID(each) for each in ids]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct) and hint.__name__.endswith("Filter"):
        return hint()
    return None


SCALARS: dict[Any, Any] = {UUID: UUID(int=1), str: "x", int: 10, float: 1.0, bytes: b"{}" + b" " * 30}


def ids_of(owner: Connection, workspace: UUID) -> list[str]:
    found: list[str] = []
    for name in ("runs", "events", "connections", "publications", "approvals"):
        statement = sql.SQL("select id::text from {} where workspace_id = {}")
        found += [
            str(each) for (each,) in owner.execute(statement.format(sql.Identifier(name), sql.Literal(workspace)))
        ]
    return found


def rows_of(owner: Connection, workspace: UUID) -> dict[str, list[Any]]:
    statement = sql.SQL("select {}::text from {} where workspace_id = {} order by 1")
    return {
        name: owner.execute(
            statement.format(sql.Identifier(name), sql.Identifier(name), sql.Literal(workspace))
        ).fetchall()
        for name in tables(owner)
    }
