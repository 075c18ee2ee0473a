"""Plays of the simulator: every seed that once found a fault, a few more, and the laws themselves."""

from __future__ import annotations

import pytest
from simulator.laws import broken
from simulator.play import play
from simulator.run import kept

A_FEW = range(1000, 1012)


@pytest.mark.parametrize("seed", [*kept(), *A_FEW])
def test_what_was_accepted_has_its_one_outcome_whatever_goes_wrong(seed: int) -> None:
    assert broken(play(seed)) == []


def test_the_same_seed_gives_the_same_history() -> None:
    assert play(kept()[0]).trace == play(kept()[0]).trace
