"""Terms that look into a text: `lead.name contains "clinic"`, `starts with`, `ends with`, with a constant text.

No table answers these. Owns the short way to their answers, past the evaluator, for the plain case of a text.
"""

from __future__ import annotations

from collections.abc import Callable

from treadle.dsl import expressions as ex
from treadle.dsl.indexing.paths import path_from, reader
from treadle.dsl.values import Value

Quick = Callable[[Value], bool | None]
"""Whether the term is true of an event; None when the evaluator has to be asked."""

_LONGEST = 1_000_000  # characters: far below what the evaluator's meter allows


def quick_of(expr: ex.Expr, event: str) -> Quick | None:
    """The short way for a term on the event of that name; None when it has none."""
    match expr:
        case ex.Binary("contains" | "starts with" | "ends with" as sign, of, ex.Lit(str() as text, "text")):
            path = path_from(of, event)
            return _quick(sign, reader(path), text) if path and len(text) <= _LONGEST else None
        case _:
            return None


def _quick(sign: str, read: Callable[[Value], Value], text: str) -> Quick:
    def contains(event: Value) -> bool | None:
        value = read(event)
        return text in value if type(value) is str and len(value) <= _LONGEST else None

    def starts(event: Value) -> bool | None:
        value = read(event)
        return value.startswith(text) if type(value) is str and len(value) <= _LONGEST else None

    def ends(event: Value) -> bool | None:
        value = read(event)
        return value.endswith(text) if type(value) is str and len(value) <= _LONGEST else None

    return {"contains": contains, "starts with": starts, "ends with": ends}[sign]
