"""The laws of `fuzz.laws` over fixed seeds, and over the texts that once broke one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.dsl.harness import Case, cases

sys.path.append(str(Path(__file__).parents[3]))

from fuzz.seeds import try_seeds, try_text

_CHUNK = 25


@pytest.mark.parametrize("first", range(0, 10 * _CHUNK, _CHUNK))
def test_the_laws_hold_for_what_the_seeds_give(first: int) -> None:
    assert [str(each) for each in try_seeds(range(first, first + _CHUNK))] == []


@pytest.mark.parametrize("case", cases("fuzz"), ids=str)
def test_what_once_broke_a_law_holds(case: Case) -> None:
    assert [str(each) for seed in range(3) for each in try_text(case.text, seed)] == []
