"""A million sleeping runs: what they cost while nothing is due, what a wait takes on disk, and many due at once.

One run is put to sleep as a user's would be; the others are copies of its rows, because a million deliveries would take
longer than everything that is measured. Those that wake are all made by deliveries. Linux alone: CPU is read in /proc.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figures import Figure, figure
from bench.measure import Range, Target, Watched
from bench.postgres import Server
from bench.processes import HarnessError, cpu_seconds
from bench.service import Service, running

DATABASE = "bench_sleeping"
DUE = 2_000
IDLE_S = 20.0
LEAD_S = 25.0  # from the publication to the moment: time for the deliveries
SLEEP = """use kommo

rule "Sleeps long"
  when kommo.lead_created as lead
  where lead.price >= 1000
  do
    wait 300 days
    log "{sink}"
"""
# What a run that does not wait has no need of: the time, where it stands, and to be found by either.
WAIT = """
    select avg(pg_column_size(due_at) + pg_column_size(state)) + max(indexes.bytes)::float / count(*)
    from treadle.live_runs, (
        select pg_relation_size('treadle.live_runs_due') + pg_relation_size('treadle.live_runs_by_status') as bytes
    ) as indexes
"""
ALL = "select pg_total_relation_size('treadle.live_runs')"
WAKE = """use http
use kommo

rule "Wakes"
  when kommo.lead_created as lead
  where lead.price >= 1000
  do
    wait until datetime("{moment}")
    http.put(url: "http://{sink}/leads", json: {{lead: lead.id}})
"""


def measure(lane: Range, server: Server, folder: Path, sleeping: int) -> list[Figure]:
    """Fills, waits, wakes. Raises HarnessError when a run that is due is lost or repeated."""
    try:
        url = server.fresh(DATABASE)
        with running(folder, url, lane.address, SLEEP) as service, service.working() as work:
            watched = [Watched("serve", service.serve.pid), Watched("work", work.pid)]
            target = Target([service.hook], '"accepted":1', watched)
            lane.volley(target, 1, connections=1, arrives=False)
            _await_sleep(server, url)
            wait, alive = _fill(server, url, sleeping)
            idle = _idle(server, work.pid)
            with _woken(service, lane.address) as moment:
                made = lane.volley(target, DUE, connections=32, arrives=False)
                if made.refused or time.time() > moment:
                    raise HarnessError(f"{DUE} runs were not asleep in time: {made.refused} refused")
                taken = _took(lane, moment)
    finally:
        server.drop(DATABASE)
    return [
        figure("sleeping.runs", sleeping, "runs"),
        figure("sleeping.idle_percent", idle, "% of a core"),
        figure("sleeping.bytes_a_wait", wait, "bytes"),
        figure("sleeping.bytes_a_run", alive, "bytes"),
        figure("sleeping.due_at_once_s", taken, "s"),
    ]


def _await_sleep(server: Server, url: str) -> None:
    for _ in range(200):
        if server.value(url, "select count(*) from treadle.live_runs where status = 'waiting'") == 1:
            return
        time.sleep(0.05)
    raise HarnessError("the run that is to be copied does not sleep")


def _fill(server: Server, url: str, count: int) -> tuple[float, float]:
    """Copies of the one sleeping run. Bytes that each takes for its wait, and for all that it is while it lives: its
    row in `live_runs` and the entries of the indexes, beside its row in history.
    """
    millis = int(time.time() * 1000)
    for table, key in (("runs", "id"), ("live_runs", "run_id")):
        server.copies(url, f"treadle.{table}", key, count, millis)
    return float(server.value(url, WAIT)), float(server.value(url, ALL)) / count


def _idle(server: Server, worker: int) -> float:
    """Percent of one core that the worker and Postgres take while nothing is due."""
    pids = [worker, *([server.pid] if server.pid is not None else [])]
    time.sleep(5.0)  # what follows the filling is over
    before, began = sum(map(cpu_seconds, pids)), time.monotonic()
    time.sleep(IDLE_S)
    return (sum(map(cpu_seconds, pids)) - before) / (time.monotonic() - began) * 100


@contextmanager
def _woken(service: Service, sink: str) -> Iterator[float]:
    """A second rule is published that sleeps until a moment near by; that moment in seconds of the epoch."""
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=LEAD_S)
    service.publish("bench.rule", WAKE.format(sink=sink, moment=moment.strftime("%Y-%m-%dT%H:%M:%SZ")))
    yield moment.timestamp()


def _took(lane: Range, moment: float) -> float:
    """Seconds from the moment until the last of the runs that were due then had its effect."""
    while time.time() < moment:
        time.sleep(0.05)
    offset = time.time() - time.monotonic()
    if (arrived := lane.wait(DUE)) != DUE:
        raise HarnessError(f"{arrived} of {DUE} runs woke")
    found = lane.arrivals()
    if len(set(found.ids)) != DUE or min(found.at) + offset < moment - 1:
        raise HarnessError("a run woke twice, or before its time")
    return max(found.at) + offset - moment
