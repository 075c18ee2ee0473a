"""The index says of every rule what its condition alone would say: random rules and events, wrong types too."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator import EvaluationError, Scope
from treadle.dsl.evaluator.matching import compile_where
from treadle.dsl.graph import Condition, Graph
from treadle.dsl.indexing import RuleIndex, prepare
from treadle.dsl.lower.constants import literal
from treadle.dsl.spans import NOWHERE
from treadle.dsl.values import Value

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MADRID = timezone(timedelta(hours=1))

# Few values, so that constants are met; of every kind, and equal ones that are written differently.
SCALARS = [
    None, True, False, 0, 1, 2, 3, -1, Decimal("1.0"), Decimal("1.5"), Decimal("-1"), Decimal("2.50"), 10**30,
    "", "a", "b", "1", "2026-11-23", "2026-11-23T09:30:00Z", "PT1H", "x" * 300,
    timedelta(hours=1), timedelta(0), date(2026, 11, 23), date(2026, 11, 24), time(9, 30),
    NOW, NOW.astimezone(MADRID), datetime(2026, 11, 24, tzinfo=UTC),
]  # fmt: skip
scalars = st.sampled_from(SCALARS)
constants = scalars.map(lambda value: ex.Lit("09:30:00", "time") if type(value) is time else literal(value))
events = st.dictionaries(
    st.sampled_from("pqr"),
    scalars
    | st.lists(scalars, max_size=2)
    | st.dictionaries(st.sampled_from("pq"), scalars | st.dictionaries(st.sampled_from("pq"), scalars, max_size=2)),
    max_size=3,
)


@st.composite
def paths(draw: st.DrawFn, name: str) -> ex.Expr:
    found: ex.Expr = ex.Var(name)
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 2, 3]))):
        field = draw(st.sampled_from("pqr"))
        match draw(st.sampled_from(["field", "field", "safe", "key", "at"])):
            case "key":
                found = ex.Item(found, ex.Lit(field, "text"))
            case "at":
                found = ex.Item(found, ex.Lit(draw(st.integers(-2, 1)), "int"))
            case how:
                found = ex.Get(found, field, safe=how == "safe")
    return ex.Coalesce((found, draw(constants))) if draw(st.integers(0, 5)) == 0 else found


def lists() -> st.SearchStrategy[ex.Expr]:
    return st.lists(constants, max_size=3).map(lambda items: ex.MakeList(tuple(items)))


@st.composite
def checks(draw: st.DrawFn, name: str) -> ex.Expr:
    path = draw(paths(name))
    match draw(st.sampled_from(["equal", "equal", "order", "order", "in", "set", "plain", "contains", "text", "or"])):
        case "equal":
            sign, sides = draw(st.sampled_from(["==", "!="])), [path, draw(constants)]
        case "order":
            sign, sides = draw(st.sampled_from(["<", "<=", ">", ">="])), [path, draw(constants)]
        case "in":
            return ex.Binary(draw(st.sampled_from(["in", "not in"])), path, draw(lists()))
        case "set":
            return ex.IsSet(path, negated=draw(st.booleans()))
        case "plain":
            return path
        case "contains":
            return ex.Binary("contains", draw(lists()), path)
        case "text":
            sign = draw(st.sampled_from(["contains", "starts with", "ends with"]))
            return ex.Binary(sign, path, draw(constants))
        case _:
            either = [ex.Binary("==", path, draw(constants)), draw(checks(name)), ex.IsSet(path, negated=True)]
            return ex.Or(tuple(draw(st.permutations(either))[: draw(st.integers(1, 3))]))
    if draw(st.booleans()):
        sides.reverse()
    return ex.Binary(sign, *sides)


@st.composite
def terms(draw: st.DrawFn, name: str) -> Condition:
    test = draw(checks(name))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        test = ex.Not(test)
    return Condition(test, "", NOWHERE, loads=draw(st.integers(0, 5)) == 0)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[str, Graph]:
    name = draw(st.sampled_from(["lead", "l", "now"]))
    known = draw(st.sampled_from([name, name, name, "other"]))
    where = tuple(draw(st.lists(terms(known), max_size=4)))
    return name, Graph(kind="rule", name="R", file="r.rule", span=NOWHERE, where=where, entry=None, nodes={})


def alone(name: str, graph: Graph, event: Value) -> bool | None:
    try:
        return compile_where(graph).early(Scope({name: event, "now": NOW}, graph.zone))
    except EvaluationError:
        return False


def indexed(rules: list[tuple[str, Graph]], room: int = 1 << 20, small: int = 99) -> RuleIndex[tuple[int, bool | None]]:
    prepared = [prepare(graph, compile_where(graph), name) for name, graph in rules]
    return RuleIndex(prepared, [(at, None if each.loads else True) for at, each in enumerate(prepared)], room, small)


def expected(rules: list[tuple[str, Graph]], event: Value) -> list[tuple[int, bool | None]]:
    verdicts = [(at, alone(name, graph, event)) for at, (name, graph) in enumerate(rules)]
    return [each for each in verdicts if each[1] is not False]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(graphs(), max_size=12),
    st.lists(events, min_size=1, max_size=6),
    st.sampled_from([0, 1 << 20]),
    st.sampled_from([0, 3, 99]),
)
def test_the_index_agrees_with_every_rule_alone(
    rules: list[tuple[str, Graph]], met: list[dict[str, Value]], room: int, small: int
) -> None:
    index = indexed(rules, room, small)
    for event in met:
        assert index.decide(event, NOW) == expected(rules, event)
