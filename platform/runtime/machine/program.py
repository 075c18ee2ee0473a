"""A graph ready to interpret: every expression compiled once. Owns the compiling of nodes, not of expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from treadle.dsl.evaluator import EvaluationError, compile_expr
from treadle.dsl.evaluator.matching import Where, compile_where
from treadle.dsl.expressions import Expr
from treadle.dsl.graph import Assign, Branch, Call, Fail, Graph, Log, Node, Start, Wait
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value, reviver

Evaluate = Callable[[Scope], Value]
"""One compiled expression. Raises `EvaluationError`."""


class Program:
    """`single` holds the one expression of a node that has one, `args` those of calls and starts, `arms` the tests.

    `where` is None for a condition that nothing could make decidable; it never holds.
    """

    __slots__ = ("args", "arms", "graph", "once", "revivers", "single", "version", "where", "zone")

    def __init__(self, graph: Graph, version: str | None = None) -> None:
        self.graph = graph
        self.version = version or graph.version()
        self.zone = graph.zone
        self.where = _where(graph)
        self.revivers = {name: reviver(known, graph.records) for name, known in graph.names.items()}
        self.once = compiled(graph.once.key, graph) if graph.once else None
        self.single: dict[str, Evaluate] = {}
        self.args: dict[str, tuple[tuple[str, Evaluate], ...]] = {}
        self.arms: dict[str, tuple[tuple[Evaluate, str | None], ...]] = {}
        for node in graph.nodes.values():
            self._add(node)

    def _add(self, node: Node) -> None:
        match node:
            case Call(args=args) | Start(args=args):
                self.args[node.id] = tuple((name, compiled(each, self.graph)) for name, each in args.items())
            case Assign(value=single) | Wait(duration=single) | Log(text=single) | Fail(text=single):
                self.single[node.id] = compiled(single, self.graph)
            case Branch(arms=arms):
                self.arms[node.id] = tuple((compiled(arm.test, self.graph), arm.to) for arm in arms)

    def revived(self, name: str, data: Any) -> Value:
        """Plain JSON data as the value that `name` has in this graph."""
        revive = self.revivers.get(name)
        return data if revive is None else revive(data)

    def scope(self, names: Mapping[str, Value]) -> Scope:
        """These names, in the zone of this graph."""
        return Scope(names, self.zone)


def _where(graph: Graph) -> Where | None:
    try:
        return compile_where(graph)
    except EvaluationError:
        return None


def compiled(expr: Expr, graph: Graph) -> Evaluate:
    """The expression ready to compute; one that no scope could make good fails when it is computed, not here."""
    try:
        return compile_expr(expr, graph.functions)
    except EvaluationError as error:
        fault = error

    def fails(_: Scope) -> Value:
        raise EvaluationError(fault.code, fault.message)

    return fails
