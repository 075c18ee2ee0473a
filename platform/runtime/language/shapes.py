"""What editors ask of the language and what they are answered: the bodies of `/language/...`. Owns shapes and bounds.

Lines and columns count from 1, offsets from 0; columns and offsets count code points, not UTF-16 units. A `span` is
`[start, end, line, column, end line, end column]`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from treadle.dsl.diagnostics import Position, Report, TextEdit
from treadle.dsl.editing import AnyOperation, DeclRef
from treadle.dsl.graph import Graph
from treadle.dsl.services import Completion, Hover, Outline, WorkspaceSymbol
from treadle.runtime.trials.explaining import Considered

Path = Annotated[str, Meta(min_length=1, max_length=400, description="The path of a rule file in the workspace.")]
Text = Annotated[str, Meta(max_length=5_000_000, description="Its whole text, as it is in the editor.")]
Base = Annotated[str, Meta(max_length=100, description="The `base` of an answer before; an edit insists on it.")]
Line = Annotated[int, Meta(ge=1, le=10_000_000)]
Words = Annotated[str, Meta(max_length=200)]


class OnFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question about one file. The other files are those of the workspace, as they are stored."""

    file: Path
    text: Text
    base: Base | None = None


class OnPlace(OnFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question about a place; one behind the end of its line is taken for that end."""

    line: Line
    col: Line


class ToCheck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One edited file (`file`, `text`) among those of the workspace, or `files`: a set of its own, by path.

    `everywhere` asks for the diagnostics of all files, not only of the edited one.
    """

    file: Path | None = None
    text: Text | None = None
    base: Base | None = None
    files: Annotated[dict[Path, Text], Meta(max_length=20_000)] | None = None
    everywhere: bool = False

    def __post_init__(self) -> None:
        if (self.file is None) != (self.text is None) or (self.file is None) == (self.files is None):
            raise ValueError("give `file` and `text`, or `files`")


class ToSymbols(OnFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tree of a file; with `query` instead, the declarations of all files whose names have its letters in order."""

    query: Words | None = None


class ToGraph(OnFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The graphs of a file, or only of the rule or sequence `name`; `drawing` asks for a picture as well."""

    name: Words | None = None
    drawing: Literal["mermaid", "svg"] | None = None


class ToEdit(OnFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Operations, done one after the other: all of them or none. A `base` that is no longer current is refused."""

    operations: Annotated[tuple[AnyOperation, ...], Meta(min_length=1, max_length=200)]


class ToTest(OnFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tests of a file; with `words`, those whose file and name hold all of these words."""

    words: Words = ""


class ToExplain(OnFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stored event by its id, or one made up: its trigger in full (`acme.order_placed`) and its data."""

    event: UUID | None = None
    trigger: Words | None = None
    data: Any = None

    def __post_init__(self) -> None:
        if (self.event is None) == (self.trigger is None):
            raise ValueError("give `event`, or `trigger` and `data`")


class Elsewhere(msgspec.Struct, frozen=True):
    """How much is wrong with another file."""

    file: str
    errors: int
    warnings: int


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; empty when the files are sound. `base` names the files of the workspace that were looked at,
    None for a set of its own. `elsewhere` counts what is wrong with files whose diagnostics were not asked for.
    """

    diagnostics: tuple[Report, ...]
    base: str | None = None
    elsewhere: tuple[Elsewhere, ...] = ()


class Reformatted(msgspec.Struct, frozen=True, kw_only=True):
    """The canonical text with the edits that lead to it. What could not be read stays as it was."""

    text: str
    edits: tuple[TextEdit, ...]
    diagnostics: tuple[Report, ...]


class Completions(msgspec.Struct, frozen=True, kw_only=True):
    """What may be written at the place, the likeliest first."""

    items: tuple[Completion, ...]
    base: str


class Hovered(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the name at the place; None where there is nothing to say."""

    hover: Hover | None
    base: str


class Symbols(msgspec.Struct, frozen=True, kw_only=True):
    """The tree of the file (`symbols`), or what a query found in all files (`found`)."""

    symbols: tuple[Outline, ...] = ()
    found: tuple[WorkspaceSymbol, ...] = ()
    base: str


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """The graph of one rule or sequence, and the hash that names it."""

    version: str
    graph: Graph


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """A rule or a sequence, with what operations call its steps: ids with their start and end in the text. They are
    those of the graph, and are there as well where a fault keeps the declaration from having one.
    """

    decl: DeclRef
    steps: dict[str, tuple[int, int]]


class Graphs(msgspec.Struct, frozen=True, kw_only=True):
    """The graphs of what is sound in the file, the steps of all of it, and the picture if one was asked for."""

    graphs: tuple[Drawn, ...]
    declarations: tuple[Steps, ...]
    diagnostics: tuple[Report, ...]
    drawing: str | None = None
    base: str


class OtherFile(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of another file: its new text, the edits that lead to it, and those that lead back."""

    text: str
    edits: tuple[TextEdit, ...]
    inverse: tuple[TextEdit, ...]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation did: the edits of the text as it was before it, and those that lead back. `others` are the
    changes of other files, by path; a renaming has them.
    """

    edits: tuple[TextEdit, ...]
    inverse: tuple[TextEdit, ...]
    others: dict[str, OtherFile] = {}


class EditedFile(msgspec.Struct, frozen=True, kw_only=True):
    """The text after all operations, what each did, and the file as it is then. `others` are the new texts of the other
    files that changed, by path.
    """

    text: str
    applied: tuple[Applied, ...]
    others: dict[str, str]
    graphs: tuple[Drawn, ...]
    declarations: tuple[Steps, ...]
    diagnostics: tuple[Report, ...]
    base: str


class InFile(msgspec.Struct, frozen=True):
    """A place in a rule file."""

    file: str
    at: Position


class TestFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a test failed, in one sentence; what was expected and what there was, as a rule file would write them.
    `cause` is the line of a rule that is to blame.
    """

    message: str
    place: InFile
    expected: str | None = None
    got: str | None = None
    cause: InFile | None = None
    notes: tuple[str, ...] = ()


class TestPlayed(msgspec.Struct, frozen=True, kw_only=True):
    """One test. `seconds` are those that playing it took."""

    name: str
    at: Position
    passed: bool
    seconds: float
    failure: TestFailure | None = None


class TestsPlayed(msgspec.Struct, frozen=True, kw_only=True):
    """The tests of the file. One that a fault keeps from being played counts as failed."""

    passed: int
    failed: int
    tests: tuple[TestPlayed, ...]
    diagnostics: tuple[Report, ...]
    base: str


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What each rule of the workspace makes of the event, on the files as they are in the editor. Rules with faults
    are left out; `diagnostics` are the errors of all files.
    """

    rules: tuple[Considered, ...]
    diagnostics: tuple[Report, ...]
    base: str
