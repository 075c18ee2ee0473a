"""A measured figure, its goal, and how a set of them is judged, printed and stored.

Pure but for `write`. Owns the names of the figures and their goals; measures nothing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
}


class Goal(msgspec.Struct, frozen=True):
    """`value op bound` must hold, e.g. `< 30`."""

    op: str
    bound: float

    def met(self, value: float) -> bool:
        return _OPERATORS[self.op](value, self.bound)

    def __str__(self) -> str:
        return f"{self.op} {self.bound:g}"


GOALS: dict[str, Goal] = {
    "common_job.events_per_s": Goal(">=", 1500),
    "common_job.vs_dbos": Goal(">=", 8),
    "common_job.p99_ms_at_50": Goal("<", 30),
    "common_job.lost": Goal("==", 0),
    "common_job.repeated": Goal("==", 0),
    "common_job.refused": Goal("==", 0),
    "common_job.runs_missing": Goal("==", 0),
    "accept.p99_ms_at_200": Goal("<", 50),
    "accept.p99_ms_at_200_no_worker": Goal("<", 50),
    "five_steps.runs_per_s": Goal(">=", 300),
    "sleeping.idle_percent": Goal("<", 5),
    "sleeping.bytes_a_wait": Goal("<", 300),
    "sleeping.due_at_once_s": Goal("<=", 10),
    "growth.rules": Goal("<=", 2),
    "growth.waiting": Goal("<=", 1.5),
    "growth.history": Goal("<=", 1.5),
    "start.first_s": Goal("<", 3),
    "start.next_s": Goal("<", 1.5),
    "cli.help_ms": Goal("<", 150),
    "cli.check_ms": Goal("<", 400),
    "check.cold_s": Goal("<", 2),
    "check.cold_mb": Goal("<", 300),
    "check.warm_s": Goal("<", 0.5),
    "check.edit_ms": Goal("<", 30),
    "check.growth": Goal("<=", 2.4),
    "matching.vs_zen_at_1000": Goal(">=", 4),
    "matching.vs_zen_at_10000": Goal(">=", 5),
    "matching.vs_zen_at_100000": Goal(">=", 15),
    "matching.growth": Goal("<=", 6.5),
    "matching.rebuild_ms_at_1000": Goal("<", 10),
    "backtest.events_per_s": Goal(">=", 1000),
    "history.slowest_ms": Goal("<", 300),
    "language.edit_p95_ms": Goal("<", 50),
    "language.key_p95_ms": Goal("<", 50),
    "language.accept_p99_ms": Goal("<", 50),
    "api.slowest_read_p95_ms": Goal("<", 100),
    "api.accept_p95_ms": Goal("<", 50),
    "api.failures": Goal("==", 0),
    "api.p95_ms_at_200": Goal("<", 150),
    "api.cpu_ms_at_200": Goal("<", 3),
    "api.client_late_p95_ms_at_50": Goal("<", 10),
    "api.client_late_p95_ms_at_200": Goal("<", 10),
    "harness.load_requests_per_cpu_s": Goal(">=", 8000),
    "harness.sink_requests_per_cpu_s": Goal(">=", 8000),
}


class Figure(msgspec.Struct, frozen=True):
    """One line of `build/bench.json`. `value` is None when it could not be measured, which never passes a goal."""

    name: str
    value: float | None
    unit: str
    goal: str | None
    passed: bool = msgspec.field(name="pass")

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return "PASS" if self.passed else "FAIL"


def figure(name: str, value: float | None, unit: str) -> Figure:
    """The figure with the goal that stands under its name; without one it passes as a mere fact."""
    goal = GOALS.get(name)
    if goal is None:
        return Figure(name, _rounded(value), unit, None, passed=True)
    return Figure(name, _rounded(value), unit, str(goal), passed=value is not None and goal.met(value))


def judged(name: str, value: float, unit: str, goal: Goal) -> Figure:
    """The figure with this goal: one of several that share it."""
    return Figure(name, _rounded(value), unit, str(goal), passed=goal.met(value))


class Spread(msgspec.Struct, frozen=True):
    """Percentiles of one set of timings, in milliseconds. All zero for an empty set."""

    p50: float
    p95: float
    p99: float
    count: int


def spread(seconds: Iterable[float]) -> Spread:
    """Percentiles of timings that are given in seconds."""
    ordered = sorted(seconds)
    p50, p95, p99 = (quantile(ordered, q) * 1000 for q in (0.50, 0.95, 0.99))
    return Spread(p50, p95, p99, len(ordered))


def quantile(ordered: Sequence[float], q: float) -> float:
    """The smallest value that at least the share `q` of the sorted values does not exceed."""
    if not ordered:
        return 0.0
    rank = max(1, -(-len(ordered) * round(q * 1000) // 1000))
    return ordered[rank - 1]


def median(values: Sequence[float]) -> float:
    """The middle value; of an even number, the lower one."""
    return quantile(sorted(values), 0.5)


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of a table for a terminal."""
    width = max((len(each.name) for each in figures), default=0)
    lines = [
        f"  {each.name:<{width}}  {_text(each.value):>10} {each.unit:<10} {each.goal or '':<10} {each.verdict}".rstrip()
        for each in figures
    ]
    return "\n".join(lines)


def write(path: Path, figures: Sequence[Figure]) -> None:
    """Stores the figures as JSON, making the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _text(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.2f}"
