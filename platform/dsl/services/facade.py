"""The services by project, file and position: the one door for the API and for language servers. Owns no answer.

Each raises `KeyError` when the project has no such file; `rename` and `prepare_rename` also `Refused`.
"""

from __future__ import annotations

from treadle.dsl.diagnostics import Diagnostic, Position, TextEdit
from treadle.dsl.graph import Graph
from treadle.dsl.project import Project
from treadle.dsl.services import (
    colouring,
    completing,
    folding,
    hovering,
    outlining,
    renaming,
    repairing,
    signatures,
)
from treadle.dsl.services import references as referring
from treadle.dsl.services.shapes import (
    Action,
    Completion,
    Edits,
    Fold,
    Hint,
    Hover,
    Location,
    Outline,
    SemanticToken,
    Signature,
    WorkspaceSymbol,
)
from treadle.dsl.services.views import View
from treadle.dsl.spans import Span


def diagnostics(project: Project, file: str) -> tuple[Diagnostic, ...]:
    """What is wrong in one file, checked together with the others."""
    return project.diagnostics(file)


def complete(project: Project, file: str, at: Position) -> tuple[Completion, ...]:
    """What may be written at a place, the likeliest first."""
    view = View(project, file)
    return completing.complete(view, view.offset(at))


def signature_help(project: Project, file: str, at: Position) -> tuple[Signature, ...]:
    """The ways to write the call around a place, the one that fits first."""
    view = View(project, file)
    return signatures.signature_help(view, view.offset(at))


def hover(project: Project, file: str, at: Position) -> Hover | None:
    """What is known of the name at a place."""
    view = View(project, file)
    return hovering.hover(view, view.offset(at))


def definition(project: Project, file: str, at: Position) -> tuple[Location, ...]:
    """Where the name at a place is declared."""
    view = View(project, file)
    return referring.definition(view, view.offset(at))


def references(project: Project, file: str, at: Position, *, declaration: bool = True) -> tuple[Location, ...]:
    """Every place of what the name stands for, in all files."""
    view = View(project, file)
    return referring.references(view, view.offset(at), declaration=declaration)


def highlights(project: Project, file: str, at: Position) -> tuple[Span, ...]:
    """The same within the file."""
    view = View(project, file)
    return tuple(each.span for each in referring.highlights(view, view.offset(at)))


def prepare_rename(project: Project, file: str, at: Position) -> tuple[Span, str]:
    """The stretch of the name to change, without quotes, and the name. Raises `Refused`."""
    view = View(project, file)
    return renaming.prepare_rename(view, view.offset(at))


def rename(project: Project, file: str, at: Position, name: str) -> Edits:
    """The edits that give it another name, in all files. Raises `Refused` when that would break something."""
    view = View(project, file)
    return renaming.rename(view, view.offset(at), name)


def document_symbols(project: Project, file: str) -> tuple[Outline, ...]:
    """The tree of a file."""
    return outlining.document_symbols(View(project, file))


def workspace_symbols(project: Project, query: str = "") -> tuple[WorkspaceSymbol, ...]:
    """The declarations of all files whose names have the letters of the query."""
    file = next(iter(project.sources), None)
    return outlining.workspace_symbols(View(project, file), query) if file is not None else ()


def semantic_tokens(project: Project, file: str) -> tuple[SemanticToken, ...]:
    """The words of a file that stand for something, in order."""
    return colouring.semantic_tokens(View(project, file))


def inlay_hints(project: Project, file: str) -> tuple[Hint, ...]:
    """The types of results and constants, to be shown behind their names."""
    return colouring.inlay_hints(View(project, file))


def folds(project: Project, file: str) -> tuple[Fold, ...]:
    """What can be folded."""
    return folding.folds(View(project, file))


def code_actions(project: Project, file: str, start: Position, end: Position) -> tuple[Action, ...]:
    """The fixes of what is wrong between two places."""
    view = View(project, file)
    return repairing.code_actions(view, view.offset(start), view.offset(end))


def formatting(project: Project, file: str) -> tuple[TextEdit, ...]:
    """The edits that bring a file into its one form."""
    return repairing.formatting(View(project, file))


def graphs(project: Project, file: str) -> tuple[Graph, ...]:
    """The graphs of the sound rules and sequences of a file; their nodes hold the spans of their source."""
    return tuple(each for each in project.compiled().partial if each.file == file)
