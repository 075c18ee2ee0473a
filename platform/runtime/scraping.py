"""What `/metrics` tells: the figures of this process and of those that it started, and the queue as it is now.

Worker processes of a group have no port of their own: each writes its figures to a file in a folder of the group's,
which goes with the group. Owns these files, and what is asked of the store.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import msgspec

from treadle.runtime.metrics import Labels, Sample, gauge, merged, samples, text

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine

EVERY = 2.0
"""Seconds between two writes of a process."""
_SUFFIX = ".figures"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Sample]).decode


async def scraped(engine: Engine, folder: Path | None = None) -> str:
    """The page, in Prometheus's text format. Without the database it lacks what only that knows."""
    told = merged([samples(), *(_read(folder) if folder else ())])
    return text([*told, *await _queue(engine)])


async def keep_writing(folder: Path, name: str) -> NoReturn:
    """Write the figures of this process, again and again."""
    while True:
        _write(folder / f"{name}{_SUFFIX}")
        await asyncio.sleep(EVERY)


def _write(path: Path) -> None:
    with suppress(OSError):  # the next one comes soon
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_bytes(_encode(samples()))
        beside.replace(path)


def _read(folder: Path) -> list[list[Sample]]:
    found = []
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        with suppress(OSError, msgspec.DecodeError):
            found.append(_decode(path.read_bytes()))
    return found


async def _queue(engine: Engine) -> list[Sample]:
    found = await engine.probe.recent()
    up = gauge("database_up", "Whether the database answers.", {(): float(found is not None)})
    if found is None:
        return [up]
    load = found.load
    depth: dict[Labels, float] = {("due",): load.due, ("claimed",): load.claimed}
    return [
        up,
        gauge("queue_depth", "Runs that wait for a worker, and that one has.", depth, "state"),
        gauge("queue_oldest_age_seconds", "For how long the oldest due run is due.", {(): load.oldest_due}),
        gauge("workers", "Workers that answer.", {(): float(len(found.alive()))}),
        gauge("workers_stuck", "Workers that get nowhere while work is late.", {(): float(len(found.stuck()))}),
    ]
