"""How many findings of one file are shown. Owns the bound; which findings count is decided before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from treadle.dsl.codes import Code
from treadle.dsl.diagnostics import Diagnostic, Severity
from treadle.dsl.limit_codes import MORE_ERRORS, MORE_WARNINGS

SHOWN = 200  # errors of a file, and warnings of a file
_REST: dict[Severity, Code] = {"error": MORE_ERRORS, "warning": MORE_WARNINGS}


def shortened(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The first findings of each file, and in the place of the rest one that counts them; the order stays."""
    counts: Counter[tuple[str, Severity]] = Counter()
    rests: dict[tuple[str, Severity], int] = {}
    kept: list[Diagnostic] = []
    for each in found:
        key = (each.file, each.severity)
        counts[key] += 1
        if counts[key] <= SHOWN:
            kept.append(each)
        elif key not in rests:
            rests[key] = len(kept)
            kept.append(each)
    for key, place in rests.items():
        first = kept[place]
        kept[place] = _REST[first.severity].at(first.file, first.span, count=counts[key] - SHOWN)
    return tuple(kept)
