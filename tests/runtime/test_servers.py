"""The servers that other tests lean on are real and keep what they are given."""

from __future__ import annotations

from redis.asyncio import from_url

from treadle.runtime.database import Database


async def test_valkey_writes_down_what_it_is_given(redis_url: str) -> None:
    async with from_url(redis_url) as client:
        assert await client.set("k", "v")
        assert await client.get("k") == b"v"
        assert (await client.config_get("appendonly")) == {"appendonly": "yes"}


async def test_postgres_waits_for_the_disk(database: Database) -> None:
    async with database.pool.connection() as connection:
        cursor = await connection.execute("select current_setting('fsync'), current_setting('synchronous_commit')")
        assert await cursor.fetchone() == ("on", "on")
    assert not database.embedded
