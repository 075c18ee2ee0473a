"""One measured volley: the load generator sends, the sink receives, and the two records are joined.

Owns the joining and what is counted; knows neither contestant.
"""

from __future__ import annotations

import contextlib
import http.client
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from bench.deliveries import FIRST_ID, Kind
from bench.figures import Spread, spread
from bench.load import Order, Sent
from bench.processes import Child, HarnessError, cpu_seconds, memory_mb, started
from bench.sink import Arrivals, Count

ACCEPTED = 202
# After the last event that still moved, how long the sink may stay silent before the rest counts as lost.
PATIENCE_S = 15.0


class Watched(msgspec.Struct, frozen=True):
    """A process whose CPU and memory count, with all below it."""

    name: str
    pid: int


class Target(msgspec.Struct, frozen=True):
    """Where deliveries go, what a good answer contains, and the processes that do the work."""

    urls: list[str]
    expect: str
    watched: list[Watched]
    kind: Kind = "kommo"
    status: int = ACCEPTED


class Share(msgspec.Struct, frozen=True):
    """What one process spent on a volley: CPU milliseconds per event, and megabytes after it."""

    name: str
    cpu_ms: float
    memory_mb: float


class Result(msgspec.Struct, frozen=True):
    """A volley, measured. Rates are events/s, spreads milliseconds.

    `lost` were acknowledged and never arrived; `repeated` arrived more than once; `refused` got no good answer;
    `strange` arrived without having been sent. `complaints` are the first few bad answers.
    """

    sent: int
    seconds: float
    events_per_s: float
    to_sink: Spread
    to_ack: Spread
    lag: Spread
    shares: list[Share]
    lost: int
    repeated: int
    refused: int
    strange: int
    complaints: list[str]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.repeated or self.refused or self.strange)


class Range:
    """The load generator and the sink, which every volley of a run shares. Ids are never used twice."""

    def __init__(self, load: Child, sink: Child) -> None:
        self.load = load
        self.sink = sink
        self.port = int(sink.hear(20.0))
        self._next = FIRST_ID

    @property
    def address(self) -> str:
        """`host:port` of the sink."""
        return f"127.0.0.1:{self.port}"

    def volley(
        self, target: Target, count: int, *, connections: int, rate: float | None = None, arrives: bool = True
    ) -> Result:
        """Sends `count` events and waits for them at the sink, or not when `arrives` is false. Bounded in time."""
        first, self._next = self._next, self._next + count
        limit_s = 60.0 + (count / rate if rate else count / 20)
        order = Order(
            target.urls, target.kind, first, count, connections, target.status, target.expect, rate, limit_s=limit_s
        )
        self._ask("/reset")
        self.load.tell(msgspec.json.encode(order))
        self.load.hear(60.0)
        before = self._spent(target)
        self.load.tell(b"go")
        sent = msgspec.json.decode(self.load.hear(limit_s + 30.0), type=Sent)
        arrived = self._await(sum(1 for at in sent.answered if at)) if arrives else Arrivals([], [])
        after = self._spent(target)
        shares = [
            Share(now.name, (now.cpu_ms - was.cpu_ms) / count, now.memory_mb)
            for was, now in zip(before, after, strict=True)
        ]
        load = Share("load", sent.cpu * 1000 / count, 0.0)
        return join(order, sent, arrived, [*shares, load], arrives=arrives)

    def arrivals(self) -> Arrivals:
        return msgspec.json.decode(self._ask("/arrivals"), type=Arrivals)

    def wait(self, expected: int) -> int:
        """Waits until that many arrived since the last volley began, or nothing moves any more; how many did."""
        return len(self._await(expected).ids)

    def _await(self, expected: int) -> Arrivals:
        moved, seen = time.monotonic(), -1
        while time.monotonic() - moved < PATIENCE_S:
            count = msgspec.json.decode(self._ask("/count"), type=Count)
            if count.arrived + count.strange != seen:
                moved, seen = time.monotonic(), count.arrived + count.strange
            if seen >= expected:
                break
            time.sleep(0.05)
        time.sleep(0.3)  # what comes twice comes now; and the last outcomes are written down
        return self.arrivals()

    def _spent(self, target: Target) -> list[Share]:
        """Totals so far: CPU milliseconds and megabytes."""
        shares = [Share(each.name, cpu_seconds(each.pid) * 1000, memory_mb(each.pid)) for each in target.watched]
        return [*shares, Share("sink", cpu_seconds(self.sink.pid) * 1000, memory_mb(self.sink.pid))]

    def _ask(self, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        except OSError as error:
            raise self.sink.failed(f"does not answer: {error}") from error
        finally:
            connection.close()


@contextlib.contextmanager
def measuring(folder: Path) -> Iterator[Range]:
    """Starts the load generator and the sink; both stop at the end."""
    python = sys.executable
    with (
        started("load", [python, "-m", "bench.load"], folder, talks=True) as load,
        started("sink", [python, "-m", "bench.sink"], folder, talks=True) as sink,
    ):
        yield Range(load, sink)


def join(order: Order, sent: Sent, arrived: Arrivals, shares: Sequence[Share], *, arrives: bool = True) -> Result:
    """The two records as one. Pure. Without `arrives` nothing is expected at the sink."""
    acknowledged = {order.first + index for index, at in enumerate(sent.answered) if at}
    ours = range(order.first, order.first + order.count)
    counts = Counter(number for number in arrived.ids if number in ours)
    first_at: dict[int, float] = {}
    for number, at in zip(arrived.ids, arrived.at, strict=True):
        first_at.setdefault(number, at)
    start = min((at for at in sent.posted if at), default=0.0)
    end = max([*(first_at[number] for number in counts), *(() if arrives else sent.answered)], default=start)
    done = len(counts) if arrives else len(acknowledged)
    return Result(
        sent=order.count,
        seconds=end - start,
        events_per_s=done / (end - start) if end > start else 0.0,
        to_sink=spread(first_at[number] - sent.posted[number - order.first] for number in counts),
        to_ack=spread(at - was for was, at in zip(sent.posted, sent.answered, strict=True) if at),
        lag=spread(sent.lag),
        shares=list(shares),
        lost=len(acknowledged - counts.keys()) if arrives else 0,
        repeated=sum(1 for times in counts.values() if times > 1),
        refused=order.count - len(acknowledged),
        strange=sum(1 for number in arrived.ids if number not in ours),
        complaints=sent.bad,
    )


def require_clean(result: Result, what: str) -> None:
    """Raises HarnessError when a volley that must be sound was not."""
    if result.clean:
        return
    raise HarnessError(f"{what}: {faults(result)}")


def faults(result: Result) -> str:
    """What went wrong, with the first few bad answers."""
    counts = f"{result.lost} lost, {result.repeated} repeated, {result.refused} refused, {result.strange} strange"
    return "\n    ".join([counts, *result.complaints])
