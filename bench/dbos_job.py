"""The peer: the common job in DBOS, on the same Postgres, with the same load generator and sink.

DBOS is run in each shape that its documentation offers, and the best of them counts. `bench.dbos_app` is the program.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.measure import Range, Result, Target, Watched, require_clean
from bench.postgres import Server
from bench.processes import Child, HarnessError, started

DATABASE = "bench_dbos"
# A DBOS answer takes several round trips through threads; more deliveries in flight only wait longer.
CONNECTIONS = 32


class Shape(msgspec.Struct, frozen=True):
    """Which roles run, one process each; `workers` start first. A process that takes deliveries is in `takers`."""

    name: str
    workers: tuple[str, ...]
    takers: tuple[str, ...]


SHAPES = (
    Shape("two processes", (), ("both", "both")),
    Shape("one process", (), ("both",)),
    Shape("API and queue worker", ("work",), ("accept",)),
)


class Peer(msgspec.Struct, frozen=True):
    """DBOS in one shape, measured at full speed and at 50 events/s."""

    shape: str
    full: Result
    at_50: Result


def measure(shape: Shape, lane: Range, server: Server, folder: Path, *, events: int, latency_events: int) -> Peer:
    """Raises HarnessError when DBOS lost or repeated an event, or left a workflow unfinished."""
    url = server.fresh(DATABASE)
    try:
        with _running(shape, url, lane, folder) as processes:
            target = _target(processes, shape, server)
            lane.volley(target, min(events, 100), connections=8, rate=50)
            at_50 = lane.volley(target, latency_events, connections=16, rate=50)
            full = lane.volley(target, events, connections=CONNECTIONS)
            for result in (at_50, full):
                require_clean(result, f"DBOS, {shape.name}")
            _check_history(server, url, min(events, 100) + latency_events + events)
    finally:
        server.drop(DATABASE)
    return Peer(shape.name, full, at_50)


@contextlib.contextmanager
def _running(shape: Shape, url: str, lane: Range, folder: Path) -> Iterator[list[tuple[Child, int]]]:
    """The processes of a shape with the ports they listen on, once each is ready."""
    program = [sys.executable, "-m", "bench.dbos_app"]
    # Its cloud settings come by variables of this prefix; with one of them it might call home.
    env = {name: value for name, value in os.environ.items() if not name.startswith("DBOS")}
    with contextlib.ExitStack() as stack:
        processes = []
        for number, role in enumerate(shape.workers + shape.takers):
            argv = [*program, role, "--url", url, "--sink", f"http://{lane.address}/leads"]
            child = stack.enter_context(started(f"dbos-{role}-{number}", argv, folder, env=env, talks=True))
            processes.append((child, int(child.hear(60.0))))
        yield processes


def _target(processes: list[tuple[Child, int]], shape: Shape, server: Server) -> Target:
    takers = processes[len(shape.workers) :]
    watched = [Watched(child.name, child.pid) for child, _ in processes]
    if server.pid is not None:
        watched.append(Watched("postgres", server.pid))
    return Target([f"http://127.0.0.1:{port}/" for _, port in takers], '"accepted":1', watched)


def _check_history(server: Server, url: str, expected: int) -> None:
    done = server.value(url, "select count(*) from dbos.workflow_status where status = 'SUCCESS'")
    if done != expected:
        raise HarnessError(f"DBOS: {done} workflows of {expected} are recorded as done")
