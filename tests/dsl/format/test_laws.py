from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dsl.harness import cases

from treadle.dsl.formatter import format_text, proof
from treadle.dsl.formatter.documents import Break, Group, Nest, concat, render
from treadle.dsl.nodes import BrokenDecl
from treadle.dsl.parser import parse

SAMPLES = [path.read_text() for path in sorted((Path(__file__).parents[2] / "samples").glob("*/*.rule"))]
TEXTS = [*SAMPLES, *(case.text for folder in ("format", "parse") for case in cases(folder))]
NAMES = st.sampled_from(["a", "lead.price", "contact.first_name", "x?.y", "rows[0]", 'm["k"]', "now"])
CONSTANTS = st.sampled_from(
    ["1", "0.50", "true", '"text"', r'"\{ \n"', "5 min", "0.05 usd", '"a{b}c"', '"{a ?? "z"}"', "[]", "{}"]
)


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["+", "-", "*", "/", "%", "==", "<=", "in", "not in", "starts with", "and", "or", "??"])
    return st.one_of(
        st.tuples(inner, signs, inner).map(lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"),
        inner.map(lambda of: f"not ({of})"),
        inner.map(lambda of: f"-({of})"),
        inner.map(lambda of: f"({of}) is not set"),
        st.lists(inner, min_size=1, max_size=5).map(lambda items: f"f({', '.join(items)})"),
        st.lists(inner, min_size=1, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(inner, min_size=1, max_size=4).map(lambda items: " and ".join(f"({item})" for item in items)),
        inner.map(lambda of: f"{{a: {of}, b: x => {of}}}"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]}) if ({parts[1]}) else a"),
    )


EXPRESSIONS = st.recursive(st.one_of(NAMES, CONSTANTS), compound, max_leaves=25)


@st.composite
def blanks_changed(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + draw(st.sampled_from([" ", "  ", "\n", "\n\n\n", "# note\n", "\n    # deep\n", ",", "\r\n"]))
            + text[at:]
        )
    return text


def tree(text: str) -> object:
    return [proof.shape(decl) for decl in parse(text).module.decls if not isinstance(decl, BrokenDecl)]


def comments(text: str) -> list[str]:
    return sorted(line.strip() for line in text.split("\n") if line.strip().startswith("#"))


@given(blanks_changed())
@settings(max_examples=150, deadline=None)
def test_formatting_twice_is_formatting_once_and_keeps_tree_and_comments(text: str) -> None:
    once = format_text(text).text
    assert format_text(once).text == once
    assert tree(once) == tree(text)
    assert comments(once) == comments(text)


@given(EXPRESSIONS)
@settings(max_examples=150, deadline=None)
def test_any_expression_keeps_its_tree_and_finds_its_form_at_once(source: str) -> None:
    step = f"    x = {source}\n    if {source}\n      kommo.call(y: {source}) no retry\n"
    text = f'rule "R"\n  when a.b as c\n  do\n{step}'
    parsed = parse(text)
    once = format_text(text)
    if parsed.diagnostics:
        assert once.text == text
    else:
        assert tree(once.text) == tree(text)
        assert format_text(once.text).text == once.text


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_any_text_is_formatted_without_raising(text: str) -> None:
    once = format_text(text).text
    assert format_text(once).text == once


def test_line_ends_of_the_file_are_kept() -> None:
    assert format_text("let  a = 1\r\n\r\n\r\nlet b=2").text == "let a = 1\r\n\r\nlet b = 2\r\n"


def test_a_declaration_that_would_change_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from treadle.dsl.formatter import blocks

    monkeypatch.setattr(blocks, "render", lambda *_: "let a = 2")
    assert format_text("let  a = 1\n").text == "let  a = 1\n"


def test_a_group_breaks_as_a_whole_and_only_when_it_must() -> None:
    group = Group(concat("f(", Nest(2, concat(Break(""), "a", ",", Break(), "b")), Break("", comma=","), ")"))
    assert render(group, 0, 7) == "f(a, b)"
    assert render(group, 0, 6) == "f(\n  a,\n  b,\n)"
    assert render(concat(group, " tail"), 0, 11) == "f(\n  a,\n  b,\n) tail"
