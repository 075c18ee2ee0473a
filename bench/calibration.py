"""Whether the harness itself is cheap enough, and how fast this Python is: figures of two machines compare by that."""

from __future__ import annotations

import time

from bench.figures import Figure, figure
from bench.measure import Range, Result, Target, require_clean


def calibrate(lane: Range, count: int) -> list[Figure]:
    """Requests per CPU second of each end. Raises HarnessError when a request went wrong."""
    target = Target([f"http://{lane.address}/leads"], '{"ok":true}', [], kind="plain", status=200)
    result = lane.volley(target, count, connections=32)
    require_clean(result, "load generator against sink")
    return [
        figure("harness.load_requests_per_cpu_s", _per_cpu_s(result, "load"), "requests/s"),
        figure("harness.sink_requests_per_cpu_s", _per_cpu_s(result, "sink"), "requests/s"),
        figure("harness.requests_per_s", result.events_per_s, "requests/s"),
        figure("harness.python_ms", min(_python_ms() for _ in range(5)), "ms"),
    ]


class _Item:
    def __init__(self, number: int) -> None:
        self.number = number

    def plus(self, other: int) -> int:
        return self.number + other


def _python_ms() -> float:
    """CPU of a fixed piece of plain Python. An interpreter that was built without the optimisation by profile, as
    pyenv does unless told otherwise, takes half as long again, or more, as a distribution's of the same version.
    """
    began, kept = time.process_time(), dict[int, int]()
    for number in range(100_000):
        kept[number & 1023] = _Item(number).plus(len(str(number).partition("1")))
    return (time.process_time() - began) * 1000


def _per_cpu_s(result: Result, name: str) -> float | None:
    spent = next(share.cpu_ms for share in result.shares if share.name == name)
    return 1000 / spent if spent else None
