"""Which figures come out of the books, and what each must be. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bench.figures import Figure, Goal

from chaos import timing
from chaos.checking import CHECKS
from chaos.records import Book


def findings(book: Book) -> dict[str, list[str]]:
    """What each check found, by its name."""
    return {name: list(check(book)) for name, check in {**CHECKS, "wrong_answers": timing.wrong_answers}.items()}


def figures(book: Book, drained_s: float, prefix: str) -> Iterator[Figure]:
    """What there was, then every check with its goal, then the times of what was broken."""
    yield from _facts(book, prefix)
    for name, found in findings(book).items():
        yield judged(f"{prefix}.{name}", len(found), "", Goal("==", 0))
    if (refused := timing.refused_while_away(book)) is not None:
        yield judged(f"{prefix}.refused_with_retry_after", refused, "posts", Goal(">=", 1))
    kinds = {fault.kind for fault in book.faults}
    times = (
        ("recovery_s", timing.recovery(book), 20, "kill_worker" in kinds),
        ("flush_delay_s", timing.flush_delay(book), 5, bool(kinds & {"queue_flush", "queue_restart"})),
        ("api_back_s", timing.back_to_normal(book), 15, bool(kinds & {"postgres_5", "postgres_45"})),
    )
    for name, value, bound, wanted in times:
        if wanted:
            yield judged(f"{prefix}.{name}", value, "s", Goal("<=", bound))
    outage = max((fault.ended - fault.began for fault in book.faults), default=0.0)
    yield judged(f"{prefix}.drained_s", drained_s, "s", Goal("<=", max(60.0, 2 * outage)))


def _facts(book: Book, prefix: str) -> Iterator[Figure]:
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
        yield Figure(f"{prefix}.{name}", count, "", None, passed=True)


def judged(name: str, value: float | None, unit: str, goal: Goal) -> Figure:
    """A figure with its goal, which what could not be measured misses."""
    rounded = None if value is None else round(value, 2)
    return Figure(name, rounded, unit, str(goal), passed=value is not None and goal.met(value))
