"""Computes an expression of the language through parser, checker, lowering and evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.diagnostics import Diagnostic, render
from treadle.dsl.evaluator import Scope, evaluate
from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Assign, Graph
from treadle.dsl.values import Value, decode, revive

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ALONE = 'sequence "S"()'
"""What the step stands in when no event is given."""


class Refused(Exception):
    """The expression has faults before anything is computed."""

    def __init__(self, text: str, found: tuple[Diagnostic, ...]) -> None:
        super().__init__("\n".join(render(each, text) for each in found))
        self.codes = [each.code for each in found]


def compute(
    expression: str,
    now: datetime = NOW,
    zone: str = "Europe/Madrid",
    head: str = "",
    owner: str = ALONE,
    data: Mapping[str, str] | None = None,
) -> Value:
    """The value of the expression as a step computes it.

    `head` are declarations before the rule or sequence whose head lines are `owner`; `data` gives the JSON of its
    names. Raises `Refused`, or `EvaluationError`.
    """
    graph = _graph(f"{head}{owner}\n  do\n    value = ({expression})\n")
    step = graph.nodes["value"]
    assert isinstance(step, Assign)
    names = {name: revive(decode(each), graph.names[name], CATALOGUE_RECORDS) for name, each in (data or {}).items()}
    return evaluate(step.value, Scope({"now": now, **names}, zone), graph.functions)


CATALOGUE_RECORDS = {record.name: record for spec in CATALOGUE.plugins.values() for record in spec.records.values()}


def _graph(text: str) -> Graph:
    compiled = compile_files({"s.rule": text}, CATALOGUE)
    if compiled.errors:
        raise Refused(text, compiled.errors)
    return next(each for each in compiled.partial if "value" in each.nodes)
