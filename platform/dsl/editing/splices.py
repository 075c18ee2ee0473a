"""Edits of one text: applied, made as small as they can be, and turned around. Knows no language."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from treadle.dsl.diagnostics import TextEdit

Edits = tuple[TextEdit, ...]


class Change(msgspec.Struct, frozen=True):
    """What becomes of one file: its text, the edits of the text before, and those of `text` that lead back.

    Edits are in order and do not overlap; their offsets are those of the text that they are applied to.
    """

    text: str
    edits: Edits
    inverse: Edits


def change(text: str, edits: Iterable[TextEdit]) -> Change:
    """The edits applied to a text. They may be in any order; those at one place apply in the order given."""
    smallest = tuple(_smallest(text, sorted(edits, key=lambda edit: (edit.start, edit.end))))
    inverse: list[TextEdit] = []
    parts: list[str] = []
    at = shift = 0
    for edit in smallest:
        parts += [text[at : edit.start], edit.text]
        start = edit.start + shift
        inverse.append(TextEdit(start, start + len(edit.text), text[edit.start : edit.end]))
        shift += len(edit.text) - (edit.end - edit.start)
        at = edit.end
    return Change("".join([*parts, text[at:]]), smallest, tuple(inverse))


def applied(text: str, edits: Iterable[TextEdit]) -> str:
    """The text that edits lead to."""
    return change(text, edits).text


def _smallest(text: str, edits: list[TextEdit]) -> Iterable[TextEdit]:
    """Without what the edits leave as it is, and those that leave all."""
    for edit in edits:
        old, new = text[edit.start : edit.end], edit.text
        head = _common(old, new)
        tail = _common(old[head:][::-1], new[head:][::-1])
        if head + tail < max(len(old), len(new)):
            yield TextEdit(edit.start + head, edit.end - tail, new[head : len(new) - tail])


def _common(left: str, right: str) -> int:
    """How many characters both begin with."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
