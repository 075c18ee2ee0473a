from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dsl.format.test_laws import EXPRESSIONS, tree

from treadle.dsl.formatter import format_text
from treadle.dsl.parser import parse

SIGNS = st.sampled_from(["", "not ", "in ", "not in ", ">= ", "== ", "!= ", "it == "])
CELLS = st.one_of(
    st.just("_"),
    st.tuples(SIGNS, EXPRESSIONS).map("".join),
    st.tuples(EXPRESSIONS, st.sampled_from([" .. ", ".."]), EXPRESSIONS).map("".join),
)


@given(CELLS, EXPRESSIONS)
@settings(max_examples=150, deadline=None)
def test_any_cell_keeps_its_tree_and_its_table_is_aligned_at_once(cell: str, result: str) -> None:
    text = f"table t(n: int) -> int\n  |n|->|\n  |{cell}|{result}|\n  |_|1|\n"
    once = format_text(text).text
    assert tree(once) == tree(text)
    assert format_text(once).text == once
    if not parse(text).diagnostics:
        _, *rows = once.splitlines()
        assert len({len(row) for row in rows}) == 1
        assert rows[0].startswith("  | n ")


@given(EXPRESSIONS)
@settings(max_examples=100, deadline=None)
def test_any_value_in_a_test_keeps_its_tree(source: str) -> None:
    lines = f"  given a.b {{c: {source}}}\n  mock a.b returns {source}\n  expect a.b(c: {source})\n"
    text = f'test "t"\n{lines}'
    once = format_text(text).text
    assert tree(once) == tree(text)
    assert format_text(once).text == once
