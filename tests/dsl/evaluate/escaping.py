"""Expressions that hold attempts to escape as texts, in every way a text can be held, ready to be computed."""

from __future__ import annotations

from tests.dsl.catalogue import CATALOGUE
from tests.dsl.harness import cases

from treadle.dsl.evaluator import Scope
from treadle.dsl.expressions import Expr
from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Assign

_BATCH = 100
_WAYS = (
    '["{0}", name, "{{name}}", text(json({{"{0}": name}})["{0}"]), {{"{0}": name}}["{0}"] ?? "", text(data[name]), '
    '"{0}" if name == "{0}" else "", join(["{0}"], ","), first([name], x => x in ["{0}"]) ?? "", '
    'replace(name, "{0}", "{0}"), trim("." + "{0}" + ".").slice(1, length(name) + 1)]'
)


def evaluations() -> list[tuple[Expr, Scope, str]]:
    """For each attempt an expression, its scope, and the attempt: what each item of the value must be."""
    escapes = [each for case in cases("escapes") for each in case.text.removesuffix("\n").split("\n")]
    return [each for at in range(0, len(escapes), _BATCH) for each in _batch(escapes[at : at + _BATCH])]


def _batch(escapes: list[str]) -> list[tuple[Expr, Scope, str]]:
    quoted = [each.replace("\\", "\\\\").replace('"', '\\"').replace("{", "\\{") for each in escapes]
    steps = "".join(f"    v{at} = {_WAYS.format(each)}\n" for at, each in enumerate(quoted))
    (graph,) = compile_files({"a": f'sequence "S"(name: text, data: json)\n  do\n{steps}'}, CATALOGUE).partial
    made = {node.name: node.value for node in graph.nodes.values() if isinstance(node, Assign)}
    scopes = [Scope({"name": escape, "data": {escape: escape, "__proto__": 1}}) for escape in escapes]
    return [(made[f"v{at}"], scope, escape) for at, (scope, escape) in enumerate(zip(scopes, escapes, strict=True))]
