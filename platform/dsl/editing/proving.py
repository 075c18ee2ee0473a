"""What the result of an operation has to be: readable as before, the same elsewhere, with every name still known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from treadle.dsl import flow_codes, name_codes
from treadle.dsl.checker.walking import steps_in
from treadle.dsl.compiling import Build
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.editing import operations as ops
from treadle.dsl.editing.refusing import refused
from treadle.dsl.editing.source import reference
from treadle.dsl.editing_codes import NAMES_LOST, WOULD_BREAK
from treadle.dsl.nodes import Decl, RuleDecl, SequenceDecl
from treadle.dsl.parser import Parsed
from treadle.dsl.parser.blocks import cut
from treadle.dsl.parser.rereading import read_again
from treadle.dsl.project import Project
from treadle.dsl.spans import NOWHERE, Span

_TWICE = {name_codes.NAME_TAKEN.number, name_codes.DECLARED_TWICE.number}
_SCOPE = {flow_codes.STAYS_IN_BLOCK.number}
_GIVING = ops.InsertStep | ops.AddDeclaration
_TAKING = (
    ops.RemoveStep | ops.MoveStep | ops.WrapSteps | ops.UnwrapStep | ops.RemoveBranch | ops.RemoveClause
    | ops.RemoveColumn | ops.RemoveDeclaration
)  # fmt: skip
_ANYWHERE = ops.Rename | ops.AddDeclaration | ops.RemoveDeclaration
_SHOWN = 60


def prove_text(old: Parsed, after: str, operation: ops.AnyOperation) -> None:
    """Refuse a text with a fault of syntax that was not there, or one that reads otherwise where nothing was edited."""
    before, file = old.module.text, old.module.file
    new, _ = read_again(after, old)
    span = _span(old.module.decls, operation)
    added = _added(old.diagnostics, new.diagnostics)
    if added:
        problem = _lower(added[0].message)
        raise refused(WOULD_BREAK, file, span, notes=added[0].notes, problem=problem)
    if isinstance(operation, _ANYWHERE):
        return
    at = next((at for at, decl in enumerate(old.module.decls) if reference(decl) == operation.decl), 0)
    kept = [_without(_blocks(text), at) for text in (before, after)]
    steps = [_count(parsed.module.decls[at : at + 1]) for parsed in (old, new)]
    if kept[0] != kept[1] or (isinstance(operation, ops.SetLine | ops.MoveStep) and steps[0] != steps[1]):
        raise refused(WOULD_BREAK, file, span, problem="other lines would mean something else")


def _blocks(text: str) -> list[str]:
    return [text[block.start : block.end].rstrip() for block in cut(text)]


def _without(blocks: list[str], at: int) -> list[str]:
    return blocks[:at] + blocks[at + 1 :]


def _count(decls: tuple[Decl, ...]) -> int:
    bodies = [decl.body for decl in decls if isinstance(decl, RuleDecl | SequenceDecl)]
    return sum(1 for body in bodies for _ in steps_in(body))


def prove_names(before: Build, project: Project, file: str, operation: ops.AnyOperation) -> None:
    """Refuse when a name is lost or given twice that was not before; after a renaming, when anything else is found."""
    found = before.compiled.errors
    if isinstance(operation, ops.Rename):
        lost = _by_code(found, project.compiled().errors)
    elif isinstance(operation, _TAKING):
        lost = [each for each in _added(found, project.compiled().errors) if _is_of_names(each)]
    elif isinstance(operation, _GIVING):
        lost = [each for each in _added(found, project.compiled().errors) if each.code in _TWICE]
    else:
        return
    if lost:
        first = lost[0]
        decls = next(each.scope.module.decls for each in before.workspace.files if each.scope.module.file == file)
        line = project.sources[first.file].split("\n")[first.span.line - 1].strip()
        place = f"`{line if len(line) <= _SHOWN else line[:_SHOWN] + '…'}`"
        raise refused(
            NAMES_LOST, file, _span(decls, operation), notes=first.notes, problem=_lower(first.message), place=place
        )


def _is_of_names(found: Diagnostic) -> bool:
    return found.code.startswith("E2") or found.code in _SCOPE


def _added(old: Iterable[Diagnostic], new: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings that were not there before, wherever they stand."""
    known = Counter((each.file, each.code, each.message) for each in old)
    added = []
    for each in new:
        key = (each.file, each.code, each.message)
        known[key] -= 1
        if known[key] < 0:
            added.append(each)
    return added


def _by_code(old: Iterable[Diagnostic], new: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The same by code alone, for messages hold names."""
    known = Counter((each.file, each.code) for each in old)
    added = []
    for each in new:
        known[each.file, each.code] -= 1
        if known[each.file, each.code] < 0:
            added.append(each)
    return added


def _span(decls: tuple[Decl, ...], operation: ops.AnyOperation) -> Span:
    """What the operation is about, in the text as it was."""
    if isinstance(operation, ops.AddDeclaration):
        return NOWHERE
    return next((decl.span for decl in decls if reference(decl) == operation.decl), NOWHERE)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
