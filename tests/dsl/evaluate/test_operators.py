"""The evaluator on hand-made expressions: numbers, missing values, time, text, access."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator import EvaluationError, LimitExceeded, Scope, compile_expr

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def run(expr: ex.Expr, /, zone: str = "UTC", **names: Any) -> Any:
    return compile_expr(expr)(Scope({"now": NOW, **names}, zone))


def binary(sign: ex.Sign, left: Any, right: Any, zone: str = "UTC") -> Any:
    return run(ex.Binary(sign, ex.Var("a"), ex.Var("b")), zone, a=left, b=right)


def fault(expr: ex.Expr, **names: Any) -> EvaluationError:
    with pytest.raises(EvaluationError) as caught:
        run(expr, **names)
    return caught.value


D = Decimal
H = timedelta(hours=1)


@pytest.mark.parametrize(
    ("left", "sign", "right", "gives"),
    [
        (D("0.1"), "+", D("0.2"), D("0.3")),
        (10, "/", 4, D("2.5")),
        (10, "/", 5, 2),
        (30000, "/", 100, 300),
        (-1, "%", 7, 6),
        (D("-1.5"), "%", 2, D("0.5")),
        (7, "-", D("0.5"), D("6.5")),
        (2, "*", 3 * H, 6 * H),
        (3 * H, "/", 2, timedelta(minutes=90)),
        (3 * H, "/", 2 * H, D("1.5")),
        (H, "*", D("0.1"), timedelta(minutes=6)),
        (NOW, "-", NOW - H, H),
        (date(2026, 11, 23), "+", timedelta(days=2), date(2026, 11, 25)),
        (date(2026, 11, 25), "-", date(2026, 11, 23), timedelta(days=2)),
        ("a", "+", "b", "ab"),
        ([1], "+", [2], [1, 2]),
    ],
)
def test_arithmetic(left: Any, sign: ex.Sign, right: Any, gives: Any) -> None:
    value = binary(sign, left, right)
    assert value == gives
    assert type(value) is type(gives)


def test_a_third_has_fifty_digits() -> None:
    assert binary("/", 1, 3) == D("0." + "3" * 50)


def test_a_day_is_24_hours_across_a_clock_change() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=ZoneInfo("Europe/Madrid"))
    after = binary("+", before, timedelta(days=1))
    assert after.isoformat() == "2026-10-25T11:00:00+01:00"
    assert binary("-", after, before) == timedelta(days=1)


def test_moments_of_one_zone_are_compared_on_the_utc_line() -> None:
    zone = ZoneInfo("Europe/Madrid")
    first = datetime(2026, 10, 25, 2, 50, tzinfo=zone)
    second = datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=zone)
    assert binary("<", first, second) is True


@pytest.mark.parametrize(
    ("left", "sign", "right", "gives"),
    [
        (1, "==", D("1.0"), True),
        (True, "==", 1, False),
        (None, "==", None, True),
        (None, "==", "", False),
        (None, "!=", "x", True),
        ("a", "in", ["b", "a"], True),
        (None, "in", ["b"], False),
        (True, "in", [1], False),
        ("k", "in", {"k": 1}, True),
        ("b", "not in", ["b"], False),
        ("abc", "contains", "b", True),
        (["a"], "contains", "a", True),
        ("abc", "starts with", "ab", True),
        ("abc", "ends with", "ab", False),
        ({"a": None}, "==", {}, True),
        ([1, D("2.0")], "==", [D("1.0"), 2], True),
        ("2026-11-23T09:30:00Z", "==", NOW, True),
        ("soon", "==", NOW, False),
    ],
)
def test_equality_and_containment(left: Any, sign: ex.Sign, right: Any, gives: bool) -> None:
    assert binary(sign, left, right) is gives


def test_matches_searches_anywhere_in_linear_time() -> None:
    evil = ex.Binary("matches", ex.Var("a"), ex.Lit(r"^(a+)+$", "text"))
    assert run(evil, a="a" * 50_000 + "!") is False
    assert run(ex.Binary("matches", ex.Var("a"), ex.Lit(r"\d{3}", "text")), a="no 123") is True


def test_a_bad_pattern_is_found_when_compiled() -> None:
    with pytest.raises(EvaluationError, match="is no pattern") as caught:
        compile_expr(ex.Binary("matches", ex.Var("a"), ex.Lit("(", "text")))
    assert caught.value.code == "pattern"


def test_missing_never_means_false() -> None:
    price = ex.Get(ex.Var("lead"), "price")
    found = fault(ex.Binary(">=", price, ex.Lit(3, "int")), lead={})
    assert (found.code, found.message) == ("missing", "lead.price is missing and cannot be ordered")
    assert fault(ex.Not(price), lead={}).message == "lead.price is missing, so it is neither true nor false"
    assert fault(ex.And((price, ex.Lit(True, "bool"))), lead={}).code == "missing"
    assert "??" in fault(ex.Join((ex.Lit("Hi ", "text"), price)), lead={}).message


def test_and_stops_at_the_first_false() -> None:
    broken = ex.Binary("/", ex.Lit(1, "int"), ex.Lit(0, "int"))
    assert run(ex.And((ex.Lit(False, "bool"), ex.Binary(">", broken, ex.Lit(1, "int"))))) is False
    assert fault(broken).message == "cannot divide 1 by zero"


def test_access() -> None:
    lead = {"tags": ["a"], "fields": {"Segment": "gold"}, "owner": None}
    assert run(ex.Item(ex.Get(ex.Var("lead"), "fields"), ex.Lit("Segment", "text")), lead=lead) == "gold"
    assert run(ex.Item(ex.Get(ex.Var("lead"), "tags"), ex.Lit(3, "int")), lead=lead) is None
    assert run(ex.Item(ex.Get(ex.Var("lead"), "tags"), ex.Lit(-1, "int")), lead=lead) == "a"
    owner = ex.Get(ex.Var("lead"), "owner")
    assert run(ex.Get(owner, "name", safe=True), lead=lead) is None
    assert fault(ex.Get(owner, "name"), lead=lead).message == "lead.owner is missing, so it has no name"
    assert run(ex.Coalesce((owner, ex.Lit("nobody", "text"))), lead=lead) == "nobody"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (D("1500.00"), "1500"),
        (D("1E+3"), "1000"),
        (D("0.050"), "0.05"),
        (D("-0.0"), "0"),
        (True, "true"),
        (2 * H, "2 hours"),
        (timedelta(days=1, minutes=1), "1 day 1 minute"),
        (timedelta(milliseconds=500), "0.5 seconds"),
        (-timedelta(days=3), "-3 days"),
        (timedelta(0), "0 seconds"),
        (NOW, "2026-11-23 10:30"),
        (NOW.astimezone(ZoneInfo("Asia/Tokyo")), "2026-11-23 18:30"),
        (date(2026, 1, 5), "2026-01-05"),
    ],
)
def test_text_forms(value: Any, text: str) -> None:
    assert run(ex.Join((ex.Var("x"),)), "Europe/Madrid", x=value) == text


def test_interpolated_text_is_never_read_again() -> None:
    evil = "{{7*7}} ${7*7} {% include %} {lead.name}"
    assert run(ex.Join((ex.Lit("Hi ", "text"), ex.Var("x"))), x=evil) == "Hi " + evil


def test_a_conversion_names_the_path_and_the_value() -> None:
    order = ex.Item(ex.Var("order"), ex.Lit("id", "text"))
    assert fault(ex.Apply("int", (order,)), order={"id": "x7"}).message == 'order["id"]: cannot read "x7" as an int'
    assert fault(ex.Apply("int", (order,)), order={}).message == 'order["id"] is missing, and int() needs one'


def test_own_functions_and_lambdas_keep_their_parameters_apart() -> None:
    x, y, n = ex.Var("x"), ex.Var("y"), ex.Var("n")
    inner = ex.Apply("map", (y, ex.Lambda(("x",), ex.Binary("+", x, n))))
    own = {"shift": ex.Function(("y", "n"), inner)}
    outer = ex.Apply("map", (ex.Var("rows"), ex.Lambda(("x",), ex.Apply("shift", (x, ex.Lit(10, "int")), own=True))))
    assert compile_expr(outer, own)(Scope({"rows": [[1, 2], [3]]})) == [[11, 12], [13]]


def test_a_safe_call_of_a_missing_value_is_missing() -> None:
    assert run(ex.Apply("trim", (ex.Var("x"),), safe=True), x=None) is None
    assert fault(ex.Apply("trim", (ex.Var("x"),)), x=None).message == "x is missing, and trim() needs one"


def test_a_function_that_calls_itself_is_refused() -> None:
    own = {"f": ex.Function(("x",), ex.Apply("f", (ex.Var("x"),), own=True))}
    with pytest.raises(LimitExceeded, match="calls itself"):
        compile_expr(ex.Apply("f", (ex.Lit(1, "int"),), own=True), own)
