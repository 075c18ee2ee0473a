"""Joining what was sent with what arrived: nothing that went wrong may look right."""

from __future__ import annotations

import pytest
from bench.load import Order, Sent
from bench.measure import join, require_clean
from bench.processes import HarnessError
from bench.sink import Arrivals

ORDER = Order(["http://h:1/"], "plain", first=100, count=4, connections=1, status=200)


def sent(*answered: float) -> Sent:
    return Sent([1.0, 2.0, 3.0, 4.0], list(answered), [], [], 0.0)


def test_a_clean_volley() -> None:
    result = join(ORDER, sent(1.1, 2.1, 3.1, 4.1), Arrivals([100, 102, 101, 103], [1.2, 3.3, 3.5, 5.0]), [])

    assert result.clean
    assert result.seconds == 4.0
    assert result.events_per_s == 1.0
    assert result.to_sink.p99 == pytest.approx(1500)
    assert result.to_ack.p99 == pytest.approx(100)


def test_every_fault_is_counted() -> None:
    result = join(ORDER, sent(1.1, 2.1, 0.0, 4.1), Arrivals([100, 100, 103, 999], [1.2, 1.3, 5.0, 6.0]), [])

    assert (result.lost, result.repeated, result.refused, result.strange) == (1, 1, 1, 1)
    assert result.to_sink.count == 2
    with pytest.raises(HarnessError, match=r"1 lost, 1 repeated, 1 refused, 1 strange"):
        require_clean(result, "a test")


def test_a_repeated_arrival_counts_with_its_first_time() -> None:
    result = join(ORDER, sent(1.1, 2.1, 3.1, 4.1), Arrivals([100, 101, 102, 103, 100], [2, 3, 4, 5, 99]), [])

    assert result.seconds == 4.0
    assert result.repeated == 1


def test_throughput_counts_events_and_not_arrivals() -> None:
    result = join(ORDER, sent(1.1, 2.1, 3.1, 4.1), Arrivals([100, 100, 100], [2.0, 3.0, 4.0]), [])

    assert result.events_per_s == 1.0
    assert result.lost == 3


def test_without_a_worker_only_answers_count() -> None:
    result = join(ORDER, sent(1.1, 2.1, 3.1, 4.1), Arrivals([], []), [], arrives=False)

    assert (result.lost, result.refused, result.seconds) == (0, 0, pytest.approx(3.1))
