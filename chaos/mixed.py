"""One run of chaos on one queue: load and faults, then quiet, then the books. Owns their order."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

import msgspec

from chaos.breaking import Breaker
from chaos.history import ticks
from chaos.installation import RULES, Installation, Queue, installed
from chaos.person import Person
from chaos.plan import Planned
from chaos.records import Book
from chaos.sender import Orders, Sender
from chaos.service import Service

WORKERS = 3
_DRAIN_S = 240.0
_TICK, _TICK_S = "Tick", 15.0
_MOST = {"First of a customer": 1, "Three of a customer": 3}
_ALONE = frozenset({"In turn"})
_QUIET = frozenset({"When all is quiet"})
_STOPS = {"Stopped": "acme.order_changed"}
_CANCELLED = "Until cancelled"
_HEARS = re.compile(r'^rule "([^"]+)"\n  when ([a-z._]+) as ', re.MULTILINE)

Say = Callable[[str], None]
Watch = Callable[[Installation, Service], Coroutine[Any, Any, None]]


class Play(msgspec.Struct, frozen=True):
    """What is played. `rate` is the number of new orders a second; about twice as many events follow. With `well` the
    service answers well from the start.
    """

    queue: Queue
    seed: int
    seconds: float
    rate: float
    faults: tuple[Planned, ...] = ()
    well: bool = False


class Played(msgspec.Struct, frozen=True):
    """The books, and how long it took until nothing was left to do."""

    book: Book
    drained_s: float


def rules() -> dict[str, str]:
    """The rule files by name."""
    return {path.name: path.read_text() for path in sorted(RULES.glob("*.rule"))}


def hearing(texts: Iterable[str]) -> dict[str, frozenset[str]]:
    """Which rules hear which trigger; an event of one's own is `event.NAME` in the books."""
    found: dict[str, set[str]] = {}
    for text in texts:
        for rule, trigger in _HEARS.findall(text):
            found.setdefault(trigger if "." in trigger else f"event.{trigger}", set()).add(rule)
    return {trigger: frozenset(heard) for trigger, heard in found.items()}


async def play(what: Play, folder: Path, say: Say, watch: Watch | None = None) -> Played:
    """`watch` runs beside the load until nothing is left to do. Raises HarnessError when the installation does not come
    up.
    """
    seed = what.seed
    async with (
        Service(seed, kind=what.well) as service,
        installed(folder, what.queue, f"127.0.0.1:{service.port}") as site,
    ):
        await site.start(f"http://127.0.0.1:{service.port}", rules(), WORKERS)
        beside = [asyncio.create_task(site.supervise())]
        if watch is not None:
            beside.append(asyncio.create_task(watch(site, service)))
        breaker, sender = Breaker(site, seed, say), Sender(site.hook, Orders(seed))
        person = Person(site, seed, _CANCELLED)
        first = await _first_tick(site)
        async with asyncio.TaskGroup() as group:
            group.create_task(sender.run(what.seconds, what.rate))
            group.create_task(breaker.carry_out(what.faults))
            if not what.well:
                group.create_task(person.run(what.seconds))
        service.kind = True
        drained_s = await _drained(site)
        await asyncio.sleep((_TICK_S / 3 - time.time()) % _TICK_S)  # the books are read between two instants
        await _drained(site)
        for task in beside:
            task.cancel()
        history = site.history
        book = Book(
            posts=tuple(sender.posts),
            events=await history.events(),
            runs=await history.runs(),
            steps=await history.steps(),
            arrivals=service.arrivals,
            faults=tuple(breaker.faults),
            rescues=tuple(breaker.rescues),
            ticks=(ticks(_TICK_S, first, await history.ticks(_TICK)),),
            hearing=hearing(rules().values()),
            most=_MOST,
            alone=_ALONE,
            quiet=_QUIET,
            stops=_STOPS,
            cancelled=tuple(person.told),
            left=await history.left(),
        )
    return Played(book, drained_s)


async def _first_tick(site: Installation) -> tuple[float, int]:
    """Once a worker has looked at the schedules."""
    found = await site.history.ticks(_TICK)
    while not found[0]:
        await asyncio.sleep(0.2)
        found = await site.history.ticks(_TICK)
    return found


async def _drained(site: Installation) -> float:
    """Seconds until no run is left but those that wait for a person."""
    began = time.monotonic()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            live = await site.history.live()
            while live:
                await asyncio.sleep(0.5)
                live = await site.history.live()
    return time.monotonic() - began
