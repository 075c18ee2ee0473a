"""What the books say about time: how soon others took over, what a queue without a memory costs, how the API bore it.

Pure. A figure is None when nothing could be judged, because other faults lay too near. Seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from chaos.records import Book, Fault, FaultKind, Post

CALM = 20.0
"""A fault is judged by what follows for so long without another one."""
BACK = 15.0
"""The API answers normally so long after the database is back."""

_DATABASE: frozenset[FaultKind] = frozenset({"postgres_5", "postgres_45"})
_QUEUE: frozenset[FaultKind] = frozenset({"queue_flush", "queue_restart"})
_API: frozenset[FaultKind] = frozenset({"kill_api", "cut", *_DATABASE})
_STOPS_WORK: frozenset[FaultKind] = frozenset({"kill_worker", "kill_all", "freeze", "cut", "kill_api", *_DATABASE})


def recovery(book: Book) -> float | None:
    """The longest that a run of a dead worker waited for another one; endless when it was never seen with another. Runs
    at which two died in a row are left out: they are driven alone, after what is in flight (`treadle.runtime.alone`).
    """
    disturbing = _of(book, _STOPS_WORK - {"kill_worker", "kill_api", "cut"})
    judged = [
        each
        for each in book.rescues
        if not each.again and not _near(disturbing, each.died_at - CALM, each.died_at + CALM)
    ]
    return max((float("inf") if each.seconds is None else each.seconds for each in judged), default=None)


def flush_delay(book: Book) -> float | None:
    """The longest that an event waited for its first call while the queue had lost its memory or was away."""
    first = _first_calls(book)
    disturbing = _of(book, _STOPS_WORK)
    waits = [
        first.get(event.id, float("inf")) - event.received_at
        for fault in _of(book, _QUEUE)
        for event in book.events
        if event.id in first
        and fault.began - 1 <= event.received_at <= fault.ended + CALM / 2
        and not _near(disturbing, event.received_at - CALM, event.received_at + CALM / 4)
    ]
    return max(waits, default=None)


def back_to_normal(book: Book) -> float | None:
    """The longest from the moment that the database was back until the last delivery that was not taken."""
    longest = None
    for fault in _of(book, _DATABASE):
        others = [each.began for each in _of(book, _API) if each.began > fault.began]
        until = min(others, default=float("inf"))
        after = [post for post in book.posts if fault.ended <= post.at and post.at + post.took < until]
        if not after or until - fault.ended < BACK:
            continue
        refused = [post.at + post.took - fault.ended for post in after if post.status != 202]
        longest = max(longest or 0.0, max(refused, default=0.0))
    return longest


def wrong_answers(book: Book) -> Iterator[str]:
    """Answers to deliveries that no sender should get: anything but 202 and 503 with `Retry-After`; 503 or silence
    without a reason.
    """
    reasons = _of(book, _API)
    gone = _without_api(book)
    for post in book.posts:
        if post.status not in (None, 202, 503):
            yield f"a delivery was answered {post.status}"
        elif post.status == 503 and not post.retry_after:
            yield "a delivery was answered 503 without Retry-After"
        elif post.status == 503 and not _near(reasons, post.at - BACK, post.at + post.took):
            yield f"a delivery was answered 503 after {post.took:.1f} s while nothing was broken"
        elif post.status is None and not _near(gone, post.at - BACK, post.at + post.took):
            yield f"a delivery got no answer for {post.took:.1f} s while the API was there"


def _without_api(book: Book) -> list[Fault]:
    """From each death of the API until it could start again: it needs the database for that."""
    away = sorted(_of(book, _DATABASE), key=lambda fault: fault.began)
    gone = []
    for kill in _of(book, {"kill_api"}):
        until = kill.ended
        for fault in away:
            if fault.began <= until + BACK and fault.ended >= kill.began:
                until = max(until, fault.ended)
        gone.append(replace(kill, ended=until))
    return gone


def refused_while_away(book: Book) -> int | None:
    """Deliveries that were refused as they should while the database was away; None when it never was."""
    away = _of(book, _DATABASE)
    return sum(_refused_well(post, away) for post in book.posts) if away else None


def _refused_well(post: Post, away: list[Fault]) -> bool:
    return post.status == 503 and post.retry_after and _near(away, post.at, post.at)


def _first_calls(book: Book) -> dict[str, float]:
    """When the first call for an event began, by the event."""
    event_of = {run.id: run.event for run in book.runs if run.event is not None}
    first: dict[str, float] = {}
    for step in book.steps:
        if (event := event_of.get(step.run)) is not None:
            first[event] = min(first.get(event, step.started_at), step.started_at)
    return first


def _of(book: Book, kinds: Iterable[FaultKind]) -> list[Fault]:
    return [fault for fault in book.faults if fault.kind in kinds]


def _near(faults: list[Fault], began: float, ended: float) -> bool:
    return any(fault.began <= ended and fault.ended >= began for fault in faults)
