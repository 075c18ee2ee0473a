"""A box against the evaluator: when a condition holds its fields are in the box; an exact box says the converse too."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.dsl import expressions as ex
from treadle.dsl.analysis.boxes import Box
from treadle.dsl.analysis.domains import Domain
from treadle.dsl.analysis.terms import Terms
from treadle.dsl.evaluator import EvaluationError, Scope, evaluate
from treadle.dsl.typesystem import BOOL, INT, TEXT, Field, Named, Optional, Record

FIELDS: dict[str, tuple[Any, list[Any]]] = {
    "n": (INT, [0, 1, 2, 3]),
    "m": (Optional(INT), [None, 0, 1, 2]),
    "word": (Optional(TEXT), [None, "a", "b", "c"]),
    "yes": (BOOL, [True, False]),
}
LEAD = Record(tuple(Field(name, kind) for name, (kind, _) in FIELDS.items()), "kommo.Lead")
TERMS = Terms({"lead": Named("kommo.Lead"), "now": TEXT}, {"kommo.Lead": LEAD}, {}, "lead")
WORDS = st.sampled_from(["a", "b", "c"])


def field(name: str) -> ex.Expr:
    return ex.Get(ex.Var("lead"), name)


def number(value: int) -> ex.Expr:
    return ex.Lit(value, "int") if value >= 0 else ex.Negate(ex.Lit(-value, "int"))


def listed(values: list[str]) -> ex.Expr:
    return ex.MakeList(tuple(ex.Lit(each, "text") for each in values))


@st.composite
def compared(draw: st.DrawFn) -> ex.Expr:
    """A comparison that checking lets through: what may be missing is only asked for equality."""
    kind = draw(st.sampled_from(["order", "flipped", "equal", "in", "set", "yes", "opaque", "constant"]))
    value = number(draw(st.integers(-1, 4)))
    match kind:
        case "order":
            return ex.Binary(draw(st.sampled_from(["<", "<=", ">", ">="])), field("n"), value)
        case "flipped":
            return ex.Binary(draw(st.sampled_from(["<", ">=", "!="])), value, field("n"))
        case "equal":
            wanted = draw(st.sampled_from([ex.Lit(None, "missing"), value]))
            return ex.Binary(draw(st.sampled_from(["==", "!="])), field("m"), wanted)
        case "in":
            return ex.Binary(
                draw(st.sampled_from(["in", "not in"])), field("word"), listed(draw(st.lists(WORDS, max_size=3)))
            )
        case "set":
            return ex.IsSet(field(draw(st.sampled_from(["m", "word"]))), draw(st.booleans()))
        case "yes":
            return field("yes")
        case "opaque":
            return ex.Binary("==", ex.Binary("%", field("n"), number(2)), number(1))
        case _:
            return ex.Binary("<", value, number(2))


CONDITIONS = st.recursive(
    compared(),
    lambda inner: st.one_of(
        st.builds(ex.Not, inner),
        st.builds(lambda items: ex.And(tuple(items)), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda items: ex.Or(tuple(items)), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=6,
)
EVENTS = [dict(zip(FIELDS, values, strict=True)) for values in product(*(values for _, values in FIELDS.values()))]


def inside(box: Box, event: dict[str, Any]) -> bool:
    return all(path and domain.holds(event[path.removeprefix("@.")]) for path, domain in box.paths.items())


@given(CONDITIONS, st.booleans())
@settings(max_examples=120, deadline=None)
def test_a_box_never_says_too_much(test: ex.Expr, holds: bool) -> None:
    box = TERMS.box(test, holds=holds)
    for event in EVENTS:
        true = evaluate(test, Scope({"lead": event})) is holds
        assert inside(box, event) or not true
        assert true or not (box.exact and inside(box, event))


def test_what_cannot_be_read_is_left_open() -> None:
    now = ex.Binary("==", ex.Var("now"), ex.Lit("a", "text"))
    part = ex.Binary("contains", field("word"), ex.Lit("a", "text"))
    for test in (now, part, ex.Not(part), ex.Binary("==", field("n"), field("m"))):
        assert TERMS.box(test) == Box(exact=False)
    fails = ex.Binary("<", ex.Binary("/", number(1), number(0)), number(2))
    assert TERMS.box(fails) == Box(exact=False)
    with pytest.raises(EvaluationError):
        evaluate(fails, Scope({}))


def test_a_long_list_of_terms_is_read_in_little_time() -> None:
    many = tuple(ex.Binary("==", field("n"), number(each)) for each in range(0, 4_000, 2))
    assert len(TERMS.box(ex.Or(many)).paths["@.n"].parts[0][1].cuts) == 4_000
    assert TERMS.box(ex.And(many)).empty
    assert TERMS.box(ex.And(tuple(map(ex.Not, many)))).paths["@.n"] != Domain()
