"""What the books must say whatever was broken: nothing lost, nothing doubled, no wrong word about an effect.

Pure: a `Book` in, findings out. Each check answers one sentence for each thing that is wrong. What times must hold is
`timing`'s.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import TypeVar

from chaos.clauses import unheard
from chaos.records import ASKED, Arrival, Book, Fault, Step

# Faults after which nobody can know what became of a call under way.
_LOSES_ANSWERS = frozenset({"kill_worker", "kill_all", "freeze", "postgres_5", "postgres_45", "cut"})
_OVER = frozenset({"done", "failed", "stopped", "suppressed", "unknown"})

K = TypeVar("K", bound=Hashable)
Check = Callable[[Book], Iterable[str]]


def lost(book: Book) -> Iterator[str]:
    """Accepted events that are not there, without a run for each rule that hears them, or with one that has no end."""
    known = {event.id for event in book.events}
    for post in book.posts:
        yield from (
            f"event {each} was answered {post.status} and is not stored" for each in post.events if each not in known
        )
    runs: dict[str | None, set[str]] = defaultdict(set)
    for run in book.runs:
        runs[run.event].add(run.rule)
    for event in book.events:
        for rule in book.hearing.get(event.trigger, frozenset()) - runs[event.id]:
            yield f"event {event.id} ({event.key}) has no run of {rule!r}"
    yield from _fired_less(book)
    yield from (f"run {run.id} of {run.rule!r} is {run.status}" for run in book.runs if run.status not in _OVER)


def doubled(book: Book) -> Iterator[str]:
    """Events that were taken in twice, rules that fired twice for one, calls that a run made twice."""
    for key, times in _twice(event.key for event in book.events if event.key):
        yield f"{times} events have the key {key}"
    for (event, rule), times in _twice((run.event, run.rule) for run in book.runs if run.event and run.kind == "rule"):
        yield f"{rule!r} has {times} runs for event {event}"
    for (run_id, node, given), times in _twice((step.run, step.node, step.input) for step in book.steps):
        yield f"run {run_id} made the call at {node} {times} times with {given}"
    yield from _fired_again(book)
    for ticks in book.ticks:
        if (planned := ticks.last // ticks.every - ticks.first // ticks.every) != ticks.runs:
            yield f"a schedule had {planned:.0f} instants and {ticks.runs} runs"


def repeated(book: Book) -> Iterator[str]:
    """Effects that reached the service more often than their class allows.

    A blind one arrives once at most. A checkable one is applied once, unless a freeze fell between look-up and write.
    """
    arrived = _by_effect(book.arrivals)
    for step in book.steps:
        there = arrived.get(step.id, [])
        applied = [each for each in there if each.applied]
        if step.effect == "blind" and len(there) > 1:
            yield f"blind call {step.id} arrived {len(there)} times"
        if step.effect == "checkable" and len(applied) > 1 and not _frozen(book, applied):
            yield f"checkable call {step.id} was applied {len(applied)} times"
    for effect in arrived.keys() - {step.id for step in book.steps}:
        yield f"effect {effect} arrived and stands in no history"


def misjudged(book: Book) -> Iterator[str]:
    """Steps that say done or failed, and the service knows otherwise; doubts that are not recorded as such."""
    arrived = _by_effect(book.arrivals)
    for step in book.steps:
        there = arrived.get(step.id, [])
        applied = any(each.applied for each in there)
        if step.state == "done" and not applied:
            yield f"{step.effect} call {step.id} is done and was never applied"
        changed = any(each.applied and each.path != ASKED for each in there)  # who only asks changes nothing
        if step.state == "failed" and changed:
            yield f"{step.effect} call {step.id} is failed and was applied"
        if step.effect == "blind" and step.state != "unknown" and any(each.answer == "doubt" for each in there):
            yield f"blind call {step.id} is {step.state} and got no clear answer"
        if step.state == "intent" and step.written_at is None:
            yield f"{step.effect} call {step.id} has no outcome"


def unexplained(book: Book) -> Iterator[str]:
    """Steps that are unknown though the service answered clearly and in time, and nothing was broken while they were
    open.
    """
    arrived = _by_effect(book.arrivals)
    for step in book.steps:
        if step.state != "unknown" or step.error == "timeout":
            continue
        if any(each.answer == "doubt" for each in arrived.get(step.id, [])):
            continue
        if not any(_during(fault, step) for fault in book.faults if fault.kind in _LOSES_ANSWERS):
            yield f"{step.effect} call {step.id} is unknown ({step.error}) for no reason that can be seen"


def endless(book: Book) -> Iterator[str]:
    """Rows that nothing will ever remove."""
    yield from (f"{count} rows: {what}" for what, count in book.left.items() if count)


CHECKS: dict[str, Check] = {
    "lost": lost, "doubled": doubled, "repeated": repeated, "misjudged": misjudged, "unexplained": unexplained,
    "endless": endless, "unheard": unheard,
}  # fmt: skip
"""Each by the name of its figure; every one of them must find nothing."""


def _fired(book: Book, rules: Collection[str]) -> dict[tuple[str, str | None], set[str]]:
    """The runs of these rules that were not suppressed, by rule and group."""
    groups = {event.id: event.group for event in book.events}
    found: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for run in book.runs:
        if run.event and run.rule in rules and run.status != "suppressed":
            found[run.rule, groups.get(run.event)].add(run.id)
    return found


def _fired_again(book: Book) -> Iterator[str]:
    """`once per`, `at most`: a group has so many runs. `one at a time`: no two of a group are at work at once."""
    for (rule, group), runs in _fired(book, book.most).items():
        if len(runs) > book.most[rule]:
            yield f"{rule!r} fired {len(runs)} times for {group}"
    for (rule, _), runs in _fired(book, book.alone).items():
        yield from _together(book, rule, runs)


def _fired_less(book: Book) -> Iterator[str]:
    """`once per`, `at most`: who comes too late is suppressed, and nobody else."""
    fired = _fired(book, book.most)
    for trigger, rules in book.hearing.items():
        groups = Counter(event.group for event in book.events if event.trigger == trigger)
        for rule in rules & book.most.keys():
            for group, events in groups.items():
                if len(fired.get((rule, group), ())) < min(events, book.most[rule]):
                    yield f"{rule!r} fired too seldom for the {events} events of {group}"


def _together(book: Book, rule: str, runs: set[str]) -> Iterator[str]:
    spans: dict[str, tuple[float, float]] = {}
    for step in (step for step in book.steps if step.run in runs and step.written_at is not None):
        began, ended = spans.get(step.run, (step.started_at, step.started_at))
        spans[step.run] = min(began, step.started_at), max(ended, step.written_at or ended)
    ordered = sorted((began, ended, run) for run, (began, ended) in spans.items())
    for (_, ended, one), (began, _, other) in itertools.pairwise(ordered):
        if began < ended:
            yield f"{rule!r}: run {other} began while {one} was at work"


def _twice(found: Iterable[K]) -> list[tuple[K, int]]:
    return [(each, times) for each, times in Counter(found).items() if times > 1]


def _by_effect(arrivals: Iterable[Arrival]) -> dict[str, list[Arrival]]:
    found: dict[str, list[Arrival]] = defaultdict(list)
    for each in arrivals:
        found[each.effect].append(each)
    return found


def _frozen(book: Book, applied: list[Arrival]) -> bool:
    """Whether a freeze fell before the last of these writes and after the first."""
    first, last = applied[0].at, applied[-1].at
    return any(fault.kind == "freeze" and fault.began <= last and fault.ended >= first for fault in book.faults)


def _during(fault: Fault, step: Step) -> bool:
    return fault.began <= (step.written_at or fault.began) and fault.ended >= step.started_at
