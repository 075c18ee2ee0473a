"""Figures for Prometheus: what they say, and that there are few of them whatever comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from treadle.runtime import scraping
from treadle.runtime.metrics import MOST_SERIES, REGISTRY, Counter, Histogram, gauge, merged, samples, text


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """What a test makes goes with it."""
    before = list(REGISTRY)
    yield
    REGISTRY[:] = before


def test_the_text_is_prometheus_s() -> None:
    counter = Counter("t_total", "Things.", "kind")
    counter.add('a "b"\\\n')
    counter.add("c", by=2)
    spread = Histogram("t_seconds", "Times.", bounds=(0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 2.0):
        spread.observe(seconds)
    told = text([counter.sample(), spread.sample(), gauge("t", "Now.", {(): 1.5})])
    assert told == (
        "# HELP t_total Things.\n# TYPE t_total counter\n"
        't_total{kind="a \\"b\\"\\\\\\n"} 1\nt_total{kind="c"} 2\n'
        "# HELP t_seconds Times.\n# TYPE t_seconds histogram\n"
        't_seconds_bucket{le="0.1"} 2\nt_seconds_bucket{le="1.0"} 3\nt_seconds_bucket{le="+Inf"} 4\n'
        "t_seconds_sum 2.6499999999999999\nt_seconds_count 4\n"
        "# HELP t Now.\n# TYPE t gauge\nt 1.5\n"
    )


def test_a_hundred_thousand_values_are_a_bounded_number_of_series() -> None:
    counter, spread = Counter("t_total", "Things.", "name"), Histogram("t_seconds", "Times.", "name")
    for number in range(100_000):
        counter.add(f"rule {number}")
        spread.observe(0.1, f"rule {number}")
    for each in (counter.sample(), spread.sample()):
        assert len(each.series) == MOST_SERIES + 1
    assert sum(numbers[0] for _, numbers in counter.sample().series) == 100_000


def test_no_figure_has_a_label_that_holds_what_somebody_wrote() -> None:
    labels = {label for each in REGISTRY for label in each.labels}
    assert labels == {"kind", "outcome", "effect", "connector", "code", "method", "route", "status"}


def test_processes_are_added_up() -> None:
    counter, spread = Counter("t_total", "Things.", "kind"), Histogram("t_seconds", "Times.", bounds=(1.0,))
    counter.add("a")
    spread.observe(0.5)
    one = [counter.sample(), spread.sample()]
    counter.add("b")
    both = merged([one, [counter.sample(), spread.sample()]])
    assert [each.series for each in both] == [[(("a",), [2.0]), (("b",), [1.0])], [((), [2.0, 0.0, 1.0])]]


def test_what_a_process_wrote_is_read_and_what_is_broken_is_left_out(tmp_path: Path) -> None:
    Counter("t_total", "Things.").add()
    scraping._write(tmp_path / "one.figures")
    (tmp_path / "two.figures").write_bytes(b"[{")
    assert scraping._read(tmp_path) == [samples()]
