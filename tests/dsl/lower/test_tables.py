"""What decision tables decide: the first row that matches, whatever the values, and the same as the rows say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.diagnostics import render
from treadle.dsl.evaluator import Scope, compile_expr, evaluate
from treadle.dsl.expressions import Apply, Cases, Function, Var
from treadle.dsl.facade import compile_files

RULE = 'use kommo\nrule "R"\n  when kommo.lead_created as lead\n  do\n    log "{%s}"\n'


def functions(table: str, call: str) -> dict[str, Function]:
    text = table + RULE % call
    compiled = compile_files({"t.rule": text}, CATALOGUE)
    assert not compiled.errors, "\n".join(render(each, text) for each in compiled.errors)
    return compiled.partial[0].functions


def decide(found: dict[str, Function], name: str, **values: Any) -> Any:
    call = Apply(name, tuple(Var(param) for param in found[name].params), own=True)
    return evaluate(call, Scope(values), found)


DISCOUNT = functions(
    """
let low = 50 * 2
table discount(segment: text?, price: number) -> number
  | price       | segment          | ->          |
  | >= 1000     | "gold"           | 15          |
  | _           | "gold"           | 10          |
  | low .. 5000 | in ["a", "b"]    | price / 100 |
  | not 1 .. 9  | it is not set    | 3           |
  | < 5         | it is set and it.length() > 3 | 2 |
  | != 7        | not "x"          | 1           |
  | _           | _                | 0           |
""",
    'discount("gold", 5)',
)


@pytest.mark.parametrize(
    ("segment", "price", "result"),
    [
        ("gold", 1000, 15),
        ("gold", Decimal("999.99"), 10),
        ("a", 100, 1),
        ("b", 5000, 50),
        ("b", Decimal("5000.01"), 1),
        (None, 10, 3),
        (None, 5, 1),
        (None, 7, 0),
        ("long", 4, 2),
        ("x", 8, 0),
        ("y", 7, 0),
    ],
)
def test_the_first_row_that_matches_wins(segment: str | None, price: Decimal, result: int) -> None:
    assert decide(DISCOUNT, "discount", segment=segment, price=price) == result


def test_a_table_is_plain_data_over_its_parameters() -> None:
    table = DISCOUNT["discount"]
    assert table.params == ("segment", "price")
    assert isinstance(table.body, Cases)
    assert len(table.body.rows) == 7


def test_missing_is_never_between_nor_above() -> None:
    found = functions(
        'table size(n: number?) -> text\n  | n | -> |\n  | < 5 | "low" |\n  | 5 .. 9 | "mid" |\n'
        '  | not 10 .. 99 | "none" |\n  | _ | "high" |\n',
        "size(3)",
    )
    assert [decide(found, "size", n=n) for n in (4, 5, 9, None, 10)] == ["low", "mid", "mid", "none", "high"]


def test_tables_call_functions_and_tables() -> None:
    found = functions(
        "function double(n: int) -> int = n * 2\n"
        "table inner(n: int) -> int\n  | n | -> |\n  | > 5 | double(n) |\n  | _ | n |\n"
        "table outer(n: int) -> int\n  | n | -> |\n  | in [1, 2] | inner(n) |\n  | _ | inner(n) + 1 |\n",
        "outer(3)",
    )
    assert sorted(found) == ["double", "inner", "outer"]
    assert [decide(found, "outer", n=n) for n in (1, 5, 6)] == [1, 6, 13]


_CELLS = st.one_of(
    st.just("_"),
    st.integers(-3, 3).map(str),
    st.tuples(st.sampled_from(["<", "<=", ">", ">=", "!="]), st.integers(-3, 3)).map(
        lambda pair: f"{pair[0]} {pair[1]}"
    ),
    st.tuples(st.integers(-3, 3), st.integers(0, 3)).map(lambda pair: f"{pair[0]} .. {pair[0] + pair[1]}"),
    st.lists(st.integers(-3, 3), min_size=1, max_size=3).map(lambda items: f"in {items}"),
)
_ANY = st.one_of(_CELLS, _CELLS.filter(lambda cell: cell[0] not in "_<>!").map(lambda cell: f"not {cell}"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_ANY, _ANY), min_size=1, max_size=5))
def test_a_table_without_a_finding_decides_for_all_values_and_by_every_row(rows: list[tuple[str, str]]) -> None:
    lines = "".join(f"  | {left} | {right} | {at} |\n" for at, (left, right) in enumerate(rows))
    text = f"table pick(a: int, b: int?) -> int\n  | a | b | -> |\n{lines}" + RULE % "pick(1, 2)"
    compiled = compile_files({"t.rule": text}, CATALOGUE)
    codes = {each.code for each in compiled.errors}
    assert codes <= {"E703", "E704"}
    if codes:
        return
    found = compiled.partial[0].functions
    run = compile_expr(Apply("pick", (Var("a"), Var("b")), own=True), found)
    span = range(-5, 9)
    results = {run(Scope({"a": a, "b": b})) for a in span for b in [*span, None]}
    assert results == set(range(len(rows)))
