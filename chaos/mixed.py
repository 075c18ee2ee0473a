"""One run of chaos on one queue: load and faults, then quiet, then the books. Owns their order."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
from bench.figures import Figure, Goal

from chaos import timing
from chaos.breaking import Breaker
from chaos.checking import CHECKS
from chaos.history import ticks
from chaos.installation import RULES, Installation, Queue, installed
from chaos.plan import Planned
from chaos.records import Book
from chaos.sender import Orders, Sender
from chaos.service import Service

WORKERS = 3
_DRAIN_S = 240.0
_TICK, _TICK_S = "Tick", 15.0
_ONCE = frozenset({"First of a customer"})
_HEARS = re.compile(r'^rule "([^"]+)"\n(?:  off\n)?  when ([a-z._]+) as ', re.MULTILINE)
_SHOWN = 5

Say = Callable[[str], None]


class Play(msgspec.Struct, frozen=True):
    """What is played. `rate` is the number of new orders a second; about twice as many events follow."""

    queue: Queue
    seed: int
    seconds: float
    rate: float
    faults: tuple[Planned, ...]


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


async def play(played: Play, folder: Path, say: Say) -> Played:
    """Raises HarnessError when the installation does not come up."""
    async with Service(played.seed) as service, installed(folder, played.queue, f"127.0.0.1:{service.port}") as site:
        await site.start(f"http://127.0.0.1:{service.port}", rules(), WORKERS)
        supervisor = asyncio.create_task(site.supervise())
        breaker, sender = Breaker(site, played.seed, say), Sender(site.hook, Orders(played.seed))
        first = await _first_tick(site)
        async with asyncio.TaskGroup() as group:
            group.create_task(sender.run(played.seconds, played.rate))
            group.create_task(breaker.carry_out(played.faults))
        service.kind = True
        drained_s = await _drained(site)
        supervisor.cancel()
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
            once=_ONCE,
            left=await history.left(),
        )
    return Played(book, drained_s)


def figures(played: Played, queue: Queue, say: Say) -> Iterator[Figure]:
    """What there was, then every check with its goal; what a check found is said."""
    book = played.book
    yield from _facts(book, queue)
    for name, check in {**CHECKS, "wrong_answers": timing.wrong_answers}.items():
        found = list(check(book))
        for each in found[:_SHOWN]:
            say(f"{name}: {each}")
        yield _judged(f"{queue}.{name}", len(found), "", Goal("==", 0))
    if (refused := timing.refused_while_away(book)) is not None:
        yield _judged(f"{queue}.refused_with_retry_after", refused, "posts", Goal(">=", 1))
    kinds = {fault.kind for fault in book.faults}
    times = (
        ("recovery_s", timing.recovery(book), 20, "kill_worker" in kinds),
        ("flush_delay_s", timing.flush_delay(book), 5, bool(kinds & {"queue_flush", "queue_restart"})),
        ("api_back_s", timing.back_to_normal(book), 15, bool(kinds & {"postgres_5", "postgres_45"})),
    )
    for name, value, bound, wanted in times:
        if wanted:
            yield _judged(f"{queue}.{name}", value, "s", Goal("<=", bound))
    outage = max((fault.ended - fault.began for fault in book.faults), default=0.0)
    yield _judged(f"{queue}.drained_s", played.drained_s, "s", Goal("<=", max(60.0, 2 * outage)))


def _facts(book: Book, queue: Queue) -> Iterator[Figure]:
    states = Counter((step.effect, step.state) for step in book.steps)
    counts = {
        "faults": len(book.faults),
        "posts": len(book.posts),
        "events": len(book.events),
        "runs": len(book.runs),
        "calls": len(book.steps),
        "runs_rescued": len(book.rescues),
    } | {f"calls.{effect}.{state}": count for (effect, state), count in sorted(states.items())}
    for name, count in counts.items():
        yield Figure(f"{queue}.{name}", count, "", None, passed=True)


def _judged(name: str, value: float | None, unit: str, goal: Goal) -> Figure:
    rounded = None if value is None else round(value, 2)
    return Figure(name, rounded, unit, str(goal), passed=value is not None and goal.met(value))


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
