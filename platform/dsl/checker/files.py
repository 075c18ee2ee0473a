"""Checks all declarations of one file, then what concerns them together: circles and names that nothing uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from treadle.dsl import nodes, step_codes
from treadle.dsl.checker.cycles import report_cycles
from treadle.dsl.checker.declarations import Checked, FileCheck
from treadle.dsl.checker.ordering import Needs, components
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.walking import children
from treadle.dsl.spans import Span


class CheckedFile(msgspec.Struct, frozen=True):
    """One file after checking. Findings about the file stand at the desk of its `scope`, those of each part with it.

    `order` names its constants and functions, each after all that it needs; `broken` are those not fit to be used.
    """

    scope: FileScope
    declarations: tuple[Checked, ...]
    order: tuple[str, ...]
    broken: frozenset[str]


def check_file(scope: FileScope) -> CheckedFile:
    """Check one file of a workspace whose files are all declared."""
    check = FileCheck(scope)
    for group in components({name: _constants_in(decl.value, scope) for name, decl in scope.lets.items()}):
        for each in group:
            check.check(scope.lets[each])  # what a constant needs first: no chain of them is walked deep
    declarations = tuple(check.check(decl) for decl in scope.module.decls)
    named = {name: each for each in declarations if (name := _name(each.decl)) and _owns(scope, name, each.decl)}
    needs = {name: sorted(each.tables.functions | each.tables.lets) for name, each in named.items()}
    groups = components(needs)
    circles = report_cycles(groups, needs, named, scope.desk)
    _report_unused(scope, declarations, named)
    order = tuple(name for group in groups for name in group)
    return CheckedFile(scope, declarations, order, _broken(order, circles, needs, named))


def _constants_in(node: nodes.Expr, scope: FileScope) -> list[str]:
    found, left = [], [node]
    while left:
        at = left.pop()
        if isinstance(at, nodes.Name) and at.text in scope.lets:
            found.append(at.text)
        left += children(at)
    return found


def _broken(order: tuple[str, ...], circles: set[str], needs: Needs, named: dict[str, Checked]) -> frozenset[str]:
    """The names with an error, in a circle, or that need one of those."""
    broken = set(circles)
    for name in order:
        own = not named[name].clean or named[name].tables.unresolved
        if own or not broken.isdisjoint(needs[name]):
            broken.add(name)
    return frozenset(broken)


def _name(decl: nodes.Decl) -> str | None:
    return decl.name.text if isinstance(decl, nodes.Let | nodes.FunctionDecl) else None


def _owns(scope: FileScope, name: str, decl: nodes.Decl) -> bool:
    return scope.lets.get(name) is decl or scope.functions.get(name) is decl


def _report_unused(scope: FileScope, declarations: tuple[Checked, ...], named: dict[str, Checked]) -> None:
    """Warn of what nothing in the file uses, unless a part of it could not be read or is wrong and may mean it."""
    if scope.partial or scope.desk.has_errors or not all(each.complete and each.clean for each in declarations):
        return
    users = Counter(name for each in declarations for name in each.used)
    for name, span in _declared(scope):
        itself = name in named and name in named[name].used
        if users[name] == itself:
            scope.desk.report(step_codes.NEVER_USED, span, name=name)


def _declared(scope: FileScope) -> Iterator[tuple[str, Span]]:
    for name, use in scope.uses.items():
        if use.spec is not None:
            yield name, use.span
    yield from ((name, decl.name.span) for name, decl in scope.lets.items())
    yield from ((name, decl.name.span) for name, decl in scope.functions.items())
