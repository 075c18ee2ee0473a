"""Values of tests that cannot be computed, found when the file is checked. Owns which parts of a test are computed."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl import nodes
from treadle.dsl.checker import Checked
from treadle.dsl.checker.walking import bare
from treadle.dsl.lower import FileValues

_PLAIN = frozenset((nodes.Constant, nodes.Name))


def report_valueless(checked: Checked, values: FileValues) -> None:
    """Report each part of the test that has no value, at the desk of its file, when the test has no other error."""
    decl = checked.decl
    if not isinstance(decl, nodes.TestDecl) or not (checked.clean and checked.complete):
        return
    if checked.tables.unresolved or not values.usable(checked):
        return
    for line in decl.lines:
        for value in _values(line):
            for part in _computed(value):
                values.constant(part, checked)


def _values(line: nodes.TestLine) -> Iterator[nodes.Expr]:
    match line:
        case nodes.TestGiven(heard=heard, data=data):
            yield from (arg.value for arg in heard.args) if heard is not None else ()
            yield from (data,) if data is not None else ()
        case nodes.TestMock(args=args, value=value):
            yield from (arg.value for arg in args)
            yield from (value,) if value is not None else ()
        case nodes.TestExpect(args=args, data=data, text=text):
            yield from (arg.value for arg in args)
            yield from (each for each in (data, text) if each is not None)


def _computed(value: nodes.Expr) -> Iterator[nodes.Expr]:
    """The smallest parts that are neither written out nor made of such."""
    left = [value]
    while left:
        match bare(left.pop()):
            case nodes.BraceExpr(entries=entries):
                left += [entry.value for entry in reversed(entries)]
            case nodes.ListExpr(items=items):
                left += reversed(items)
            case part if part.__class__ not in _PLAIN:
                yield part
