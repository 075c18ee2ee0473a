"""An operation in, the smallest edits out, or a reason why not. Owns the order of things.

An operation plans edits of the text as it is; then the result is proved, and only then it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from treadle.dsl import nodes
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.compiling import NO_GRAPHS, GraphKey
from treadle.dsl.diagnostics import Diagnostic, TextEdit
from treadle.dsl.editing import arguments, clauses, declarations, lines, renaming, steps, tables, wrapping
from treadle.dsl.editing import operations as ops
from treadle.dsl.editing.addresses import spans_of
from treadle.dsl.editing.proving import prove_names, prove_text
from treadle.dsl.editing.refs import DeclRef
from treadle.dsl.editing.refusing import Refusal
from treadle.dsl.editing.source import Source, Target, reference
from treadle.dsl.editing.splices import Change, Edits, change
from treadle.dsl.graph import Graph
from treadle.dsl.parser import parse
from treadle.dsl.project import Project
from treadle.dsl.services.views import View

_NO_FILES: Mapping[str, str] = MappingProxyType({})
_Plan = Callable[[Target, ops.AnyOperation], list[TextEdit]]
_PLANS: dict[type, Callable[..., list[TextEdit]]] = {
    ops.SetArgument: arguments.set_argument,
    ops.SetConnection: arguments.set_connection,
    ops.SetLabel: lines.set_label,
    ops.SetLine: lines.set_line,
    ops.SetComment: lines.set_comment,
    ops.SetMember: lines.set_member,
    ops.RemoveMember: lines.remove_member,
    ops.InsertStep: steps.insert,
    ops.RemoveStep: steps.remove,
    ops.MoveStep: steps.move,
    ops.RemoveBranch: steps.remove_branch,
    ops.WrapSteps: wrapping.wrap,
    ops.UnwrapStep: wrapping.unwrap,
    ops.SetClause: clauses.set_clause,
    ops.RemoveClause: clauses.remove_clause,
    ops.SetOff: clauses.set_off,
    ops.InsertRow: tables.insert_row,
    ops.RemoveRow: tables.remove_row,
    ops.MoveRow: tables.move_row,
    ops.SetCell: tables.set_cell,
    ops.InsertColumn: tables.insert_column,
    ops.RemoveColumn: tables.remove_column,
    ops.MoveColumn: tables.move_column,
    ops.RemoveDeclaration: declarations.remove,
    ops.ReplaceDeclaration: declarations.replace,
}


class Edited(msgspec.Struct, frozen=True):
    """What an operation did to its file, as `Change` says; `others` are the changes of other files, by name.

    `diagnostics` are those of the file afterwards: of the check when there was a catalogue, else of reading alone.
    """

    text: str
    edits: Edits
    inverse: Edits
    diagnostics: tuple[Diagnostic, ...]
    others: dict[str, Change] = {}


class Refused(msgspec.Struct, frozen=True):
    """Nothing was changed; `diagnostic` says why, with a span in the text as it is."""

    diagnostic: Diagnostic


def apply(
    text: str,
    file: str,
    operation: ops.AnyOperation,
    catalogue: Catalogue | None = None,
    others: Mapping[str, str] = _NO_FILES,
    previous: Mapping[GraphKey, Graph] = NO_GRAPHS,
) -> Edited | Refused:
    """Edit one file. `others` are the other files of the workspace by name, `previous` the published graphs, from which
    steps have their ids. Never raises on a text.
    """
    project = Project(catalogue or Catalogue(), {**others, file: text}, previous)
    done = apply_in(project, file, operation)
    if catalogue is not None or isinstance(done, Refused):
        return done
    return msgspec.structs.replace(done, diagnostics=parse(done.text, file).diagnostics)


def apply_in(project: Project, file: str, operation: ops.AnyOperation) -> Edited | Refused:
    """Edit a file of a project, which holds the new texts afterwards; when the operation is refused, the old ones.

    Raises `KeyError` when the project has no such file.
    """
    before = project.build()
    texts = dict(project.sources)
    try:
        planned = _plan(project, file, operation)
        trees = {name: project.tree(name) for name in planned}
        changes = {name: change(texts[name], edits) for name, edits in planned.items()}
        for name, each in changes.items():
            prove_text(trees[name], each.text, operation)
            project.set(name, each.text)
        prove_names(before, project, file, operation)
    except BaseException as problem:
        for name, text in texts.items():
            project.set(name, text)
        if isinstance(problem, Refusal):
            return Refused(problem.diagnostic)
        raise
    own = changes.pop(file)
    others = {name: each for name, each in changes.items() if each.edits}
    return Edited(own.text, own.edits, own.inverse, project.diagnostics(file), others)


def addresses(project: Project, file: str, decl: DeclRef) -> dict[str, tuple[int, int]]:
    """The ids of the steps of a rule or a sequence, each with its start and end in the text; {} when there is none.

    Those are the ids that operations name, also where a fault keeps the declaration from having a graph.
    """
    source = _source(View(project, file))
    for each in source.module.decls:
        if reference(each) == decl:
            return spans_of(source, each)
    return {}


def all_addresses(project: Project, file: str) -> list[tuple[DeclRef, dict[str, tuple[int, int]]]]:
    """The same of every rule and sequence of a file, in order of the text."""
    source = _source(View(project, file))
    return [
        (reference(each), spans_of(source, each))
        for each in source.module.decls
        if isinstance(each, nodes.RuleDecl | nodes.SequenceDecl)
    ]


def _source(view: View) -> Source:
    """The file with what its steps are called in the graphs."""
    graphs = view.project.compiled().partial
    return Source(view.project.tree(view.file), graphs, frozenset(view.scope.uses))


def _plan(project: Project, file: str, operation: ops.AnyOperation) -> dict[str, list[TextEdit]]:
    """The edits by file."""
    view = View(project, file)
    source = _source(view)
    if isinstance(operation, ops.AddDeclaration):
        return {file: declarations.add(source, operation)}
    target = source.find(operation.decl)
    if isinstance(operation, ops.Rename):
        return renaming.rename(target, operation, view)
    return {file: _PLANS[operation.__class__](target, operation)}
