"""Texts that are too much end with a clear diagnostic and stay within the memory; seconds are those of `make fuzz`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[3]))

from fuzz.bombs import TEXTS
from fuzz.heavy import MEMORY_MB, answers, weighed


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "3,000 not",
        "50,000 parentheses",
        "a line of 5 MB",
        "100,000 and",
        "a file of 50 MB",
        "text doubled by lets",
        "lists doubled by types",
        "replace doubled by lets",
    ],
)
def test_what_is_too_much_is_refused_within_the_memory(name: str) -> None:
    found = weighed("bomb", name)
    assert found is not None
    assert answers(TEXTS[name], found.codes), found.codes
    assert MEMORY_MB.met(found.memory_mb), found.memory_mb
