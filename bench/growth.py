"""How the cost of the common job grows: with the rules that hear an event, with waiting runs, and with history.

Cost is processor time an event of the API, the worker and Postgres together, at a steady rate, so that what else runs
on the machine counts little. Waiting runs and history are copies of the rows of one run that was really made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bench.figures import Figure, figure
from bench.measure import Range, Target, Watched, require_clean
from bench.postgres import Server
from bench.service import RULE, Service, command, running

DATABASE = "bench_growth"
RATE = 200
_HISTORY = {
    "deliveries": "id",
    "events": "id",
    "event_keys": "key_hash",
    "runs": "id",
    "run_ends": "run_id",
    "steps": "run_id",
    "step_outcomes": "run_id",
}
_OTHERS = """
rule "Other {number}"
  when kommo.lead_created as lead
  where lead.price >= 1000 and lead.name == "nobody {number}"
  do
    log "never"
"""
_SLEEPS = """
rule "Sleeps"
  when by hand
  do
    wait 300 days
"""

_A_FILE = 1_000  # rules

Fill = Callable[[Server, str, int], None]
"""Adds so many to a database."""


class Sizes(msgspec.Struct, frozen=True):
    """What is measured at; the first of each is the least. `events` are those of one volley."""

    rules: Sequence[int] = (1, 100, 1_000, 10_000)
    waiting: Sequence[int] = (0, 100_000, 1_000_000)
    history: Sequence[int] = (0, 100_000, 1_000_000)
    events: int = 1_000


def measure(lane: Range, server: Server, folder: Path, sizes: Sizes) -> list[Figure]:
    """The table, printed on the way, and how many times the least each of the largest costs."""
    rules = [
        (count, _with_rules(lane, server, folder / f"rules-{count}", count, sizes.events)) for count in sizes.rules
    ]
    waiting = _filled(lane, server, folder / "waiting", RULE + _SLEEPS, sizes.waiting, sizes.events, _wait)
    history = _filled(lane, server, folder / "history", RULE, sizes.history, sizes.events, _remember)
    found = []
    for name, costs in (("rules", rules), ("waiting", waiting), ("history", history)):
        found += [figure(f"growth.{name}_{size}.cpu_ms", cost, "ms") for size, cost in costs]
        found.append(figure(f"growth.{name}", costs[-1][1] / costs[0][1], "times"))
    return found


def _with_rules(lane: Range, server: Server, folder: Path, count: int, events: int) -> float:
    folder.mkdir()
    others = [_OTHERS.format(number=number) for number in range(1, count)]
    files = ["use kommo\n" + "".join(others[first : first + _A_FILE]) for first in range(0, len(others), _A_FILE)]
    try:
        with running(folder, server.fresh(DATABASE), lane.address, RULE, files) as service:
            return _cost(lane, server, service, f"{count:>9,} rules", events)
    finally:
        server.drop(DATABASE)


def _filled(
    lane: Range, server: Server, folder: Path, rule: str, sizes: Sequence[int], events: int, fill: Fill
) -> list[tuple[int, float]]:
    """The cost at each size, on one installation that grows."""
    folder.mkdir()
    found: list[tuple[int, float]] = []
    try:
        url = server.fresh(DATABASE)
        with running(folder, url, lane.address, rule) as service:
            if _SLEEPS in rule:
                command(["runs", "start", "Sleeps"], service.env)
            there = 0
            for size in sizes:
                if size > there:
                    fill(server, url, size - there)
                    server.settle()
                there = size
                found.append((size, _cost(lane, server, service, f"{size:>9,} {folder.name}", events)))
    finally:
        server.drop(DATABASE)
    return found


def _wait(server: Server, url: str, count: int) -> None:
    """Copies of the one run that sleeps."""
    millis = int(time.time() * 1000)
    for table, key in (("runs", "id"), ("live_runs", "run_id")):
        server.copies(url, f"treadle.{table}", key, count, millis)


def _remember(server: Server, url: str, count: int) -> None:
    """Copies of all that one run left."""
    millis = int(time.time() * 1000)
    for table, key in _HISTORY.items():
        server.copies(url, f"treadle.{table}", key, count, millis)


def _cost(lane: Range, server: Server, service: Service, what: str, events: int) -> float:
    """Milliseconds of processor time an event."""
    with service.working() as work:
        watched = [Watched("serve", service.serve.pid), Watched("work", work.pid)]
        if server.pid is not None:
            watched.append(Watched("postgres", server.pid))
        target = Target([service.hook], '"accepted":1', watched)
        lane.volley(target, 100, connections=16, rate=RATE)
        result = lane.volley(target, events, connections=16, rate=RATE)
    require_clean(result, what)
    cost = sum(each.cpu_ms for each in result.shares if each.name in ("serve", "work", "postgres"))
    print(
        f"  {what}: {cost:.2f} ms of processor time an event, p99 to the effect {result.to_sink.p99:.1f} ms", flush=True
    )
    return cost
