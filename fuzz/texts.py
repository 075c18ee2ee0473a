"""Which text a seed gives: made by the grammar, or one of ours or a made one with damage."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

from tests.dsl.harness import cases

from fuzz import grammar
from fuzz.mutating import mutated

_TESTS = Path(__file__).parents[1] / "tests"
_MADE = 40


@cache
def known() -> tuple[str, ...]:
    """The samples, the cases of the language, and some made files."""
    samples = [path.read_text(encoding="utf-8") for path in sorted((_TESTS / "samples").rglob("*.rule"))]
    given = [case.text for folder in ("parse", "check", "format") for case in cases(folder)]
    return (*samples, *given, *(grammar.file(seed) for seed in range(_MADE)))


def text_of(seed: int) -> str:
    """The text of a seed: two of five are well-formed."""
    if seed % 5 < 2:
        return grammar.file(seed)
    return mutated(Random(seed), known())
