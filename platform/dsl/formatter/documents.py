"""Layout of text in a width: pieces that may break, and the choice of where they do.

After Wadler's "A prettier printer": a group stands on one line when it fits and breaks at all its own places when not.
Knows nothing of the language.
"""

from __future__ import annotations

from typing import NamedTuple


class Break(NamedTuple):
    """A place where a line may end; on one line it shows as `flat`. `comma` is written before it when it breaks."""

    flat: str = " "
    comma: str = ""


class Nest(NamedTuple):
    """Breaks inside begin the next line `by` columns deeper."""

    by: int
    of: Document


class Group(NamedTuple):
    """Breaks all its own places, or none."""

    of: Document


class Concat(NamedTuple):
    """One after the other."""

    parts: tuple[Document, ...]


Document = str | Break | Nest | Group | Concat
_Item = tuple[int, bool, Document]  # indentation, whether breaks here end the line, what


def concat(*parts: Document) -> Concat:
    """The parts one after the other."""
    return Concat(parts)


def render(document: Document, indent: int, width: int) -> str:
    """The text of a document that begins in column `indent`; that column itself is not written."""
    shown: list[str] = []
    column, rest = indent, [(indent, True, document)]
    while rest:
        depth, breaks, item = rest.pop()
        if isinstance(item, Group):
            breaks = not _fits(item.of, rest, width - column)
            rest.append((depth, breaks, item.of))
        elif isinstance(item, Nest | Concat):
            rest.extend(_inside(depth, breaks, item))
        else:
            text = _text(item, depth, breaks)
            shown.append(text)
            column = _column(text, column)
    return "".join(shown)


def _inside(depth: int, breaks: bool, item: Nest | Concat) -> list[_Item]:  # noqa: FBT001
    if isinstance(item, Nest):
        return [(depth + item.by, breaks, item.of)]
    return [(depth, breaks, part) for part in reversed(item.parts)]


def _text(item: str | Break, depth: int, breaks: bool) -> str:  # noqa: FBT001
    if isinstance(item, str):
        return item
    return f"{item.comma}\n{' ' * depth}" if breaks else item.flat


def _column(text: str, before: int) -> int:
    at = text.rfind("\n")
    return before + len(text) if at < 0 else len(text) - at - 1


def _fits(document: Document, following: list[_Item], room: int) -> bool:
    """Whether the document on one line, and what follows it up to the next line end, has at most `room` columns."""
    ahead = len(following)
    items: list[_Item] = [(0, False, document)]
    while room >= 0:
        if not items:
            if ahead == 0:
                return True
            ahead -= 1
            items.append(following[ahead])
        depth, breaks, item = items.pop()
        if isinstance(item, Group):
            items.append((depth, breaks, item.of))
        elif isinstance(item, Nest | Concat):
            items.extend(_inside(depth, breaks, item))
        elif isinstance(item, Break) and breaks:
            return True
        else:
            text = _text(item, depth, breaks=False)
            room -= len(text.partition("\n")[0])
            if "\n" in text:
                return room >= 0
    return False
