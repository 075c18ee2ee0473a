from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.dsl.nodes import Node
from treadle.dsl.parser import parse
from treadle.dsl.parser.declarations import read_declaration

SAMPLES = [path.read_text() for path in sorted((Path(__file__).parents[2] / "samples").glob("*/*.rule"))]
WORDS = (
    "  |\t|# c|{|}|(|)|[|]|\\| and | matches |let x = |rule |do| = |.|1|5 min|:|?|'|wait for |sequence |\ufeff|\x00|é"
)
OPENINGS = (
    "when every |mon-fri|, sunday| at 09:00| in zone| catch up |skip missed|when cron |when by hand |at most 3 per |"
    "after | of quiet| as list |one at a time| per | else |skip|stop when |only during | 9:00-19:00| except |priority |"
    "off|match |case |for each | up to 3| at once|together|try|on error as e|on timeout|run |ask |emit |cancel |"
    'return |approve | by | up to |x = |5 business days|rehearse|including own changes|order_ready|"S"|{a: 1}|'
    "wait until | returns "
)
CLAUSES_AND_STEPS = st.lists(st.sampled_from([*OPENINGS.split("|"), "lead.id", "\n  ", "\n    "]), max_size=12)
LINES = ["\n", "\r\n", "if a\n", "else\n", "when a.b as c\n", '"', '"""', "\xa0", "|"]
PIECES = st.sampled_from([*WORDS.split("|"), *LINES])


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        text = text[:start] + draw(st.one_of(st.just(""), PIECES, st.text(max_size=5))) + text[end:]
    return text


def nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
        for name in value.__struct_fields__:
            yield from nodes(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from nodes(each)


def check(text: str) -> None:
    parsed = parse(text)
    assert parsed.module.text == text
    for decl in parsed.module.decls:
        ids = [node.id for node in nodes(decl)]
        assert len(ids) == len(set(ids))
        for node in nodes(decl):
            assert 0 <= decl.span.start <= node.span.start <= node.span.end <= decl.span.end <= len(text)
            assert text.count("\n", 0, node.span.start) + 1 == node.span.line
            before = text[text.rfind("\n", 0, node.span.start) + 1 : node.span.start]
            marked = len(before) == node.span.start and text.startswith("\ufeff")
            assert len(before) + 1 - marked == node.span.col
    for found in parsed.diagnostics:
        assert 0 <= found.span.start <= found.span.end <= len(text)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_without_raising(text: str) -> None:
    check(text)


@given(mutated())
@settings(max_examples=200, deadline=None)
def test_a_damaged_sample_is_read_without_raising(text: str) -> None:
    check(text)


@given(CLAUSES_AND_STEPS, CLAUSES_AND_STEPS)
@settings(max_examples=100, deadline=None)
def test_any_clause_and_any_step_is_read_without_raising(clauses: list[str], steps: list[str]) -> None:
    check(f'rule "R"\n  {"".join(clauses)}\n  do\n    {"".join(steps)}\n')


def test_threads_may_read_at_the_same_time() -> None:
    read_declaration.cache_clear()
    alone = [parse(text) for text in SAMPLES]
    read_declaration.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(parse, SAMPLES * 4))
    assert together == alone * 4
