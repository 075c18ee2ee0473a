"""What one event costs the store: accept, claim, commit of an intent, commit of the outcome and the end, by batch size.

Prints microseconds per event: wall, this process's CPU and Postgres's CPU. Runs on an embedded server of its own, with
settings and statements as in production, in a temporary folder.

    python bench/store.py [EVENTS]
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from treadle.runtime.database import open_database
from treadle.runtime.embedded import Embedded
from treadle.runtime.ids import new_id
from treadle.runtime.ports import (
    Arrival,
    Claimed,
    End,
    Go,
    NewDelivery,
    NewEvent,
    NewRun,
    NewStep,
    StepOutcome,
    Transition,
)
from treadle.runtime.settings import Settings
from treadle.runtime.store.postgres import PostgresStore

BATCHES = (1, 10, 50, 200)
BODY = b"leads%5Badd%5D%5B0%5D%5Bid%5D=70001&leads%5Badd%5D%5B0%5D%5Bprice%5D=1500&" * 12
DATA = (
    b'{"id":70001,"name":"Lead","price":"1500.00","tags":["vip"],"fields":['
    + b",".join(b'{"id":%d,"value":"some text"}' % number for number in range(10))
    + b"]}"
)
STATE = b'{"at":"n3","vars":{"lead":{"id":70001,"price":"1500.00"}},"seq":2,"matched":true}'
CONNECTION, WORKER = new_id(), new_id()


def arrival(number: int) -> Arrival:
    """One event and the run that it starts."""
    event_id = new_id()
    run = NewRun(
        id=new_id(), graph="g" * 32, kind="rule", rule="Big leads", origin="Big leads", status="running", state=STATE,
        event_id=event_id,
    )  # fmt: skip
    event = NewEvent(
        id=event_id, trigger="kommo.lead_created", data=DATA, connection_id=CONNECTION, key=f"lead-{event_id}",
        entity=f"kommo.lead:{number}", delivery_id=event_id, publication=CONNECTION,
    )  # fmt: skip
    return Arrival(event, (run,))


def intent(run: Claimed) -> Transition:
    """A run begins a call."""
    step = NewStep(
        id=run.run_id, seq=1, node="n3", what="http.post", state="intent", effect="idempotent",
        input=b'{"url":"http://127.0.0.1:9/","json":{"id":70001}}', connection_id=CONNECTION,
    )  # fmt: skip
    return Transition(run_id=run.run_id, epoch=run.epoch, then=Go(), state=STATE, steps=(step,))


def end(run: Claimed) -> Transition:
    """The call is over and with it the run."""
    outcome = StepOutcome(id=run.run_id, state="done", tries=1, output=b'{"status":200}')
    return Transition(run_id=run.run_id, epoch=run.epoch, then=End("done"), outcome=outcome)


class Meter:
    """Adds up what calls cost, in seconds: on the clock, of this process's CPU, of all of the server's."""

    def __init__(self, postmaster: int) -> None:
        self._postmaster = postmaster
        self.wall = self.ours = self.theirs = 0.0
        self._began: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __enter__(self) -> None:
        self._began = (time.perf_counter(), time.process_time(), server_cpu(self._postmaster))

    def __exit__(self, *_: object) -> None:
        wall, ours, theirs = self._began
        self.wall += time.perf_counter() - wall
        self.ours += time.process_time() - ours
        self.theirs += server_cpu(self._postmaster) - theirs

    def line(self, name: str, size: int, events: int) -> str:
        """One line of the table, in microseconds per event."""
        figures = (part / events * 1e6 for part in (self.wall, self.ours, self.theirs))
        return f"{name:<10}{size:>6}" + "".join(f"{figure:>10.1f}" for figure in figures)


def server_cpu(postmaster: int) -> float:
    """Seconds of CPU of the server and its processes that are there."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if str(postmaster) in (fields[1], stat.parent.name):
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def measure(store: PostgresStore, postmaster: int, size: int, events: int) -> None:
    """Send so many events through the four statements in batches of one size; print a line for each."""
    meters = {name: Meter(postmaster) for name in ("accept", "claim", "intent", "end")}
    batches = max(1, events // size)
    claims: list[list[Claimed]] = []
    given = [[arrival(number * size + place) for place in range(size)] for number in range(batches)]
    with meters["accept"]:
        for arrivals in given:
            await store.accept(deliveries(size), arrivals)
    with meters["claim"]:
        for _ in range(batches):
            claims.append(await store.claim(WORKER, size, 300.0))
    assert sum(map(len, claims)) == batches * size
    for name, made in (("intent", intent), ("end", end)):
        transitions = [[made(run) for run in runs] for runs in claims]
        with meters[name]:
            for batch in transitions:
                assert not await store.commit(batch)
    for name, meter in meters.items():
        print(meter.line(name, size, batches * size))
    total = sum(meter.ours + meter.theirs for meter in meters.values()) / batches / size
    print(f"{'CPU in all':<16}{total * 1e6:>30.1f}\n", flush=True)


def deliveries(count: int) -> list[NewDelivery]:
    """Bodies of about a kilobyte."""
    return [NewDelivery(id=new_id(), connection_id=CONNECTION, content_type="x", body=BODY) for _ in range(count)]


async def main(events: int) -> None:
    """The table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with open_database(Settings(home=home)) as database:
            data = Embedded(home).places.data
            postmaster = int((data / "postmaster.pid").read_text().split()[0])
            await measure(database.store, postmaster, 20, 200)
            print(f"{'':<10}{'batch':>6}{'wall us':>10}{'our CPU':>10}{'pg CPU':>10}")
            for size in BATCHES:
                await measure(database.store, postmaster, size, max(events // 10, 200) if size == 1 else events)
        Embedded(home).erase()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000))
