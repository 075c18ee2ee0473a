"""A file of a project as the services look at it: its text, its tree, and what checking found out.

Owns the seam to the compiler: nothing else here asks a project or checks a declaration.
"""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl import nodes
from treadle.dsl.checker import Checked, CheckedFile, FileScope
from treadle.dsl.checker.declarations import FileCheck, check_declaration
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.tables import Seen, Tables
from treadle.dsl.diagnostics import Position
from treadle.dsl.drawing.written import written
from treadle.dsl.lower import Values
from treadle.dsl.project import Project
from treadle.dsl.services.trees import decl_at, offset_of
from treadle.dsl.spans import Lines, Span

LONGEST_VALUE = 200
"""Characters of a constant that are shown."""


class View:
    """One file as it is now. Raises `KeyError` when the project has no such file."""

    def __init__(self, project: Project, file: str) -> None:
        found = project.checked(file)
        if found is None:
            raise KeyError(file)
        self.project, self.file = project, file
        self.checked: CheckedFile = found
        self.scope: FileScope = found.scope
        self.module: nodes.Module = found.scope.module
        self.text = self.module.text

    def offset(self, at: Position) -> int:
        """The offset of a position."""
        return offset_of(self.text, at)

    def span(self, start: int, end: int) -> Span:
        """The span of two offsets."""
        return Lines(self.text).span(start, end)

    def declaration(self, offset: int) -> Checked | None:
        """What was found out about the declaration that lies over an offset."""
        decl = decl_at(self.module, offset)
        return next((each for each in self.checked.declarations if each.decl is decl), None)

    def files(self) -> Iterator[View]:
        """All files of the project, this one among them."""
        for each in self.project.build().workspace.files:
            yield View(self.project, each.scope.module.file)

    def look_into(self, decl: nodes.Decl) -> tuple[Tables, dict[int, Seen]]:
        """Check a declaration of this file, or one that could stand in it, and keep what is known at each node."""
        seen: dict[int, Seen] = {}
        tables = Tables(seen)
        check_declaration(self.scope, decl, self._check(decl), tables)
        return tables, seen

    def inference(self) -> Inference:
        """For an expression that stands in no tree; its findings are thrown away."""
        check = self._check(None)
        return Inference(self.scope, Desk(self.file), Tables({}), check.let_type)

    def value_of(self, decl: nodes.Let) -> str | None:
        """The value of a constant of this file as one line; None when it has none, or when it is written there."""
        if isinstance(decl.value, nodes.Constant):
            return None
        workspace = self.project.build().workspace
        values = Values(workspace, self.project.catalogue.zone)
        found = values.constants.get(self.scope.key(decl.name.text))
        shown = written(found) if found is not None else None
        return shown if shown is None or len(shown) <= LONGEST_VALUE else shown[:LONGEST_VALUE] + "…"

    def _check(self, without: nodes.Decl | None) -> FileCheck:
        files = self.project.build().workspace.files
        done = {id(each.decl): each for file in files for each in file.declarations if each.decl is not without}
        return FileCheck(self.scope, done)
