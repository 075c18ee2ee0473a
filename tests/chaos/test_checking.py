"""Each thing that must not be is found in books that are otherwise in order."""

from __future__ import annotations

from typing import Any

import pytest
from chaos.checking import CHECKS
from chaos.records import Arrival, Book, Cancelled, Event, Fault, Post, Run, Step, Ticks
from msgspec.structs import replace

POST = Post(at=0.0, took=0.1, status=202, events=("e1",))
EVENT = Event(id="e1", trigger="acme.order_placed", received_at=0.0, key="placed:1", group="7")
RUN = Run(id="r1", rule="Remark", kind="rule", status="done", created_at=0.1, event="e1", ended_at=2.0)
STEP = Step(
    id="s1", run="r1", node="n1", effect="blind", state="done", started_at=1.0, written_at=2.0, input='{"order":1}'
)
ARRIVAL = Arrival(effect="s1", path="/orders/1/remarks", at=1.5, applied=True, answer="ok")
GOOD = Book(
    posts=(POST,),
    events=(EVENT,),
    runs=(RUN,),
    steps=(STEP,),
    arrivals=(ARRIVAL,),
    hearing={"acme.order_placed": frozenset({"Remark"})},
    most={"Remark": 1},
    alone=frozenset({"Remark"}),
    ticks=(Ticks(15.0, 100.0, 160.0, 4),),
    left={"waits": 0},
)


def found(book: Book) -> set[str]:
    return {name for name, check in CHECKS.items() if list(check(book))}


def with_step(**more: Any) -> Book:
    """The book, with its one step told otherwise."""
    return replace(GOOD, steps=(replace(STEP, **more),))


def another(**more: Any) -> dict[str, Any]:
    """A second event of the same group, with a run of its own."""
    event = replace(EVENT, id="e2", key="placed:2")
    return {"events": (EVENT, event), "runs": (RUN, replace(RUN, id="r2", event="e2", **more))}


CHANGED = Event(id="e5", trigger="acme.order_changed", received_at=1.0, key="changed:1", about="1")
PLACED = replace(EVENT, about="1")
WENT_ON = replace(STEP, started_at=30.0, written_at=31.0)
STOPS: dict[str, Any] = {"stops": {"Remark": "acme.order_changed"}}


def test_books_in_order_give_no_finding():
    assert found(GOOD) == set()


@pytest.mark.parametrize(
    ("what", "book", "checks"),
    [
        ("an accepted event is not stored", replace(GOOD, posts=(replace(POST, events=("e9",)),)), {"lost"}),
        ("a rule did not hear it", replace(GOOD, runs=(), steps=(), arrivals=()), {"lost"}),
        ("a run has no end", replace(GOOD, runs=(replace(RUN, status="waiting"),)), {"lost"}),
        (
            "an event was taken in twice",
            replace(GOOD, events=(EVENT, replace(EVENT, id="e2")), hearing={}),
            {"doubled"},
        ),
        ("a rule fired twice for one", replace(GOOD, runs=(RUN, replace(RUN, id="r2"))), {"doubled"}),
        (
            "a run made a call twice",
            replace(GOOD, steps=(STEP, replace(STEP, id="s2")), arrivals=(ARRIVAL, replace(ARRIVAL, effect="s2"))),
            {"doubled"},
        ),
        ("a group fired twice", replace(GOOD, **another()), {"doubled"}),
        ("a group did not fire", replace(GOOD, runs=(replace(RUN, status="suppressed"),)), {"lost"}),
        ("an instant was fired twice", replace(GOOD, ticks=(Ticks(15.0, 100.0, 160.0, 5),)), {"doubled"}),
        ("an instant was left out", replace(GOOD, ticks=(Ticks(15.0, 100.0, 160.0, 3),)), {"doubled"}),
        (
            "a blind call arrived twice",
            replace(GOOD, arrivals=(ARRIVAL, replace(ARRIVAL, applied=False))),
            {"repeated"},
        ),
        ("nobody knows of an effect", replace(GOOD, arrivals=(ARRIVAL, replace(ARRIVAL, effect="s9"))), {"repeated"}),
        ("done and not applied", replace(GOOD, arrivals=()), {"misjudged"}),
        ("failed and applied", with_step(state="failed"), {"misjudged"}),
        (
            "stopped by nothing",
            replace(GOOD, runs=(replace(RUN, status="stopped", error="stop_when"),), **STOPS),
            {"unheard"},
        ),
        ("not stopped", replace(GOOD, events=(PLACED, CHANGED), steps=(WENT_ON,), **STOPS), {"unheard"}),
        ("cancelled and went on", replace(GOOD, steps=(WENT_ON,), cancelled=(Cancelled("r1", 1.0),)), {"unheard"}),
        (
            "cancelled and failed",
            replace(GOOD, runs=(replace(RUN, status="failed"),), cancelled=(Cancelled("r1", 1.0),)),
            {"unheard"},
        ),
        (
            "all is quiet and nothing fires",
            replace(GOOD, runs=(replace(RUN, status="suppressed"),), most={}, quiet=frozenset({"Remark"})),
            {"unheard"},
        ),
        ("no outcome", with_step(state="intent", written_at=None), {"misjudged"}),
        (
            "a doubt that counts as failed",
            replace(with_step(state="failed"), arrivals=(replace(ARRIVAL, applied=False, answer="doubt"),)),
            {"misjudged"},
        ),
        ("unknown for no reason", with_step(state="unknown"), {"unexplained"}),
        ("rows are left", replace(GOOD, left={"waits": 2}), {"endless"}),
    ],
)
def test_what_must_not_be_is_found(what, book, checks):
    assert found(book) == checks, what


def fault(kind: str, began: float, ended: float) -> tuple[Fault, ...]:
    return (Fault(kind=kind, began=began, ended=ended),)


@pytest.mark.parametrize(
    ("book", "checks"),
    [
        (replace(with_step(state="unknown"), faults=fault("kill_worker", 1.6, 5.0)), set()),
        (replace(with_step(state="unknown"), faults=fault("kill_worker", 2.5, 5.0)), {"unexplained"}),
        (replace(with_step(state="unknown"), faults=fault("kill_api", 1.6, 5.0)), {"unexplained"}),
        (replace(with_step(state="unknown"), arrivals=(replace(ARRIVAL, answer="doubt"),)), set()),
    ],
    ids=["its worker died", "a worker died later", "the API died", "the service answered 500"],
)
def test_unknown_needs_a_reason(book, checks):
    assert found(book) == checks


def test_idempotent_calls_may_arrive_often_and_checkable_ones_twice_only_around_a_freeze():
    twice = replace(GOOD, arrivals=(ARRIVAL, replace(ARRIVAL, at=1.9)))
    assert found(replace(twice, steps=(replace(STEP, effect="idempotent"),))) == set()
    checkable = replace(twice, steps=(replace(STEP, effect="checkable"),))
    assert found(checkable) == {"repeated"}
    assert found(replace(checkable, faults=fault("freeze", 1.4, 1.8))) == set()


def test_a_suppressed_firing_and_one_after_the_other_are_in_order():
    assert found(replace(GOOD, **another(status="suppressed"))) == set()
    queued = replace(GOOD, **another(), most={})
    later = replace(STEP, id="s2", run="r2", started_at=2.5, written_at=3.0)
    arrivals = (ARRIVAL, replace(ARRIVAL, effect="s2"))
    assert found(replace(queued, steps=(STEP, later), arrivals=arrivals)) == set()
    meanwhile = replace(later, started_at=1.5)
    assert found(replace(queued, steps=(STEP, meanwhile), arrivals=arrivals)) == {"doubled"}
