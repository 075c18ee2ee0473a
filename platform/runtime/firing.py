"""Schedules of the live rules: which are due, fired once each by whoever comes first. Owns no clock and no loop.

They stand in the order of when they are due, so a look costs what is due and not what there is. One that fails, or that
never comes, does not hold up the others.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import NamedTuple
from uuid import uuid5

import msgspec
import structlog

from treadle.dsl.graph import Graph, Schedule
from treadle.runtime import schedules
from treadle.runtime.live import LiveRules
from treadle.runtime.machine.program import Program
from treadle.runtime.ports import Fault, NewRun, NewStep, Store, StoreDown
from treadle.runtime.starting import run_of

_AGAIN = timedelta(seconds=60)
"""After so long a schedule that failed is looked at again."""
_AT_ONCE = 50  # schedules that are put in order without letting others have a turn


class _Due(NamedTuple):
    """What is due in order: of one moment, as the rules stand."""

    at: datetime
    number: int
    key: str


class Timetable:
    """The schedules of these rules. A schedule is known by its rule and by what it says: another one begins anew."""

    def __init__(self, programs: Iterable[Program], live: LiveRules | None = None) -> None:
        """`live` says which of them are switched off or to rehearse; None of them without it."""
        self._live = live
        self._lines = {
            _key(program.graph.name, schedule): (program, schedule)
            for program in programs
            if live is None or not live.is_off(program.graph)
            for schedule in _schedules(program.graph)
        }
        self._numbers = {key: number for number, key in enumerate(self._lines)}
        self._new = list(self._lines)
        self._order: list[_Due] = []
        self._never: set[str] = set()

    @property
    def without_next(self) -> int:
        """How many of them never come: should be none."""
        return len(self._never)

    async def fire(self, store: Store, now: datetime) -> int:
        """Start what is due and was not started yet, missed firings by their catch-up word; how many runs."""
        await self._plan(store)
        fired, due = 0, self._taken(now)
        try:
            lasts = await store.planned(due) if due else {}
            while due:
                fired += await self._fire_one(store, due[-1], lasts[due[-1]], now)
                due.pop()
        finally:
            for key in due:  # the store is down: all of that is due still
                self._put(key, now)
        return fired

    async def next(self, store: Store) -> datetime | None:
        """When the next firing is planned."""
        await self._plan(store)
        return self._order[0].at if self._order else None

    async def _plan(self, store: Store) -> None:
        """Put those in order that nobody looked at yet."""
        if not self._new:
            return
        lasts = await store.planned(self._new)
        while self._new:
            key = self._new.pop()
            self._follow(key, lasts[key])
            if len(self._new) % _AT_ONCE == 0:
                await asyncio.sleep(0)

    def _taken(self, now: datetime) -> list[str]:
        """What is due, the first one last."""
        found: list[str] = []
        while self._order and self._order[0].at <= now:
            found.append(heappop(self._order).key)
        return found[::-1]

    async def _fire_one(self, store: Store, key: str, last: datetime, now: datetime) -> int:
        program, schedule = self._lines[key]
        rehearse = self._live is not None and self._live.rehearses(program.graph)
        fired = 0
        try:
            for planned in schedules.due(schedule, last, now):
                run = run_of(program, {}, rehearse=rehearse)
                if not await store.fire(key, planned, planned, [run]):
                    continue
                fired += 1
                if (late := schedules.missed(schedule, last, planned, now)) is not None:
                    await store.note(run.id, _missed(run, program, late))
            newest = schedules.latest(schedule, now)
            if schedule.catch_up == "skip" and newest is not None and newest > last:
                await store.fire(key, newest, newest, [])  # nothing, when it was fired just now
        except StoreDown:
            raise
        except Exception as error:
            _log("schedule_failed", program.graph.name, error)
            self._put(key, now + _AGAIN)
        else:
            self._follow(key, max(last, now))
        return fired

    def _follow(self, key: str, after: datetime) -> None:
        program, schedule = self._lines[key]
        at = upcoming(program.graph.name, schedule, after)
        if at is None:
            self._never.add(key)
        else:
            self._put(key, at)

    def _put(self, key: str, at: datetime) -> None:
        heappush(self._order, _Due(at, self._numbers[key], key))


def _missed(run: NewRun, program: Program, late: str) -> NewStep:
    """What the history says of a run that was made up for, at its beginning."""
    node = program.graph.entry or ""
    id_ = uuid5(run.id, "missed")
    return NewStep(id=id_, seq=0, node=node, what="missed", state="done", error=Fault("missed", late))


def upcoming(rule: str, schedule: Schedule, after: datetime) -> datetime | None:
    """When it is planned next; None for never, also where that cannot be worked out."""
    try:
        return schedules.following(schedule, after)
    except Exception as error:
        _log("schedule_broken", rule, error)
        return None


def keys_of(graphs: Iterable[Graph]) -> set[str]:
    """The keys of their schedules in the store."""
    return {_key(graph.name, schedule) for graph in graphs for schedule in _schedules(graph)}


def _schedules(graph: Graph) -> tuple[Schedule, ...]:
    return () if graph.off else graph.schedules


def _key(rule: str, schedule: Schedule) -> str:
    said = msgspec.json.encode((schedule.seconds, schedule.days, schedule.times, schedule.cron, schedule.zone))
    return f"{rule}/{hashlib.sha256(said).hexdigest()[:16]}"


def _log(what: str, rule: str, error: Exception) -> None:
    log = structlog.get_logger("treadle.scheduler")
    log.error(what, rule=rule, error=type(error).__name__, exc_info=error)
