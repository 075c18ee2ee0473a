"""Which functions a graph takes along: those of its own file, whatever other files call theirs."""

from __future__ import annotations

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import expressions as ex
from treadle.dsl.facade import compile_files

_RULE = 'rule "{name}"\n  when kommo.lead_created as lead\n  do\n    log "{{f(lead.id)}}"\n'


def _file(more: int, name: str) -> str:
    return f"use kommo\n\nfunction f(x: int) -> int = x + {more}\n\n{_RULE.format(name=name)}"


@pytest.mark.parametrize("names", [("a.rule", "b.rule"), ("b.rule", "a.rule")])
def test_files_may_give_functions_the_same_name(names: tuple[str, str]) -> None:
    compiled = compile_files({names[0]: _file(1, "One"), names[1]: _file(2, "Two")}, CATALOGUE)
    added = {graph.name: graph.functions["f"].body for graph in compiled.partial}
    assert added == {
        "One": ex.Binary("+", ex.Var("x"), ex.Lit(1, "int")),
        "Two": ex.Binary("+", ex.Var("x"), ex.Lit(2, "int")),
    }


def test_a_shared_function_takes_along_what_its_own_file_calls_by_that_name() -> None:
    shared = "shared function g(x: int) -> int = f(x) * 10\n\nfunction f(x: int) -> int = x + 3\n"
    rule = f'use kommo\n\nfunction f(x: int) -> int = x + 1\n\n{_RULE.format(name="R")}    log "{{g(lead.id)}}"\n'
    compiled = compile_files({"a.rule": rule, "z.rule": shared}, CATALOGUE)
    (graph,) = compiled.partial
    assert sorted(graph.functions) == ["f", "g", "z.rule:f"]
    assert graph.functions["f"].body == ex.Binary("+", ex.Var("x"), ex.Lit(1, "int"))
    assert graph.functions["z.rule:f"].body == ex.Binary("+", ex.Var("x"), ex.Lit(3, "int"))
