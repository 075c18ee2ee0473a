"""What the services answer with: plain data, the same for the API and for language servers.

Places are given as `Position` (line and column from 1, columns in code points); stretches come back as `Span`, edits as
`TextEdit` with offsets in the file's text as it is.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.spans import Span

SymbolKind = Literal[
    "local", "let", "function", "use", "rule", "sequence", "event", "agent", "calendar", "limit", "test", "label",
    "field", "action", "trigger", "type", "builtin", "plugin",
]  # fmt: skip
ItemKind = Literal[
    "keyword", "snippet", "local", "let", "function", "builtin", "field", "plugin", "action", "trigger", "type",
    "argument", "value", "unit", "event", "agent", "sequence", "rule", "calendar",
]  # fmt: skip


class Location(msgspec.Struct, frozen=True):
    """A stretch of a file."""

    file: str
    span: Span


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """One completion: `label` is shown, `edit` writes it. With `snippet` the edit's text has the tab stops of editors
    (`$1`, `${2:name}`, `$0`); everything else is literal. `detail` is a type or a signature, `doc` is Markdown. `rank`
    orders items, smaller first; the same rank is ordered by label.
    """

    label: str
    kind: ItemKind
    edit: TextEdit
    detail: str = ""
    doc: str = ""
    snippet: bool = False
    rank: int = 5


class Hover(msgspec.Struct, frozen=True):
    """What is said of the stretch; `text` is Markdown."""

    span: Span
    text: str


class ParameterHelp(msgspec.Struct, frozen=True):
    """One parameter as it stands in the signature's label, with its text."""

    label: str
    doc: str = ""


class Signature(msgspec.Struct, frozen=True):
    """A call that is being written: `active` is the parameter at the cursor, None when it is none of them."""

    label: str
    doc: str
    parameters: tuple[ParameterHelp, ...]
    active: int | None


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration, a clause or a step in the tree of a file; `name_span` is the part to put the cursor on."""

    name: str
    kind: str
    detail: str
    span: Span
    name_span: Span
    children: tuple[Outline, ...] = ()


class WorkspaceSymbol(msgspec.Struct, frozen=True):
    """A declaration of the workspace, for a search by name."""

    name: str
    kind: str
    location: Location


class SemanticToken(msgspec.Struct, frozen=True):
    """A word with what it means. `modifiers` are of `declaration`, `readonly`, `defaultLibrary`."""

    span: Span
    kind: SymbolKind
    modifiers: tuple[str, ...] = ()


class Fold(msgspec.Struct, frozen=True):
    """Lines (from 1, both in) that can be folded into the first."""

    first: int
    last: int
    kind: Literal["region", "comment"] = "region"


class Action(msgspec.Struct, frozen=True):
    """A change that repairs the diagnostic of a code; `preferred` when it is the only one."""

    title: str
    code: str
    edits: tuple[TextEdit, ...]
    preferred: bool


class Hint(msgspec.Struct, frozen=True):
    """Text that an editor shows behind the offset and does not write."""

    line: int
    col: int
    text: str


Edits = dict[str, tuple[TextEdit, ...]]
"""Edits by file, each tuple in order of the text."""


class Refused(ValueError):
    """What was asked for cannot be done; the message is one sentence for the person who asked."""
