"""What a condition tells about missing values: which paths are surely set when it holds, or when it does not."""

from __future__ import annotations

from collections.abc import Callable

from treadle.dsl import nodes
from treadle.dsl.checker.walking import bare, prefixes
from treadle.dsl.typesystem import JSON, ListOf, Optional, Type, Unknown

TypeOf = Callable[[nodes.Expr], Type]


def known_when(test: nodes.Expr, type_of: TypeOf, *, holds: bool) -> frozenset[str]:
    """The paths that are set when `test` is `holds`. `type_of` gives the type found for a node."""
    match bare(test):
        case nodes.IsSetExpr(of=of, negated=negated):
            return frozenset(prefixes(of)) if negated != holds else frozenset()
        case nodes.Unary(sign="not", of=of):
            return known_when(of, type_of, holds=not holds)
        case nodes.Logic(sign=sign, items=items):
            each = [known_when(item, type_of, holds=holds) for item in items]
            both = (sign == "and") == holds
            return frozenset().union(*each) if both else frozenset.intersection(*each)
        case nodes.BinaryExpr(sign="==" | "in" as sign, left=left, right=right) if holds:
            return _from_equality(sign, left, right, type_of)
        case nodes.BinaryExpr(sign="!=", left=left, right=right) if not holds:
            return _from_equality("==", left, right, type_of)
        case _:
            return frozenset()


def _from_equality(sign: str, left: nodes.Expr, right: nodes.Expr, type_of: TypeOf) -> frozenset[str]:
    """A value that equals one that is set, is set itself."""
    found: set[str] = set()
    other = type_of(right)
    if sign == "in":
        return frozenset(prefixes(left)) if not isinstance(other, ListOf) or _is_set(other.item) else frozenset()
    if _is_set(other):
        found |= prefixes(left)
    if _is_set(type_of(left)):
        found |= prefixes(right)
    return frozenset(found)


def _is_set(type: Type) -> bool:
    return not isinstance(type, Optional | Unknown) and type != JSON
