"""Computes expressions: plain data in, plain data out, metered, the same answer for the same scope.

`compile_expr` turns an expression into closures once; calling the result with a `Scope` computes it. Nothing is
generated as source, no attribute of a Python object is ever read, and every function comes from `builtins`.
"""

from __future__ import annotations

from treadle.dsl.evaluator.compilation import Evaluation, compile_expr, evaluate
from treadle.dsl.evaluator.weighing import depth_of
from treadle.dsl.operations.faults import EvaluationError, LimitExceeded
from treadle.dsl.operations.scope import LIMITS, Limits, Scope

__all__ = [
    "LIMITS",
    "Evaluation",
    "EvaluationError",
    "LimitExceeded",
    "Limits",
    "Scope",
    "compile_expr",
    "depth_of",
    "evaluate",
]
