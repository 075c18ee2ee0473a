"""Whether the harness itself is cheap enough: the load generator straight against the sink."""

from __future__ import annotations

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
    ]


def _per_cpu_s(result: Result, name: str) -> float | None:
    spent = next(share.cpu_ms for share in result.shares if share.name == name)
    return 1000 / spent if spent else None
