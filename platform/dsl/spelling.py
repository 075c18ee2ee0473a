"""Did you mean: the one place that guesses what a misspelt word was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_CUTOFF = 0.6  # difflib's own default; a transposition in a word of four letters still passes it
_LONGEST = 100  # characters; nobody mistypes one letter of more, and comparing costs their square


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to `word`, or None when nothing is near. Case is ignored, the candidate's own is kept."""
    if len(word) > _LONGEST:
        return None
    known = {each.casefold(): each for each in candidates if each != word and len(each) <= _LONGEST}
    near = get_close_matches(word.casefold(), known, n=1, cutoff=_CUTOFF)
    return known[near[0]] if near else None


def did_you_mean(word: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The same as the notes of a diagnostic: one sentence, or none."""
    near = suggest(word, candidates)
    return (f"did you mean `{near}`?",) if near else ()
