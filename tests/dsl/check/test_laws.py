"""Whatever the text, checking ends without an exception, and what is lowered can be shown, hashed and computed."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.harness import cases

from treadle.dsl.evaluator.matching import compile_where
from treadle.dsl.facade import check_text, compile_files, graph_json, mermaid
from treadle.dsl.typesystem import INT

_SAMPLES = [path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "samples").rglob("*.rule")]
_TEXTS = [re.sub(r"  # !.*", "", text) for text in [*_SAMPLES, *(case.text for case in cases("check"))]]
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_WORDS = sorted({word for text in _TEXTS for word in _TOKEN.findall(text)})


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A text of ours with some words replaced, removed or doubled."""
    words = _TOKEN.findall(draw(st.sampled_from(_TEXTS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(words) - 1))
        words[at] = draw(st.sampled_from(["", words[at] * 2, *_WORDS]))
    return "".join(words)


@given(damaged())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_checked_without_an_exception(text: str) -> None:
    compiled = compile_files({"a.rule": text}, CATALOGUE)
    assert (compiled.program is None) == bool(compiled.errors)
    for graph in compiled.partial:
        assert len(graph.version()) == 32
        assert graph_json(graph).startswith(b"{")
        assert mermaid(graph).startswith("flowchart")
        compile_where(graph)


def test_long_chains_and_circles_are_not_walked_deep() -> None:
    lets = "".join(f"let a{n} = a{n + 1} + 1\n" for n in range(2_000))
    assert [each.code for each in check_text(lets + "let a2000 = 1\n", "a", CATALOGUE)] == ["W201"]
    (circle,) = check_text(lets + "let a2000 = a0\n", "a", CATALOGUE)
    assert (circle.code, len(circle.message) < 200) == ("E216", True)
    calls = "".join(f"function f{n}(x: int) -> int = f{n + 1}(x) + 1\n" for n in range(2_000))
    deep = compile_files({"a": calls + "function f2000(x: int) -> int = x\n"}, CATALOGUE)
    assert [each.code for each in deep.errors] == ["E602"]


def test_sequences_that_run_each_other_are_not_walked_deep() -> None:
    runs = "".join(f'sequence "S{n}"()\n  do\n    x = run "S{n + 1}"()\n    return x + 1\n' for n in range(500))
    fine = compile_files({"a": runs + 'sequence "S500"()\n  do\n    return 1\n'}, CATALOGUE)
    assert not fine.diagnostics
    assert {graph.names["x"] for graph in fine.partial if graph.names} == {INT}
    (circle,) = compile_files({"a": runs + 'sequence "S500"()\n  do\n    run "S0"()\n'}, CATALOGUE).errors[:1]
    assert (circle.code, len(circle.message) < 200) == ("E426", True)
