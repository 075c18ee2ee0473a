"""The installation's own books, read from its tables."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, LiteralString

import msgspec
import psycopg

from chaos.records import Event, Run, Step, Ticks

_EVENTS: LiteralString = """
    select id::text, trigger, extract(epoch from received_at)::float8 as received_at, key, data->>'total' as "group",
        data->>'id' as about
    from events
"""
_RUNS: LiteralString = """
    select runs.id::text, runs.event_id::text as event, runs.rule, runs.kind,
        coalesce(ended.outcome, live.status, 'gone') as status, ended.error_code as error,
        extract(epoch from runs.created_at)::float8 as created_at,
        extract(epoch from ended.ended_at)::float8 as ended_at
    from runs left join run_ends as ended on ended.run_id = runs.id left join live_runs as live on live.run_id = runs.id
"""
_STEPS: LiteralString = """
    select steps.id::text, steps.run_id::text as run, steps.node, steps.effect,
        coalesce(outcome.state, steps.state) as state, extract(epoch from steps.started_at)::float8 as started_at,
        coalesce(steps.input::text, '') as input,
        extract(epoch from outcome.written_at)::float8 as written_at, outcome.error_code as error
    from steps left join step_outcomes as outcome on outcome.run_id = steps.run_id and outcome.step_id = steps.id
    where steps.effect is not null
"""
_LIVE: LiteralString = "select count(*)::int as n from live_runs where status <> 'unknown'"
_CLAIMS: LiteralString = """
    select run_id::text as run, epoch, crashes, extract(epoch from due_at)::float8 as until from live_runs
    where worker_id is not null
"""
_AWAKE: LiteralString = """
    select live_runs.run_id::text as run from live_runs join runs on runs.id = live_runs.run_id
    where runs.rule = %(rule)s and live_runs.status <> 'unknown'
"""
_TICKS: LiteralString = """
    select extract(epoch from planned_at)::float8 as planned_at,
        (select count(*)::int from runs where kind = 'rule' and rule = %(rule)s) as runs
    from schedules where key like %(rule)s || '/%%'
"""
_NO_RUN: LiteralString = "not exists (select from live_runs where live_runs.run_id = {0}.run_id)"
_LEFT: Mapping[str, LiteralString] = {
    "live runs that are due and nobody takes": "live_runs where due_at < now() - interval '60 seconds'",
    "live runs that are never looked at again": "live_runs where due_at > now() + interval '400 days'",
    "waits of runs that are over": "listens where " + _NO_RUN.format("listens"),
    "signals to runs that are over": "signals where " + _NO_RUN.format("signals"),
    "turns of runs that are over": "turns where " + _NO_RUN.format("turns"),
    "quiet of runs that are over": "quiet_runs where " + _NO_RUN.format("quiet_runs"),
    "keys without an end": "once_keys where expires_at > now() + interval '400 days'",
}


class Claim(msgspec.Struct, frozen=True):
    """A run that a worker has; its lease ends at `until`, unless it is prolonged. `crashes` workers died at it."""

    run: str
    epoch: int
    until: float
    crashes: int


class History:
    """Reads over a connection a time, so that it bears a server that comes and goes. Raises psycopg.OperationalError
    while it is away.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    async def events(self) -> tuple[Event, ...]:
        """All that are stored."""
        return tuple(msgspec.convert(await self._ask(_EVENTS), list[Event]))

    async def runs(self) -> tuple[Run, ...]:
        """All, with how they ended or stand."""
        return tuple(msgspec.convert(await self._ask(_RUNS), list[Run]))

    async def steps(self) -> tuple[Step, ...]:
        """All calls."""
        return tuple(msgspec.convert(await self._ask(_STEPS), list[Step]))

    async def live(self) -> int:
        """Runs that are not over and wait for no person."""
        found: int = (await self._ask(_LIVE))[0]["n"]
        return found

    async def runs_of(self, rule: str) -> list[str]:
        """Its runs that are not over."""
        return [each["run"] for each in await self._ask(_AWAKE, {"rule": rule})]

    async def claims(self) -> dict[str, Claim]:
        """The runs that some worker holds, dead or alive."""
        return {each.run: each for each in msgspec.convert(await self._ask(_CLAIMS), list[Claim])}

    async def ticks(self, rule: str) -> tuple[float, int]:
        """Up to which planned instant the schedule of a rule was dealt with, and how many runs it had."""
        (row,) = await self._ask(_TICKS, {"rule": rule}) or [{"planned_at": 0.0, "runs": 0}]
        return row["planned_at"], row["runs"]

    async def left(self) -> dict[str, int]:
        """How many rows there are of each kind that should not be."""
        counts = {}
        for what, where in _LEFT.items():
            counts[what] = (await self._ask(b"select count(*)::int as n from " + where.encode()))[0]["n"]
        return counts

    async def forget_rings(self) -> None:
        """Empty the queue on Postgres, as a flush empties the one on Valkey."""
        await self._ask(b"delete from treadle_queue.saq_jobs returning 1 as n")

    async def _ask(
        self, statement: LiteralString | bytes, params: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        return await asyncio.to_thread(_ask, self._url, statement, params)


def ticks(rule_every: float, first: tuple[float, int], last: tuple[float, int]) -> Ticks:
    """What `History.ticks` said at two times."""
    return Ticks(rule_every, first[0], last[0], last[1] - first[1])


def _ask(url: str, statement: LiteralString | bytes, params: dict[str, Any] | None) -> list[dict[str, Any]]:
    options = "-c search_path=treadle"
    with psycopg.connect(
        url, autocommit=True, connect_timeout=5, options=options, row_factory=psycopg.rows.dict_row
    ) as connection:
        return connection.execute(statement, params).fetchall()
