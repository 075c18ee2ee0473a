"""Schedules of the live rules: which are due, fired once each by whoever comes first. Owns no clock and no loop."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

import msgspec

from treadle.dsl.graph import Graph, Schedule
from treadle.runtime import schedules
from treadle.runtime.machine.program import Program
from treadle.runtime.ports import Store
from treadle.runtime.starting import run_of


class Timetable:
    """The schedules of these rules. A schedule is known by its rule and by what it says: another one begins anew."""

    def __init__(self, programs: Iterable[Program]) -> None:
        self._lines = {
            _key(program.graph.name, schedule): (program, schedule)
            for program in programs
            for schedule in _schedules(program.graph)
        }

    async def fire(self, store: Store, now: datetime) -> int:
        """Start what is due and was not started yet, missed firings by their catch-up word; how many runs."""
        if not self._lines:
            return 0
        fired = 0
        for key, last in (await store.planned(list(self._lines))).items():
            program, schedule = self._lines[key]
            for planned in schedules.due(schedule, last, now):
                fired += await store.fire(key, planned, planned, [run_of(program, {})])
            newest = schedules.latest(schedule, now)
            if schedule.catch_up == "skip" and newest is not None and newest > last:
                await store.fire(key, newest, newest, [])  # nothing, when it was fired just now
        return fired

    async def next(self, store: Store) -> datetime | None:
        """When the next firing is planned."""
        if not self._lines:
            return None
        lasts = await store.planned(list(self._lines))
        found = (schedules.following(self._lines[key][1], last) for key, last in lasts.items())
        return min((each for each in found if each is not None), default=None)


def keys_of(graphs: Iterable[Graph]) -> set[str]:
    """The keys of their schedules in the store."""
    return {_key(graph.name, schedule) for graph in graphs for schedule in _schedules(graph)}


def _schedules(graph: Graph) -> tuple[Schedule, ...]:
    return () if graph.off else graph.schedules


def _key(rule: str, schedule: Schedule) -> str:
    said = msgspec.json.encode((schedule.seconds, schedule.days, schedule.times, schedule.cron, schedule.zone))
    return f"{rule}/{hashlib.sha256(said).hexdigest()[:16]}"
