"""Which figures come out of what was measured. Pure: results in, figures out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.common_job import Measured
from bench.dbos_job import Peer
from bench.figures import Figure, figure
from bench.measure import Result, Share


def treadle(measured: Measured) -> list[Figure]:
    """Throughput, latencies at each load, losses, and what each process spent."""
    loads = {"50": measured.at_50, "200": measured.at_200, "full": measured.full}
    return [
        figure("common_job.events_per_s", measured.full.events_per_s, "events/s"),
        *(each for load, result in loads.items() for each in _latencies("common_job", "accept", load, result)),
        figure("accept.p99_ms_at_200_no_worker", measured.no_worker.to_ack.p99, "ms"),
        figure("accept.p50_ms_at_200_no_worker", measured.no_worker.to_ack.p50, "ms"),
        figure("common_job.lost", sum(each.lost for each in measured.volleys.values()) + measured.undrained, "events"),
        figure("common_job.repeated", sum(each.repeated for each in measured.volleys.values()), "events"),
        figure("common_job.refused", sum(each.refused + each.strange for each in measured.volleys.values()), "events"),
        figure("common_job.runs_missing", measured.unfinished, "events"),
        *_spent("common_job", measured.full),
        figure("harness.lag_p99_ms", max(measured.at_50.lag.p99, measured.at_200.lag.p99), "ms"),
    ]


def peer(peers: Sequence[Peer], common: Measured | None) -> list[Figure]:
    """DBOS in its best shape, and the ratio, which has no value unless the common job was measured in the same run."""
    best = max(peers, key=lambda each: each.full.events_per_s)
    ratio = common.full.events_per_s / best.full.events_per_s if common else None
    return [
        figure("common_job.vs_dbos", ratio, "times"),
        figure("dbos.events_per_s", best.full.events_per_s, "events/s"),
        *_latencies("dbos", "dbos.accept", "50", best.at_50),
        *_spent("dbos", best.full),
    ]


def _latencies(job: str, accept: str, load: str, result: Result) -> Iterable[Figure]:
    for name, spread in ((job, result.to_sink), (accept, result.to_ack)):
        yield figure(f"{name}.p50_ms_at_{load}", spread.p50, "ms")
        yield figure(f"{name}.p95_ms_at_{load}", spread.p95, "ms")
        yield figure(f"{name}.p99_ms_at_{load}", spread.p99, "ms")


def _spent(job: str, result: Result) -> Iterable[Figure]:
    """CPU and memory of each process at full speed; the harness's own two are facts about the harness."""
    for share in result.shares:
        yield figure(f"{job}.cpu_ms_per_event.{share.name}", share.cpu_ms, "ms")
    yield figure(f"{job}.cpu_ms_per_event", sum(share.cpu_ms for share in _theirs(result)), "ms")
    for share in _theirs(result):
        yield figure(f"{job}.memory_mb.{share.name}", share.memory_mb, "MB")


def _theirs(result: Result) -> list[Share]:
    return [share for share in result.shares if share.name not in ("load", "sink")]
