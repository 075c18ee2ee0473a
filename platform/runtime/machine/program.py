"""A graph ready to interpret: every expression compiled once. Owns the compiling of nodes, not of expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from treadle.dsl.evaluator import EvaluationError, compile_expr
from treadle.dsl.evaluator.matching import Where, compile_where
from treadle.dsl.expressions import Expr
from treadle.dsl.graph import (
    Approve,
    Ask,
    Assign,
    Branch,
    Call,
    Cancel,
    Condition,
    Emit,
    Fail,
    ForEach,
    Graph,
    Hear,
    Log,
    Node,
    Return,
    Run,
    Start,
    Wait,
    WaitFor,
    WaitUntil,
)
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value, reviver

Evaluate = Callable[[Scope], Value]
"""One compiled expression. Raises `EvaluationError`."""
Args = tuple[tuple[str, Evaluate], ...]


class Ear:
    """What a run listens for in the middle: the event's arguments, its condition, and the key it is found by."""

    __slots__ = ("_args", "_where", "hear", "key", "loads", "path")

    def __init__(
        self, hear: Hear, where: Iterable[Condition], key: tuple[str, Expr] | None, compiled: Callable[[Expr], Evaluate]
    ) -> None:
        self.hear = hear
        self.loads = any(term.loads for term in where)
        self.path = key[0] if key else None
        self.key = compiled(key[1]) if key else None
        self._args = tuple((name, compiled(each)) for name, each in hear.args.items())
        self._where = tuple(compiled(term.test) for term in where)

    def hears(self, scope: Scope) -> bool:
        """Whether it is this event, which stands in the scope under its name. A test without a value does not hold."""
        try:
            event = scope.names[self.hear.name]
            fits = all(event.get(name) == value(scope) for name, value in self._args)
            return fits and all(test(scope) is True for test in self._where)
        except EvaluationError:
            return False


class Program:
    """`single` holds the one expression of a node that has one, `args` those of nodes with several, `arms` the tests,
    `ears` what nodes wait for, `stops` what ends the run.

    `where` is None for a condition that nothing could make decidable; it never holds. `heard` are the `when` lines that
    name an event; `decides` is true when more than the event decides whether the rule fires, `loads` when the rule
    needs a field of the event that its delivery did not carry.
    """

    __slots__ = (
        "alone", "args", "arms", "at_most", "decides", "ears", "graph", "hear_args", "heard", "loads", "once", "quiet",
        "revivers", "single", "stops", "version", "where", "zone", "zone_of_window",
    )  # fmt: skip

    def __init__(self, graph: Graph, version: str | None = None) -> None:
        self.graph = graph
        self.version = version or graph.version()
        self.zone = graph.zone
        self.where = _where(graph)
        self.revivers = {name: reviver(known, graph.records) for name, known in graph.names.items()}
        self.heard = graph.hears + graph.webhooks
        self.hear_args = tuple(self._named(hear.args) for hear in self.heard)
        self.stops = tuple(Ear(each.hear, each.where, each.key, self._compiled) for each in graph.stops)
        self.single: dict[str, Evaluate] = {}
        self.args: dict[str, Args] = {}
        self.arms: dict[str, tuple[tuple[Evaluate, str | None], ...]] = {}
        self.ears: dict[str, Ear] = {}
        self._header(graph)
        for node in graph.nodes.values():
            self._add(node)

    def _header(self, graph: Graph) -> None:
        self.once = self._maybe(graph.once.key if graph.once else None)
        self.at_most = self._maybe(graph.at_most.key if graph.at_most else None)
        self.quiet = self._maybe(graph.quiet.key if graph.quiet else None)
        self.alone = self._maybe(graph.alone.key if graph.alone else None)
        self.zone_of_window = self._maybe(graph.during.zone if graph.during else None)
        clauses = [each for each in (graph.once, graph.at_most, graph.quiet, graph.alone) if each is not None]
        self.decides = bool(clauses)
        self.loads = graph.loads or any(each.loads for each in (*graph.where, *clauses))

    def _add(self, node: Node) -> None:
        match node:
            case Call(args=args) | Start(args=args) | Run(args=args) | Emit(data=args):
                self.args[node.id] = self._named(args)
            case Assign(value=single) | Wait(duration=single) | Log(text=single) | Fail(text=single):
                self.single[node.id] = self._compiled(single)
            case WaitUntil(moment=single) | ForEach(items=single) | Return(value=single) | Cancel(key=single):
                self.single[node.id] = self._compiled(single)
            case Branch(arms=arms):
                self.arms[node.id] = tuple((self._compiled(arm.test), arm.to) for arm in arms)
            case WaitFor():
                self.single[node.id] = self._compiled(node.up_to)
                self.ears[node.id] = Ear(node.hear, node.where, node.key, self._compiled)
            case Approve():
                self.args[node.id] = self._named({"question": node.question, "by": node.by, "up_to": node.up_to})
            case Ask():
                self.args[node.id] = self._asked(node)

    def _asked(self, node: Ask) -> Args:
        given = {"text": node.text} | ({"memory": node.memory} if node.memory else {})
        if not any(node.budget):
            return self._named(given)
        keys = [self._maybe(each) for each in node.budget]
        return (*self._named(given), ("budget", lambda scope: [each and each(scope) for each in keys]))

    def _named(self, args: Mapping[str, Expr]) -> Args:
        return tuple((name, self._compiled(each)) for name, each in args.items())

    def _maybe(self, expr: Expr | None) -> Evaluate | None:
        return None if expr is None else self._compiled(expr)

    def _compiled(self, expr: Expr) -> Evaluate:
        return compiled(expr, self.graph)

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
