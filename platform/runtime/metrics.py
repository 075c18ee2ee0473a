"""Figures of this process for Prometheus: counters and histograms, and the text in which they are told.

Owns the names and that each has few series: labels are of sets that we know, never a rule, an id, an address or
anything that somebody wrote, and what comes beyond `MOST_SERIES` is counted as `other`. Counting costs a look into a
dictionary.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

MOST_SERIES = 1000
"""Series of one figure; what is counted beyond them stands under the labels `other`."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the buckets of a histogram."""
SHORT = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

Labels = tuple[str, ...]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One figure with all its series, to be told or handed to another process. `series` holds, by the labels' values,
    one number, or for a histogram the counts of its buckets and of what is above them, then the sum.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: Labels = ()
    bounds: tuple[float, ...] = ()
    series: list[tuple[Labels, list[float]]] = []


class Counter:
    """Only grows."""

    def __init__(self, name: str, help: str, *labels: str) -> None:
        self.name, self.help, self.labels = name, help, labels
        self._series: dict[Labels, float] = {} if labels else {(): 0.0}
        REGISTRY.append(self)

    def add(self, *values: str, by: float = 1) -> None:
        """Count `by` under these values of the labels."""
        values = values if values in self._series else _bounded(self._series, values)
        self._series[values] = self._series.get(values, 0.0) + by

    def sample(self) -> Sample:
        """As it is now."""
        series = [(values, [number]) for values, number in self._series.items()]
        return Sample(name=self.name, kind="counter", help=self.help, labels=self.labels, series=series)


class Histogram:
    """How often something took how long, in seconds."""

    def __init__(self, name: str, help: str, *labels: str, bounds: tuple[float, ...] = SECONDS) -> None:
        self.name, self.help, self.labels, self._bounds = name, help, labels, bounds
        self._series: dict[Labels, list[float]] = {} if labels else {(): [0.0] * (len(bounds) + 2)}
        REGISTRY.append(self)

    def observe(self, seconds: float, *values: str) -> None:
        """It took so long, under these values of the labels."""
        values = values if values in self._series else _bounded(self._series, values)
        counts = self._series.get(values)
        if counts is None:
            counts = self._series[values] = [0.0] * (len(self._bounds) + 2)
        counts[bisect_left(self._bounds, seconds)] += 1
        counts[-1] += seconds

    def sample(self) -> Sample:
        """As it is now."""
        series = [(values, list(counts)) for values, counts in self._series.items()]
        return Sample(
            name=self.name, kind="histogram", help=self.help, labels=self.labels, bounds=self._bounds, series=series
        )


REGISTRY: list[Counter | Histogram] = []
"""All figures of this process."""

JOBS = Counter("jobs_processed_total", "Runs that ended, by kind and outcome.", "kind", "outcome")
STEP_SECONDS = Histogram("step_duration_seconds", "How long calls took, as sent.", "effect")
START_DELAY = Histogram("run_start_delay_seconds", "From an event's arrival to the first claim of its run.")
RESCUES = Counter("lease_rescues_total", "Runs taken over from a worker that fell silent.")
ZOMBIES = Counter("zombie_writes_rejected_total", "Writes refused because the run was another worker's by then.")
UNKNOWN = Counter("effects_unknown_total", "Runs that stopped because nobody knows whether a call went through.")
ACCEPT_SECONDS = Histogram("webhook_accept_seconds", "From a delivery's head to its answer.", bounds=SHORT)
DUPLICATES = Counter("webhook_duplicates_total", "Events that had come before.")
CONNECTOR_REQUESTS = Counter("connector_requests_total", "Requests to services.", "connector", "code")
POOL_WAIT = Histogram("db_pool_wait_seconds", "Waits for a connection to the database.", bounds=SHORT)
HTTP_REQUESTS = Counter("http_requests_total", "Requests answered.", "method", "route", "status")
HTTP_SECONDS = Histogram("http_request_seconds", "From a request's head to its answer's.", "route", bounds=SHORT)


def samples() -> list[Sample]:
    """All figures of this process, as they are now."""
    return [each.sample() for each in REGISTRY]


def gauge(name: str, help: str, series: Mapping[tuple[str, ...], float], *labels: str) -> Sample:
    """A figure that was asked for just now."""
    told = [(values, [number]) for values, number in series.items()]
    return Sample(name=name, kind="gauge", help=help, labels=labels, series=told)


def merged(processes: Iterable[Sequence[Sample]]) -> list[Sample]:
    """The figures of several processes added up."""
    found: dict[str, Sample] = {}
    sums: dict[str, dict[Labels, list[float]]] = {}
    for process in processes:
        for sample in process:
            found.setdefault(sample.name, sample)
            of_name = sums.setdefault(sample.name, {})
            for values, numbers in sample.series:
                before = of_name.get(values)
                of_name[values] = [a + b for a, b in zip(before, numbers, strict=True)] if before else numbers
    return [msgspec.structs.replace(each, series=list(sums[name].items())) for name, each in found.items()]


def text(told: Iterable[Sample]) -> str:
    """In Prometheus's text format."""
    return "".join(line + "\n" for sample in told for line in _lines(sample))


def _lines(sample: Sample) -> Iterable[str]:
    yield f"# HELP {sample.name} {sample.help}"
    yield f"# TYPE {sample.name} {sample.kind}"
    for values, numbers in sample.series:
        labels = [f'{name}="{_escaped(value)}"' for name, value in zip(sample.labels, values, strict=True)]
        if sample.kind != "histogram":
            yield f"{sample.name}{_braced(labels)} {numbers[0]:.17g}"
            continue
        total = 0.0
        for bound, count in zip((*map(str, sample.bounds), "+Inf"), numbers, strict=False):
            total += count
            within = f'le="{bound}"'
            yield f"{sample.name}_bucket{_braced([*labels, within])} {total:.17g}"
        yield f"{sample.name}_sum{_braced(labels)} {numbers[-1]:.17g}"
        yield f"{sample.name}_count{_braced(labels)} {total:.17g}"


def _braced(labels: Sequence[str]) -> str:
    return "{" + ",".join(labels) + "}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _bounded(series: Mapping[Labels, object], values: Labels) -> Labels:
    return values if len(series) < MOST_SERIES else tuple("other" for _ in values)
