"""Checks all declarations of a workspace, then what concerns them together: circles, and the order of need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from treadle.dsl import nodes
from treadle.dsl.checker.cycles import report_cycles
from treadle.dsl.checker.declarations import Checked, FileCheck
from treadle.dsl.checker.leftovers import report_unused
from treadle.dsl.checker.ordering import Needs, components
from treadle.dsl.checker.running import sequences_in_order
from treadle.dsl.checker.scopes import FileScope, Key, Workspace
from treadle.dsl.checker.walking import children

NOTHING_KNOWN: Mapping[int, Checked] = MappingProxyType({})


class CheckedFile(msgspec.Struct, frozen=True):
    """One file after checking. Findings about the file stand at the desk of its `scope`, those of each part with it."""

    scope: FileScope
    declarations: tuple[Checked, ...]


class CheckedWorkspace(msgspec.Struct, frozen=True):
    """All files after checking.

    `order` are the constants, functions and tables, each after all that it needs, and `named` what was found out about
    them; `broken` are those that are unfit.
    """

    files: tuple[CheckedFile, ...]
    order: tuple[Key, ...]
    named: Mapping[Key, Checked]
    broken: frozenset[Key]


def check_workspace(workspace: Workspace, known: Mapping[int, Checked] = NOTHING_KNOWN) -> CheckedWorkspace:
    """Check the files of a workspace that are all declared. What is `known`, by the identity of its declaration, is not
    checked again.
    """
    done = dict(known)
    checks = {scope.module.file: FileCheck(scope, done) for scope in workspace.files}
    for group in components(_constants(workspace, known)):
        for file, name in group:  # what a constant needs first: no chain of them is walked deep
            checks[file].check(checks[file].file.lets[name])
    for name in sequences_in_order(workspace):
        scope, decl = workspace.sequences[name]
        checks[scope.module.file].check(decl)  # what one returns is the type of the step that runs it
    files = tuple(
        CheckedFile(scope, tuple(map(checks[scope.module.file].check, scope.module.decls))) for scope in workspace.files
    )
    named = {(scope.file, name): done[id(decl)] for scope in workspace.files for name, decl in _own(scope)}
    needs = {key: _needs(checks[key[0]].file, each) for key, each in named.items()}
    groups = components(needs)
    circles = report_cycles(groups, needs, named, {scope.module.file: scope.desk for scope in workspace.files})
    report_unused([(file.scope, file.declarations) for file in files], named)
    order = tuple(key for group in groups for key in group)
    return CheckedWorkspace(files, order, named, _broken(order, circles, needs, named))


def _constants(workspace: Workspace, known: Mapping[int, Checked]) -> dict[Key, list[Key]]:
    """What each constant that is not known needs of other constants."""
    return {
        scope.key(name): _constants_in(decl.value, scope)
        for scope in workspace.files
        for name, decl in scope.lets.items()
        if id(decl) not in known and name not in scope.homes
    }


def _own(scope: FileScope) -> Iterator[tuple[str, nodes.Let | nodes.FunctionDecl | nodes.TableDecl]]:
    """The constants, functions and tables that the file knows by their names and declares itself."""
    for table in (scope.lets, scope.functions):
        yield from (each for each in table.items() if each[0] not in scope.homes)


def _constants_in(node: nodes.Expr, scope: FileScope) -> list[Key]:
    found, left = [], [node]
    while left:
        at = left.pop()
        if isinstance(at, nodes.Name) and at.text in scope.lets:
            found.append(scope.key(at.text))
        left += children(at)
    return found


def _needs(scope: FileScope, checked: Checked) -> list[Key]:
    return sorted(scope.key(name) for name in checked.tables.functions | checked.tables.lets)


def _broken(
    order: tuple[Key, ...], circles: set[Key], needs: Needs[Key], named: Mapping[Key, Checked]
) -> frozenset[Key]:
    """The names with an error, in a circle, or that need one of those."""
    broken = set(circles)
    for key in order:
        own = named[key]
        unfit = not own.clean or not own.complete or own.tables.unresolved
        if unfit or not broken.isdisjoint(needs[key]):
            broken.add(key)
    return frozenset(broken)
