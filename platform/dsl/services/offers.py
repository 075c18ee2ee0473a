"""The list that a completion becomes. Owns how an item's edit is made and which of two of one name stays."""

from __future__ import annotations

from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.services.probing import Cursor
from treadle.dsl.services.shapes import Completion, ItemKind

NEAR, GOOD, PLAIN, FAR = 1, 3, 5, 8
"""Ranks: what is surely meant, what fits, what may stand here, what only might."""


class Offers:
    """Takes items for one cursor; the first of a label and kind is kept."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self._found: dict[tuple[str, str], Completion] = {}

    def add(
        self,
        label: str,
        kind: ItemKind,
        text: str | None = None,
        *,
        detail: str = "",
        doc: str = "",
        snippet: bool = False,
        rank: int = PLAIN,
        back: int | None = None,
    ) -> None:
        """Take an item; `text` is written in place of the word before the cursor, or of `back` characters."""
        end = self.cursor.offset
        start = end - (len(self.cursor.prefix.word) if back is None else back)
        edit = TextEdit(start, end, label if text is None else text)
        item = Completion(label=label, kind=kind, edit=edit, detail=detail, doc=doc, snippet=snippet, rank=rank)
        self._found.setdefault((label, kind), item)

    def items(self) -> tuple[Completion, ...]:
        """All, the likeliest first."""
        return tuple(sorted(self._found.values(), key=lambda each: (each.rank, each.label.casefold(), each.label)))


def stops(names: list[str], between: str = ", ", form: str = "{name}: {stop}") -> str:
    """A list of names, each with a tab stop behind it."""
    parts = (form.format(name=name, stop=f"${{{at}}}") for at, name in enumerate(names, start=1))
    return between.join(parts)


def literal(text: str) -> str:
    """A text as it stands in a snippet."""
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")
