"""Business days: weekends and holidays are passed over, the clock of the zone stays."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.evaluator import EvaluationError, Scope, evaluate
from treadle.dsl.facade import compile_files, graph_json
from treadle.dsl.graph import Assign, Graph

MADRID = ZoneInfo("Europe/Madrid")
TOP = (
    "calendar holidays\n  every 25 December\n  2026-12-28 .. 2026-12-30\n\n"
    "function due(t: datetime) -> datetime = t + 1 business day\n\n"
)


def lowered(expression: str, *clauses: str, params: str = "t: datetime, d: date, zone: text") -> Graph:
    head = "".join(f"  {each}\n" for each in clauses)
    text = f'{TOP}sequence "S"({params})\n{head}  do\n    x = {expression}\n    log text(x)\n'
    compiled = compile_files({"s.rule": text}, CATALOGUE)
    assert not compiled.errors, compiled.errors
    (graph,) = compiled.partial
    assert msgspec.json.decode(graph_json(graph), type=Graph) == graph
    return graph


def value(expression: str, *clauses: str, **names: Any) -> Any:
    graph = lowered(expression, *clauses)
    node = graph.nodes["x"]
    assert isinstance(node, Assign)
    return evaluate(node.value, Scope({"zone": "Asia/Tokyo", **names}, graph.zone), graph.functions)


def madrid(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "expression", "wanted"),
    [
        ("2026-11-23T10:00", "t + 1 business day", "2026-11-24T10:00"),
        ("2026-11-27T10:00", "t + 1 business day", "2026-11-30T10:00"),
        ("2026-11-28T10:00", "t + 1 business day", "2026-11-30T10:00"),
        ("2026-11-30T10:00", "t - 1 business day", "2026-11-27T10:00"),
        ("2026-11-29T10:00", "t - 2 business days", "2026-11-26T10:00"),
        ("2026-11-23T10:00", "t + 10 business days", "2026-12-07T10:00"),
        ("2026-03-27T02:30", "t + 1 business day", "2026-03-30T02:30"),
        ("2026-10-23T02:30", "t + 1 business day", "2026-10-26T02:30"),
        ("2026-12-24T10:00", "t + 1 business day", "2026-12-25T10:00"),
    ],
)
def test_weekends_are_passed_over_and_the_clock_stays(start: str, expression: str, wanted: str) -> None:
    assert value(expression, t=madrid(start)) == madrid(wanted)


def test_a_day_moves_to_a_day() -> None:
    assert value("d + 1 business day", d=date(2026, 11, 27)) == date(2026, 11, 30)
    assert value("d - 3 business days", d=date(2026, 11, 27)) == date(2026, 11, 24)


@pytest.mark.parametrize("expression", ["t + 1 business day", "due(t)"])
def test_the_window_gives_holidays_and_zone(expression: str) -> None:
    window = 'only during mon-fri 09:00-19:00 in "America/New_York" except holidays'
    evening = datetime(2026, 12, 25, 1, 0, tzinfo=UTC)  # in New York it is the evening of the 24th
    assert value(expression, window, t=evening) == datetime(2027, 1, 1, 1, 0, tzinfo=UTC)
    assert value(expression, t=evening) == datetime(2026, 12, 28, 1, 0, tzinfo=UTC)


def test_a_zone_of_the_run_is_read_in_the_step() -> None:
    friday = datetime(2026, 11, 26, 22, 0, tzinfo=UTC)  # Friday in Tokyo, Thursday in Madrid
    assert value("t + 1 business day", "only during mon-fri 09:00-19:00 in zone", t=friday) == datetime(
        2026, 11, 29, 22, 0, tzinfo=UTC
    )
    assert value("t + 1 business day", t=friday) == datetime(2026, 11, 27, 22, 0, tzinfo=UTC)


def test_a_moment_in_a_zone_moves_there() -> None:
    friday = datetime(2026, 11, 26, 22, 0, tzinfo=UTC)
    assert value('t.in("Asia/Tokyo") + 1 business day', t=friday) == datetime(2026, 11, 29, 22, 0, tzinfo=UTC)


def test_what_cannot_be_moved_says_so() -> None:
    with pytest.raises(EvaluationError, match="t is missing"):
        value("t + 1 business day", t=None)
    with pytest.raises(EvaluationError, match="business days"):
        value("d + 30000 business days", d=date(9999, 12, 1))


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 400))
def test_there_and_back_again(start: date, count: int) -> None:
    from treadle.dsl.operations.calendars import is_working, move_business_day

    there = move_business_day(start, count)
    assert is_working(there)
    back = move_business_day(there, -count)
    assert back <= start
    assert not any(is_working(date.fromordinal(day)) for day in range(back.toordinal() + 1, start.toordinal()))
