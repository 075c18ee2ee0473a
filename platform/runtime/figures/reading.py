"""Reading what was added up, in equal steps of time. Owns which steps a picture has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from treadle.runtime.figures.adding import KEPT, bucket_seconds
from treadle.runtime.queries import query
from treadle.runtime.store.statements import Statements

_FIGURES, _UNKNOWN = query("figures"), query("unknown_runs")

MOST_POINTS = 500
"""Steps of one picture."""
WANTED = 130
"""Steps that are about enough."""


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
    """The steps of a picture: the last day by default, in about a hundred steps. The step is the next longer one that
    is kept for so long; it begins at an even instant. Raises `SpanInvalid`.
    """
    until = min(until or now, now + timedelta(days=1))
    since = since or until - timedelta(days=1)
    seconds = (until - since).total_seconds()
    if seconds <= 0:
        raise SpanInvalid("`since` must be before `until`.")
    wanted = seconds / WANTED if step is None else step
    fitting = [each for each, days in KEPT.items() if each >= wanted and since >= now - timedelta(days=days)]
    step = min(fitting, default=max(KEPT))
    if seconds / step > MOST_POINTS:
        raise SpanInvalid(f"That is more than {MOST_POINTS} steps; ask for longer ones or for less time.")
    return Span(datetime.fromtimestamp(since.timestamp() // step * step, UTC), until, step)


class Reading(Statements):
    """Reads the figures of one workspace. Raises `StoreDown`."""

    async def points(self, asked: Span) -> list[Point]:
        """One for each step that something was counted in, the oldest first."""
        found: dict[datetime, dict[str, dict[int, float]]] = {}
        params = {"since": asked.since, "until": asked.until, "span": asked.step}
        for at, name, buckets, amounts in await self._ask(_FIGURES, params):
            found.setdefault(at, {})[name] = dict(zip(buckets, amounts, strict=True))
        return [_point(at, figures) for at, figures in found.items()]

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


def _point(at: datetime, found: Mapping[str, Mapping[int, float]]) -> Point:
    amounts = {name: counts.get(0, 0.0) for name, counts in found.items()}
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
