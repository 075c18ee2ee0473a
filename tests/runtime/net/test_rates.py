"""The bound on a connection's requests, on a clock of its own."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.runtime.net.rates import LocalRates, Rate


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("text", "rate"), [("7/s", Rate(7, 1)), ("100/min", Rate(100, 60)), ("1000/h", Rate(1000, 3600))]
)
def test_rates_are_read(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize("text", ["", "7", "0/s", "-1/s", "7/d", "1.5/s", "7 /s", "s/7"])
def test_wrong_rates_say_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="7/s"):
        Rate.parse(text)


@given(st.lists(st.floats(0, 0.5), min_size=10, max_size=60), st.integers(1, 8))
async def test_no_period_holds_more_than_the_count(steps: list[float], count: int) -> None:
    clock = Time()
    rates, rate, places = LocalRates(clock), Rate(count, 1.0), []
    for step in steps:
        clock.now += step
        places.append(clock.now + await rates.take("key", rate, within=1e9))
    assert all(later >= earlier - 1e-9 for earlier, later in itertools.pairwise(places))
    assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in zip(places, places[count:], strict=False))


async def test_a_place_that_comes_too_late_is_not_taken() -> None:
    clock = Time()
    rates, rate = LocalRates(clock), Rate(1, 1.0)
    assert await rates.take("key", rate, within=0) == 0
    for _ in range(3):
        assert await rates.take("key", rate, within=0.5) == pytest.approx(1.05)
    clock.now = 1.1
    assert await rates.take("key", rate, within=0) == 0


async def test_keys_do_not_share() -> None:
    rates = LocalRates(Time())
    assert [await rates.take(key, Rate(1, 1.0), within=0) for key in "abc"] == [0, 0, 0]
