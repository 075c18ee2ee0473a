"""What was found out about a declaration, as it is when the same text stands elsewhere in its file.

Owns the copying of whatever holds spans, and nothing about what it means. A declaration begins in the first column, so
moving it changes offsets and lines, never columns.
"""

from __future__ import annotations

from functools import cache
from inspect import isclass
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec.structs import replace

from treadle.dsl.spans import Span

T = TypeVar("T")


def moved(value: T, by: int, lines: int) -> T:
    """`value` (a tree, a graph, facts, a test) with all of its spans `by` characters and `lines` lines further on."""

    def move(each: Any) -> Any:
        kind = each.__class__
        if kind is Span:
            return Span(
                each.start + by, each.end + by, each.line + lines, each.col, each.end_line + lines, each.end_col
            )
        if kind is tuple:
            return tuple(map(move, each))
        if kind is dict:
            return {key: move(item) for key, item in each.items()}
        names = _HOLDERS[kind]
        return replace(each, **{name: move(getattr(each, name)) for name in names}) if names else each

    return move(value)  # type: ignore[no-any-return]


class _Holders(dict[type, tuple[str, ...]]):
    """The fields of a struct that spans stand in, themselves or deeper; none of any other type."""

    def __missing__(self, kind: type) -> tuple[str, ...]:
        found = self[kind] = tuple(name for name, of in _fields(kind).items() if Span in _within(of, set()))
        return found


_HOLDERS = _Holders()


def _within(type: Any, found: set[Any]) -> set[Any]:
    """All types that a value of this type can hold, added to those that are found."""
    if type not in found:
        found.add(type)
        for part in _fields(type).values() or get_args(type):
            _within(part, found)
    return found


@cache
def _fields(type: Any) -> dict[str, Any]:
    return get_type_hints(type) if isclass(type) and issubclass(type, msgspec.Struct) else {}
