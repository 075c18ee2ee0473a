"""Which figures come out of the books, and when memory counts as flat."""

from __future__ import annotations

import pytest
from chaos.memory import growth
from chaos.records import Book, Event, Fault, Post, Rescue, Step
from chaos.report import figures, findings


def test_every_check_is_a_figure_and_times_are_only_those_of_what_was_broken():
    peace = {each.name for each in figures(Book(), 1.0, "q")}
    assert {f"q.{name}" for name in findings(Book())} < peace
    assert not peace & {"q.recovery_s", "q.flush_delay_s", "q.api_back_s"}
    kill = Fault(kind="kill_worker", began=100.0, ended=101.0)
    book = Book(faults=(kill,), rescues=(Rescue("r1", 100.0, 16.5),))
    (recovery,) = [each for each in figures(book, 1.0, "q") if each.name == "q.recovery_s"]
    assert (recovery.value, recovery.goal, recovery.passed) == (16.5, "<= 20", True)
    (unjudged,) = [each for each in figures(Book(faults=(kill,)), 1.0, "q") if each.name == "q.recovery_s"]
    assert not unjudged.passed


def test_what_was_found_is_counted_and_missed():
    post = Post(at=0.0, took=0.1, status=202, events=("e1",))
    step = Step(id="s1", run="r1", node="n", effect="blind", state="unknown", started_at=1.0, written_at=2.0)
    book = Book(posts=(post,), events=(Event(id="e2", trigger="t", received_at=0.0),), steps=(step,))
    told = {each.name: each for each in figures(book, 1.0, "q")}
    assert (told["q.lost"].value, told["q.lost"].passed) == (1, False)
    assert (told["q.unexplained"].value, told["q.unexplained"].passed) == (1, False)
    assert told["q.calls.blind.unknown"].value == 1
    assert told["q.drained_s"].passed
    assert not {each.name: each for each in figures(book, 100.0, "q")}["q.drained_s"].passed


def test_memory_is_flat_when_it_does_not_grow_after_the_warm_up():
    warming = [(float(effects), 50.0 + min(effects, 300) / 10) for effects in range(0, 1000, 10)]
    assert growth(warming) == pytest.approx(0.0, abs=0.02)
    leaking = [(float(effects), 50.0 + effects / 10) for effects in range(0, 1000, 10)]
    assert growth(leaking) == pytest.approx(0.78, abs=0.02)
    assert growth([]) is None
    assert growth([(5.0, 1.0)] * 9) is None
