"""Constants by sight: a literal, or the name of a `let` that is one. For what must be known early."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import msgspec

from treadle.dsl import nodes
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.walking import bare


def constant_of(node: nodes.Expr, file: FileScope) -> nodes.Constant | None:
    """The literal that the expression is, also behind names of constants; None for anything that is computed."""
    seen: set[int] = set()
    while True:
        node = bare(node)
        if isinstance(node, nodes.Constant):
            return node
        if not isinstance(node, nodes.Name) or id(node) in seen or node.text not in file.lets:
            return None
        seen.add(id(node))
        file, node = file.home(node.text), file.lets[node.text].value


def constant_texts(args: Iterable[nodes.Argument], file: FileScope) -> dict[str, str]:
    """The named arguments that are constant texts, by name."""
    found = ((arg.name.text, constant_of(arg.value, file)) for arg in args if arg.name is not None)
    return {name: str(each.value) for name, each in found if each is not None and each.kind == "text"}


def seconds_of(node: nodes.Expr, file: FileScope) -> float | None:
    """The seconds of a constant duration, or of a sum of some, or None."""
    total = 0.0
    while isinstance(node := bare(node), nodes.BinaryExpr) and node.sign in ("+", "-"):
        term = _literal_seconds(node.right, file)
        if term is None:
            return None
        total += term if node.sign == "+" else -term
        node = node.left
    first = _literal_seconds(node, file)
    return None if first is None else first + total


def _literal_seconds(node: nodes.Expr, file: FileScope) -> float | None:
    found = constant_of(node, file)
    if found is None or found.kind != "duration":
        return None
    return msgspec.convert(found.value, timedelta).total_seconds()


def amount_of(node: nodes.Expr, file: FileScope) -> Decimal | None:
    """A constant number or amount of money, also a negative one; None for anything else."""
    inner = bare(node)
    if isinstance(inner, nodes.Unary) and inner.sign == "-":
        found = amount_of(inner.of, file)
        return None if found is None else -found
    constant = constant_of(inner, file)
    return Decimal(str(constant.value)) if constant and constant.kind in ("int", "number", "money") else None
