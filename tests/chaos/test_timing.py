"""What the books say about time is judged only where nothing else was broken nearby."""

from __future__ import annotations

import pytest
from chaos import timing
from chaos.records import Book, Event, Fault, Post, Rescue, Run, Step
from msgspec.structs import replace

OUTAGE = Fault(kind="postgres_5", began=100.0, ended=105.0)
TAKEN = Post(at=0.0, took=0.1, status=202)
REFUSED = Post(at=101.0, took=0.2, status=503, retry_after=True)


def test_recovery_is_the_longest_wait_for_another_worker():
    book = Book(rescues=(Rescue("r1", 50.0, 9.0), Rescue("r2", 50.0, 16.0)))
    assert timing.recovery(book) == 16.0
    assert timing.recovery(replace(book, rescues=(*book.rescues, Rescue("r3", 50.0, None)))) == float("inf")
    assert timing.recovery(Book(rescues=(Rescue("r1", 99.0, 30.0),), faults=(OUTAGE,))) is None
    assert timing.recovery(replace(book, rescues=(*book.rescues, Rescue("r3", 50.0, 40.0, again=True)))) == 16.0
    assert timing.recovery(Book()) is None


def test_a_flush_costs_what_events_wait_after_it():
    flush = Fault(kind="queue_flush", began=50.0, ended=51.0)
    event = Event(id="e1", trigger="t", received_at=50.5)
    run = Run(id="r1", rule="R", kind="rule", status="done", created_at=50.5, event="e1")
    steps = tuple(
        Step(id=f"s{at}", run="r1", node="n", effect="blind", state="done", started_at=at) for at in (54.0, 52.0)
    )
    book = Book(faults=(flush,), events=(event, replace(event, id="e2")), runs=(run,), steps=steps)
    assert timing.flush_delay(book) == 1.5
    freeze = Fault(kind="freeze", began=40.0, ended=60.0)
    assert timing.flush_delay(replace(book, faults=(flush, freeze))) is None


def test_the_api_is_back_when_the_last_delivery_was_refused():
    posts = (TAKEN, REFUSED, replace(REFUSED, at=107.0), replace(TAKEN, at=108.0))
    book = Book(posts=posts, faults=(OUTAGE,))
    assert timing.back_to_normal(book) == pytest.approx(2.2)
    assert list(timing.wrong_answers(book)) == []
    assert timing.refused_while_away(book) == 1
    assert timing.back_to_normal(replace(book, posts=(replace(TAKEN, at=106.0),))) == 0.0
    next_one = Fault(kind="kill_api", began=110.0, ended=111.0)
    assert timing.back_to_normal(replace(book, faults=(OUTAGE, next_one))) is None
    assert timing.refused_while_away(Book()) is None


def test_wrong_answers():
    def wrong(post: Post, *faults: Fault) -> int:
        return len(list(timing.wrong_answers(Book(posts=(post,), faults=faults))))

    silence = Post(at=101.0, took=1.0, status=None)
    assert wrong(TAKEN) == wrong(REFUSED, OUTAGE) == 0
    assert wrong(REFUSED) == 1
    assert wrong(replace(REFUSED, retry_after=False), OUTAGE) == 1
    assert wrong(replace(REFUSED, status=500), OUTAGE) == 1
    assert wrong(silence, OUTAGE) == 1
    assert wrong(silence, Fault(kind="kill_api", began=100.0, ended=102.0)) == 0
    kill = Fault(kind="kill_api", began=99.0, ended=99.5)
    assert wrong(replace(silence, at=119.0), OUTAGE, kill) == 0, "it needs the database to start"
    assert wrong(replace(silence, at=121.0), OUTAGE, kill) == 1
