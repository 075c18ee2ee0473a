"""All conditions of one trigger's rules at once: which of them one event does not speak against.

Rules are bits of big integers. A path of the event that rules compare with constants is read once; a dictionary gives
the rules that take the value, a bisection those whose bounds it keeps, and the sets are joined by `&`. The rest of a
condition is asked of the rules that are left, through the evaluator. The answers are those of `Where.early`, rule by
rule.
"""

from __future__ import annotations

from treadle.dsl.indexing.index import RuleIndex
from treadle.dsl.indexing.preparing import Prepared, prepare

__all__ = ["Prepared", "RuleIndex", "prepare"]
