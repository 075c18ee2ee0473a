"""The common job in Treadle: delivery, rule with a condition, one HTTP POST, run in history; at several loads.

Owns the order of the volleys and the check of history; `bench.service` owns the installation.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import msgspec

from bench.deliveries import FIRST_ID
from bench.measure import Range, Result, Target, Watched
from bench.postgres import Server
from bench.service import Service, running

DATABASE = "bench_treadle"
CONNECTIONS = 64
WARM_UP = 100
# Outcomes are written down after the sink has answered; this is how long history may need to catch up.
SETTLE_S = 10.0


class Loads(msgspec.Struct, frozen=True):
    """How many events each volley has."""

    at_50: int
    at_200: int
    full: int


class Measured(msgspec.Struct, frozen=True):
    """Treadle, measured. `unfinished` events have no run in history that is done; `undrained` never came after a
    worker had started again. `fates` says how often runs ended, or stayed, in any other way than done.
    """

    at_50: Result
    at_200: Result
    full: Result
    no_worker: Result
    undrained: int
    unfinished: int
    fates: dict[str, int]

    @property
    def volleys(self) -> dict[str, Result]:
        """The volleys by what they are called in a report."""
        return {"50/s": self.at_50, "200/s": self.at_200, "full speed": self.full, "no worker": self.no_worker}


def measure(lane: Range, server: Server, folder: Path, loads: Loads) -> Measured:
    """Runs all loads on one installation, then one volley with the worker stopped."""
    try:
        with running(folder, server.fresh(DATABASE), lane.address) as service:
            with service.working() as work:
                target = _target(service, server, Watched("work", work.pid))
                warm = lane.volley(target, WARM_UP, connections=8, rate=50)
                at_50 = lane.volley(target, loads.at_50, connections=16, rate=50)
                at_200 = lane.volley(target, loads.at_200, connections=16, rate=200)
                full = lane.volley(target, loads.full, connections=CONNECTIONS)
            alone = _target(service, server)
            no_worker = lane.volley(alone, loads.at_200, connections=16, rate=200, arrives=False)
            with service.working():
                undrained = _undrained(lane, no_worker)
                taken = sum(each.sent - each.refused for each in (warm, at_50, at_200, full, no_worker))
                unfinished, fates = _unfinished(service, taken)
    finally:
        server.drop(DATABASE)
    return Measured(at_50, at_200, full, no_worker, undrained, unfinished, fates)


def _target(service: Service, server: Server, *more: Watched) -> Target:
    watched = [Watched("serve", service.serve.pid), *more]
    if server.pid is not None:
        watched.append(Watched("postgres", server.pid))
    return Target([service.hook], '"accepted":1', watched)


def _undrained(lane: Range, no_worker: Result) -> int:
    """Events taken while no worker ran that did not arrive exactly once after one had started."""
    taken = no_worker.sent - no_worker.refused
    lane.wait(taken)
    counts = Counter(number for number in lane.arrivals().ids if number >= FIRST_ID)
    return taken - sum(1 for times in counts.values() if times == 1)


def _unfinished(service: Service, taken: int) -> tuple[int, Counter[str]]:
    """Events without exactly one finished run, once history had time to settle; and the fates of other runs."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        runs = list(service.runs())
        done = Counter(run.event for run in runs if run.status == "done")
        missing = taken - sum(1 for times in done.values() if times == 1)
        if missing == 0 or time.monotonic() > deadline:
            return missing, Counter(run.fate for run in runs if run.status != "done")
        time.sleep(0.5)
