"""What the formatter must not change: the meaning and the comments of a declaration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from treadle.dsl.formatter.clauses import rank
from treadle.dsl.nodes import Clause, Decl, Node
from treadle.dsl.parser.declarations import read_declaration
from treadle.dsl.parser.layout import Line, arrange

_PLACES = ("id", "span", "source")


def same(decl: Decl, before: str, after: str) -> bool:
    """Whether `after` reads as `decl`, but for places, with the comments that stand in `before`."""
    new = read_declaration("", after, 0, 1)
    if new.diagnostics or shape(decl) != shape(new.decl):
        return False
    # The second question does not lean on the layout, which printed the comments in the first place.
    return sorted(comments(before)) == sorted(comments(after)) and before.count("#") == after.count("#")


def shape(value: Any) -> Any:
    """A tree as plain tuples without ids, spans and spellings; clauses in canonical order."""
    if isinstance(value, Node):
        fields = (name for name in value.__struct_fields__ if name not in _PLACES)
        return type(value).__name__, *(shape(getattr(value, name)) for name in fields)
    if isinstance(value, tuple):
        items = sorted(value, key=rank) if value and all(isinstance(item, Clause) for item in value) else value
        return tuple(shape(item) for item in items)
    return value


def comments(block: str) -> Iterator[str]:
    """The comments of a block."""
    lines: list[Line] = [arrange(block)]
    while lines:
        line = lines.pop()
        lines += line.children
        found = [aside.comment for aside in (*line.before, *line.after)]
        found += [*line.scan.inner, *([line.scan.comment] if line.scan.comment else [])]
        yield from (block[comment.start : comment.end] for comment in found)
