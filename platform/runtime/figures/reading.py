"""Reading what was added up, in equal steps of time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from treadle.runtime.figures.adding import bucket_seconds
from treadle.runtime.queries import query
from treadle.runtime.store.statements import Statements

_FIGURES, _UNKNOWN = query("figures"), query("unknown_runs")

MOST_POINTS = 1500
"""Steps of one picture."""
STEPS = (60, 300, 900, 3600, 10800, 43200, 86400)
"""Seconds of a step that is chosen."""
WANTED = 120
"""Steps that are about enough."""
MINUTES = timedelta(days=2)
"""For so long figures are kept by the minute."""


class Latency(msgspec.Struct, frozen=True):
    """Half took no longer than `p50` seconds, 95 of 100 no longer than `p95`; null where nothing was measured."""

    p50: float | None
    p95: float | None


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One step of time, from `at` on. `runs` are those that ended in it, by outcome. `start` is from the beginning of a
    run to its first step, `busy` the time that its calls took. `spend` is in US dollars, as far as agents recorded it.
    `most_due`, `oldest_due_s` and `workers` are the most that was seen when somebody looked, about once a minute.
    """

    at: datetime
    events: int
    runs: dict[str, int]
    start: Latency
    busy: Latency
    spend: float
    most_due: int
    oldest_due_s: float
    workers: int


class Span(msgspec.Struct, frozen=True):
    """A time, in steps of so many seconds."""

    since: datetime
    until: datetime
    step: int


class SpanInvalid(Exception):
    """There is no such picture; one sentence."""


def span(since: datetime | None, until: datetime | None, step: int | None, now: datetime) -> Span:
    """The steps of a picture: the last day by default, in about a hundred steps, from an even instant on. Raises
    `SpanInvalid`.
    """
    until = min(until or now, now + timedelta(days=1))
    since = since or until - timedelta(days=1)
    seconds = (until - since).total_seconds()
    if seconds <= 0:
        raise SpanInvalid("`since` must be before `until`.")
    if step is None:
        step = next((each for each in STEPS if seconds / each <= WANTED), STEPS[-1])
    if since < now - MINUTES:
        step = max(3600, step)
    step -= step % (3600 if step >= 3600 else 60)
    if seconds / step > MOST_POINTS:
        raise SpanInvalid(f"That is more than {MOST_POINTS} steps; ask for longer ones or for less time.")
    return Span(datetime.fromtimestamp(since.timestamp() // step * step, UTC), until, step)


class Reading(Statements):
    """Reads the figures of one workspace. Raises `StoreDown`."""

    async def points(self, asked: Span) -> list[Point]:
        """One for each step that something was counted in, the oldest first."""
        width = 60 if asked.step < 3600 else 3600
        params = {"since": asked.since, "until": asked.until, "step": asked.step, "span": width}
        slots: dict[int, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
        for slot, name, bucket, amount in await self._ask(_FIGURES, params):
            slots[slot][name][bucket] = amount
        step = timedelta(seconds=asked.step)
        return [_point(asked.since + slot * step, found) for slot, found in sorted(slots.items())]

    async def unknown(self) -> int:
        """How many runs wait because nobody knows whether a call went through."""
        found: list[tuple[Any, ...]] = await self._ask(_UNKNOWN)
        return int(found[0][0])


def percentile(counts: Mapping[int, float], share: float) -> float | None:
    """The middle of the bucket under which so large a share of the durations lies."""
    left = sum(counts.values()) * share
    for bucket, count in sorted(counts.items()):
        left -= count
        if left <= 0:
            return round(bucket_seconds(bucket), 6)
    return None


def _point(at: datetime, found: Mapping[str, Counter[int]]) -> Point:
    amounts = {name: counts[0] for name, counts in found.items()}
    return Point(
        at=at,
        events=int(amounts.get("events", 0)),
        runs={name.removeprefix("runs."): int(many) for name, many in amounts.items() if name.startswith("runs.")},
        start=_latency(found.get("start", {})),
        busy=_latency(found.get("busy", {})),
        spend=amounts.get("spend", 0.0),
        most_due=int(amounts.get("most.due", 0)),
        oldest_due_s=amounts.get("most.late", 0.0),
        workers=int(amounts.get("most.workers", 0)),
    )


def _latency(counts: Mapping[int, float]) -> Latency:
    return Latency(percentile(counts, 0.5), percentile(counts, 0.95))
