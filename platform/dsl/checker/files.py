"""Checks all declarations of one file, then what concerns them together: circles and names that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from treadle.dsl import nodes, step_codes
from treadle.dsl.checker.cycles import report_cycles
from treadle.dsl.checker.declarations import Checked, FileCheck
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.spans import Span


class CheckedFile(msgspec.Struct, frozen=True):
    """One file after checking. `broken` are names of constants and functions that are not fit to be used.

    Findings about the file stand at the desk of its `scope`, those of each declaration with it.
    """

    scope: FileScope
    declarations: tuple[Checked, ...]
    broken: frozenset[str]


def check_file(scope: FileScope) -> CheckedFile:
    """Check one file of a workspace whose files are all declared."""
    check = FileCheck(scope)
    declarations = tuple(check.check(decl) for decl in scope.module.decls)
    named = {name: each for each in declarations if (name := _name(each.decl)) and _owns(scope, name, each.decl)}
    circles = report_cycles(named, scope.desk)
    _report_unused(scope, declarations, named)
    broken = circles | {name for name, each in named.items() if not each.clean}
    return CheckedFile(scope, declarations, frozenset(_spread(broken, named)))


def _name(decl: nodes.Decl) -> str | None:
    return decl.name.text if isinstance(decl, nodes.Let | nodes.FunctionDecl) else None


def _owns(scope: FileScope, name: str, decl: nodes.Decl) -> bool:
    return scope.lets.get(name) is decl or scope.functions.get(name) is decl


def _spread(broken: set[str], named: dict[str, Checked]) -> set[str]:
    """The broken names and all that need one of them."""
    while True:
        more = {
            name
            for name, each in named.items()
            if name not in broken and not broken.isdisjoint(each.tables.functions | each.tables.lets)
        }
        if not more:
            return broken
        broken = broken | more


def _report_unused(scope: FileScope, declarations: tuple[Checked, ...], named: dict[str, Checked]) -> None:
    """Warn of what nothing in the file uses, unless a part of it could not be read or is wrong and may mean it."""
    if scope.partial or scope.desk.has_errors or not all(each.complete and each.clean for each in declarations):
        return
    for name, span in _declared(scope):
        others = (each for each in declarations if each is not named.get(name))
        if not any(name in each.used for each in others):
            scope.desk.report(step_codes.NEVER_USED, span, name=name)


def _declared(scope: FileScope) -> Iterator[tuple[str, Span]]:
    for name, use in scope.uses.items():
        if use.spec is not None:
            yield name, use.span
    yield from ((name, decl.name.span) for name, decl in scope.lets.items())
    yield from ((name, decl.name.span) for name, decl in scope.functions.items())
