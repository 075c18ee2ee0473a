"""Functions on text (and `length`, `slice`, which lists have too). Owns their declarations and behaviour."""

from __future__ import annotations

from treadle.dsl.builtins.declaration import T, declare, takes
from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.operations.scope import Scope
from treadle.dsl.typesystem import INT, TEXT, ListOf, MapOf
from treadle.dsl.values import Value

_GROUP = "Text"


@declare(
    _GROUP,
    "lower",
    "The text in small letters, so that texts can be compared whatever their case.",
    takes(TEXT, text=TEXT),
    examples={'lower("Ana ÑU")': '"ana ñu"'},
)
def lower(scope: Scope, text: str) -> str:
    """`lower`."""
    scope.room_for_text(len(text))
    return text.lower()


@declare(
    _GROUP,
    "upper",
    "The text in capital letters.",
    takes(TEXT, text=TEXT),
    examples={'upper("ñu")': '"ÑU"'},
)
def upper(scope: Scope, text: str) -> str:
    """`upper`."""
    scope.room_for_text(len(text))
    return text.upper()


@declare(
    _GROUP,
    "trim",
    "The text without spaces and line ends at both ends.",
    takes(TEXT, text=TEXT),
    examples={'trim("  a b ")': '"a b"', '" x ".trim()': '"x"'},
)
def trim(scope: Scope, text: str) -> str:
    """`trim`."""
    scope.room_for_text(len(text))
    return text.strip()


@declare(
    _GROUP,
    "replace",
    "The text with every `old` replaced by `new`; `old` is plain text, not a pattern, and not empty.",
    takes(TEXT, text=TEXT, old=TEXT, new=TEXT),
    examples={'replace("a-b-c", "-", "+")': '"a+b+c"'},
)
def replace(scope: Scope, text: str, old: str, new: str) -> str:
    """`replace`."""
    if not old:
        raise EvaluationError("arithmetic", "replace needs a text to look for, this one is empty")
    scope.room_for_text(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


@declare(
    _GROUP,
    "split",
    "The parts of the text between the separators; without a separator, its words.",
    takes(ListOf(TEXT), text=TEXT),
    takes(ListOf(TEXT), text=TEXT, by=TEXT),
    examples={'split("a,b,,c", ",")': '["a", "b", "", "c"]', 'split(" two  words ")': '["two", "words"]'},
)
def split(scope: Scope, text: str, by: str | None = None) -> list[str]:
    """`split`."""
    if by == "":
        raise EvaluationError("arithmetic", "split needs a separator, this one is empty")
    scope.room_for_text(len(text))
    most = scope.limits.items
    parts = text.split(by, most)
    scope.room_for_items(len(parts))
    return parts


@declare(
    _GROUP,
    "length",
    "How many characters the text has, or how many items the list or the map.",
    takes(INT, text=TEXT),
    takes(INT, list=ListOf(T)),
    takes(INT, map=MapOf(T)),
    examples={'length("ñu")': "2", "length([1, 2, 3])": "3"},
)
def length(scope: Scope, value: Value) -> int:
    """`length`."""
    return len(value)


@declare(
    _GROUP,
    "slice",
    "The characters or items from position `start`, counted from 0, up to and without `end`; negative positions count "
    "from the end. What lies outside is left out.",
    takes(TEXT, text=TEXT, start=INT),
    takes(TEXT, text=TEXT, start=INT, end=INT),
    takes(ListOf(T), list=ListOf(T), start=INT),
    takes(ListOf(T), list=ListOf(T), start=INT, end=INT),
    examples={'slice("treadle", 0, 3)': '"tre"', 'slice("treadle", -3)': '"dle"', "slice([1, 2, 3], 1)": "[2, 3]"},
)
def slice_of(scope: Scope, value: Value, start: int, end: int | None = None) -> Value:
    """`slice`."""
    part = value[start:end]
    if isinstance(part, str):
        scope.room_for_text(len(part))
    else:
        scope.room_for_items(len(part))
    return part


FUNCTIONS = (lower, upper, trim, replace, split, length, slice_of)
