"""Conditions term by term: each with its own text, whether it needs what no delivery carries, and by which equation
waiting runs are found.
"""

from __future__ import annotations

from treadle.dsl import expressions as ex
from treadle.dsl import graph, nodes
from treadle.dsl.checker.fitting import Fitting, is_kind
from treadle.dsl.checker.narrowing import known_when
from treadle.dsl.checker.tables import Local, Tables
from treadle.dsl.checker.walking import bare, children, path_of
from treadle.dsl.lower.expressions import ExpressionLowering
from treadle.dsl.lower.loading import Loading
from treadle.dsl.typesystem import UNKNOWN, plain

_KEYED = ("text", "int", "number", "bool")


class ConditionLowering:
    """Lowers the conditions of one declaration; `text` is that of its file."""

    def __init__(self, tables: Tables, fitting: Fitting, expressions: ExpressionLowering, text: str) -> None:
        self._tables = tables
        self._fit = fitting
        self._lower = expressions.lower
        self._text = text

    def terms(self, test: nodes.Expr | None, loading: Loading) -> tuple[graph.Condition, ...]:
        """The terms that are joined by `and` at the top.

        A term also loads when it relies on what a loading term before it found to be set.
        """
        conditions = []
        found: frozenset[str] = frozenset()
        for term in _split(test):
            loads = loading.needed(term) or (bool(found) and not found.isdisjoint(_paths(term)))
            if loads:
                found |= known_when(term, lambda node: self._tables.types.get(node.id, UNKNOWN), holds=True)
                found -= self._tables.names.keys()  # the event itself is always there
            written = " ".join(self._text[term.span.start : term.span.end].split())
            conditions.append(graph.Condition(self._lower(term), written, term.span, loads))
        return tuple(conditions)

    def key(self, test: nodes.Expr | None, event: str) -> tuple[str, ex.Expr] | None:
        """The first term that says what one field of the event must equal: its path in the event, and the value.

        Only what cannot fail and is the same at any time counts: constants, names and their fields that are set.
        """
        for term in _split(test):
            of = bare(term)
            if not (isinstance(of, nodes.BinaryExpr) and of.sign == "=="):
                continue
            for side, other in ((of.left, of.right), (of.right, of.left)):
                path = self._field(side, event)
                if path is not None and self._fixed(other, event):
                    return path, self._lower(other)
        return None

    def _field(self, node: nodes.Expr, event: str) -> str | None:
        """The path of a carried scalar field of the event, such as `lead_id`."""
        words: list[str] = []
        at = bare(node)
        while isinstance(at, nodes.Member):
            record = self._fit.record(plain(self._tables.types.get(at.of.id, UNKNOWN)))
            field = next((each for each in record.fields if each.name == at.name.text), None) if record else None
            if field is None or not field.carried:
                return None
            words.insert(0, field.name)
            at = bare(at.of)
        if not words or self._tables.refs.get(at.id) != Local(event):
            return None
        return ".".join(words) if is_kind(plain(self._tables.types[node.id]), *_KEYED) else None

    def _fixed(self, node: nodes.Expr, event: str) -> bool:
        if not is_kind(self._tables.types.get(node.id, UNKNOWN), *_KEYED):
            return False
        at = bare(node)
        while isinstance(at, nodes.Member):
            at = bare(at.of)
        ref = self._tables.refs.get(at.id)
        return isinstance(at, nodes.Constant | nodes.Name) and ref not in (Local(event), Local("now"))


def _split(test: nodes.Expr | None) -> list[nodes.Expr]:
    if test is None:
        return []
    inner = bare(test)
    if isinstance(inner, nodes.Logic) and inner.sign == "and":
        return [term for item in inner.items for term in _split(item)]
    return [test]


def _paths(node: nodes.Expr) -> set[str]:
    path = path_of(node)
    return ({path} if path else set()).union(*(_paths(each) for each in children(node)))
