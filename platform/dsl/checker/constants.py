"""Constants by sight: a literal, or the name of a `let` that is one. For what must be known early."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import msgspec

from treadle.dsl import nodes
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.walking import bare

_PARTS = 100
"""Parts of a constant duration that are looked at."""


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
    """The seconds of a constant duration, of sums of some and of their products with numbers, or None."""
    return _Seconds().of(node, file)


class _Seconds:
    """Works out one duration, also behind names of constants, which may name each other over and over."""

    def __init__(self) -> None:
        self._left = _PARTS

    def of(self, node: nodes.Expr, file: FileScope) -> float | None:
        total = 0.0
        while isinstance(node := bare(node), nodes.BinaryExpr) and node.sign in ("+", "-"):
            term = self._product(node.right, file)
            if term is None:
                return None
            total += term if node.sign == "+" else -term
            node = node.left
        first = self._product(node, file)
        return None if first is None else first + total

    def _product(self, node: nodes.Expr, file: FileScope) -> float | None:
        """A duration that is multiplied by constant numbers, or divided by them."""
        factor = Decimal(1)
        while isinstance(node := bare(node), nodes.BinaryExpr) and node.sign in ("*", "/"):
            by, rest = amount_of(node.right, file), node.left
            if by is None and node.sign == "*":
                by, rest = amount_of(node.left, file), node.right
            if by is None or (node.sign == "/" and not by):
                return None
            factor, node = (factor * by if node.sign == "*" else factor / by), rest
        inner = self._one(node, file)
        return None if inner is None else inner * float(factor)

    def _one(self, node: nodes.Expr, file: FileScope) -> float | None:
        self._left -= 1
        if self._left < 0:
            return None
        match node:
            case nodes.BinaryExpr(sign="+" | "-"):
                return self.of(node, file)
            case nodes.Name(text=name) if name in file.lets:
                return self.of(file.lets[name].value, file.home(name))
            case nodes.Constant(kind="duration", value=value):
                return msgspec.convert(value, timedelta).total_seconds()
        return None


def amount_of(node: nodes.Expr, file: FileScope) -> Decimal | None:
    """A constant number or amount of money, also a negative one; None for anything else."""
    inner = bare(node)
    if isinstance(inner, nodes.Unary) and inner.sign == "-":
        found = amount_of(inner.of, file)
        return None if found is None else -found
    constant = constant_of(inner, file)
    return Decimal(str(constant.value)) if constant and constant.kind in ("int", "number", "money") else None
