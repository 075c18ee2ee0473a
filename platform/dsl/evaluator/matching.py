"""Whether the `where` of a graph holds, and if not, why: the same terms for workers and for explanations.

Pure. The runtime compiles a graph's condition once (`compile_where`) and asks it for each event; `first_failure` is for
people and slower.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from treadle.dsl.evaluator.compilation import Evaluation, compile_expr
from treadle.dsl.evaluator.logic import no_truth
from treadle.dsl.evaluator.paths import paths_in
from treadle.dsl.graph import Condition, Graph
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.dsl.operations.scope import Scope


class Reading(msgspec.Struct, frozen=True):
    """One value that a condition looked at: `lead.price` is `900`, both as text for people."""

    path: str
    value: str


class Failed(msgspec.Struct, frozen=True):
    """The first term of a `where` that did not hold; `error` says why it could not even be decided."""

    condition: Condition
    values: tuple[Reading, ...]
    error: str | None = None

    def sentence(self) -> str:
        """`lead.price > 10000 does not hold: lead.price is 900`."""
        if self.error:
            return f"{self.condition.text} cannot be decided: {self.error}"
        readings = ", ".join(f"{each.path} is {each.value}" for each in self.values)
        return f"{self.condition.text} does not hold" + (f": {readings}" if readings else "")


class Where:
    """The compiled condition of one graph; `terms` in the order of the graph's."""

    __slots__ = ("_early", "loads", "terms")

    def __init__(self, terms: list[tuple[Condition, Evaluation]]) -> None:
        self.terms = [run for _, run in terms]
        self.loads = any(condition.loads for condition, _ in terms)
        ordered = [at for at, (condition, _) in enumerate(terms) if condition.loads][:1]
        first = ordered[0] if ordered else len(terms)
        self._early = [(run, at < first) for at, (condition, run) in enumerate(terms) if not condition.loads]

    def holds(self, scope: Scope) -> bool:
        """Whether every term holds, left to right. Raises `EvaluationError` when a term has no answer."""
        return all(_true(run(scope)) for run in self.terms)

    def early(self, scope: Scope) -> bool | None:
        """The answer from what the delivery carries alone: None when fields have to be loaded to know.

        Raises `EvaluationError` as `holds` would; a term that stands behind one that loads is not blamed for a fault
        that the other might have prevented.
        """
        for run, certain in self._early:
            try:
                if not _true(run(scope)):
                    return False
            except EvaluationError:
                if certain:
                    raise
                return None
        return None if self.loads else True


def _true(value: object) -> bool:
    if value is True or value is False:
        return value
    raise EvaluationError("missing" if value is None else "mismatch", "a condition is neither true nor false")


def compile_where(graph: Graph) -> Where:
    """The graph's condition, ready to ask. Raises what `compile_expr` raises."""
    return Where([(each, compile_expr(each.test, graph.functions)) for each in graph.where])


def where_holds(graph: Graph) -> Callable[[Scope], bool]:
    """The condition as one function: `compile_where(graph).holds`."""
    return compile_where(graph).holds


def first_failure(graph: Graph, scope: Scope) -> Failed | None:
    """The first term that does not hold, with the values in it; None when the rule fires."""
    for condition in graph.where:
        error = None
        try:
            value = compile_expr(condition.test, graph.functions)(scope)
            if value is True:
                continue
            error = None if value is False else no_truth(value, condition.test).message
        except EvaluationError as fault:
            error = fault.message
        return Failed(condition, _readings(condition, graph, scope), error)
    return None


def _readings(condition: Condition, graph: Graph, scope: Scope) -> tuple[Reading, ...]:
    readings: dict[str, str] = {}
    for path, expr in paths_in(condition.test):
        try:
            readings.setdefault(path, quote(compile_expr(expr, graph.functions)(scope)))
        except EvaluationError:
            readings.setdefault(path, "missing")
    return tuple(Reading(path, value) for path, value in readings.items())
