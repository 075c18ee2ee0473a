"""Computes an expression of the language through parser, checker, lowering and evaluator."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.diagnostics import render
from treadle.dsl.evaluator import Scope, evaluate
from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Assign
from treadle.dsl.values import Value

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def compute(expression: str, now: datetime = NOW, zone: str = "Europe/Madrid", head: str = "") -> Value:
    """The value of the expression as a step computes it; `head` are declarations before the rule."""
    text = f'{head}sequence "S"()\n  do\n    value = ({expression})\n'
    compiled = compile_files({"s.rule": text}, CATALOGUE)
    assert not compiled.errors, "\n".join(render(each, text) for each in compiled.errors)
    graph = compiled.partial[0]
    step = graph.nodes["value"]
    assert isinstance(step, Assign)
    return evaluate(step.value, Scope({"now": now}, zone), graph.functions)
