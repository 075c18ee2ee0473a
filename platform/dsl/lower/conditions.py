"""The header of a rule: what it hears, the terms of its condition one by one, how often it fires for a key."""

from __future__ import annotations

from treadle.dsl import graph, nodes
from treadle.dsl.checker.constants import seconds_of
from treadle.dsl.checker.narrowing import known_when
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.tables import Tables, TriggerRef
from treadle.dsl.checker.walking import bare, children, path_of
from treadle.dsl.lower.expressions import ExpressionLowering
from treadle.dsl.lower.loading import Loading
from treadle.dsl.typesystem import UNKNOWN


def hears(decl: nodes.RuleDecl, tables: Tables, expressions: ExpressionLowering) -> tuple[graph.Hear, ...]:
    """The `when` lines."""
    return tuple(_hear(each, tables, expressions) for each in decl.clauses if isinstance(each, nodes.When))


def _hear(clause: nodes.When, tables: Tables, expressions: ExpressionLowering) -> graph.Hear:
    ref = tables.refs[clause.id]
    assert isinstance(ref, TriggerRef)  # checked without an error
    return graph.Hear(
        plugin=ref.plugin,
        trigger=ref.spec.name,
        name=clause.name.text,
        span=clause.span,
        connection=ref.connection,
        args={arg.name.text: expressions.lower(arg.value) for arg in clause.heard.args if arg.name},
    )


def where(
    decl: nodes.RuleDecl, tables: Tables, expressions: ExpressionLowering, loading: Loading, text: str
) -> tuple[graph.Condition, ...]:
    """The terms that are joined by `and` at the top, each with its own text.

    A term also loads when it relies on what a loading term before it found to be set.
    """
    conditions = []
    found: frozenset[str] = frozenset()
    for term in _terms(decl):
        loads = loading.needed(term) or not found.isdisjoint(_paths(term))
        if loads:
            found |= known_when(term, lambda node: tables.types.get(node.id, UNKNOWN), holds=True)
            found -= tables.names.keys()  # the event itself is always there
        written = " ".join(text[term.span.start : term.span.end].split())
        conditions.append(graph.Condition(expressions.lower(term), written, term.span, loads))
    return tuple(conditions)


def _terms(decl: nodes.RuleDecl) -> list[nodes.Expr]:
    return [term for each in decl.clauses if isinstance(each, nodes.Where) for term in _split(each.test)]


def _split(test: nodes.Expr) -> list[nodes.Expr]:
    inner = bare(test)
    if isinstance(inner, nodes.Logic) and inner.sign == "and":
        return [term for item in inner.items for term in _split(item)]
    return [test]


def _paths(node: nodes.Expr) -> set[str]:
    path = path_of(node)
    return ({path} if path else set()).union(*(_paths(each) for each in children(node)))


def once(decl: nodes.RuleDecl, file: FileScope, expressions: ExpressionLowering, loading: Loading) -> graph.Once | None:
    """`once per`, or None."""
    clause = next((each for each in decl.clauses if isinstance(each, nodes.OncePer)), None)
    if clause is None:
        return None
    key, loads = expressions.lower(clause.key), loading.needed(clause.key)
    within = seconds_of(clause.within, file) if clause.within is not None else None
    return graph.Once(key, loads=loads) if within is None else graph.Once(key, within, loads)
