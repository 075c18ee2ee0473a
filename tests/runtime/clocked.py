"""The Postgres store on a clock that jumps.

Its statements ask for `now()` without saying whose: before that of Postgres comes one here, which tells the time that
the session was told last.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import psycopg

from treadle.runtime.database import Pool, make_pool
from treadle.runtime.ids import new_id
from treadle.runtime.store.postgres import PostgresStore
from treadle.runtime.virtual import StoreOn

_CLOCK = b"""
create schema clock;
grant usage on schema clock to treadle_app;
create function clock.now() returns timestamptz stable
    return current_setting('clock.present')::timestamptz;
create function clock.clock_timestamp() returns timestamptz stable
    return current_setting('clock.present')::timestamptz;
do $$
declare owed record;
begin
    for owed in
        select attrelid::regclass as named, attname
        from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
        where pg_get_expr(adbin, adrelid) = 'now()'
    loop
        execute format('alter table %s alter %I set default clock.now()', owed.named, owed.attname);
    end loop;
end $$
"""
_TELL = "select set_config('treadle.workspace', %s, false), set_config('clock.present', %s, false)"
_SOONEST = b"select min(due_at) from live_runs where status <> 'unknown'"


class ClockedStore(PostgresStore):
    """A `virtual.TimedStore` over a workspace of its own, on the one connection of `pool`."""

    def __init__(self, pool: Pool, clock: Callable[[], datetime]) -> None:
        super().__init__(pool, new_id())
        self._clock = clock

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        async with super()._connection() as connection:
            await connection.execute(_TELL, [str(self.workspace_id), self._clock().isoformat()])
            yield connection

    async def soonest(self) -> datetime | None:
        """See `virtual.TimedStore.soonest`."""
        ((found,),) = await self._ask(_SOONEST)
        return found  # type: ignore[no-any-return]


def give_clock(database_url: str) -> None:
    """Make the clock that `clocked` needs; once in a database."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(_CLOCK)


@asynccontextmanager
async def clocked(database_url: str) -> AsyncIterator[StoreOn]:
    """Makes as many stores as are asked for, each empty; one at a time."""
    async with make_pool(database_url, "clock, treadle, pg_catalog", None, min_size=1, max_size=1) as pool:
        yield lambda clock: ClockedStore(pool, clock)
