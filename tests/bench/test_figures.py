"""Percentiles, goals, and the file that stores them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.figures import GOALS, Goal, figure, median, quantile, spread, table, write


def test_a_quantile_is_a_value_that_was_measured() -> None:
    hundred = [float(number) for number in range(1, 101)]

    assert [quantile(hundred, q) for q in (0.5, 0.95, 0.99)] == [50.0, 95.0, 99.0]
    assert quantile([7.0], 0.99) == 7.0
    assert quantile([1.0, 9.0], 0.5) == 1.0
    assert quantile([], 0.5) == 0.0
    assert median([3.0, 1.0, 2.0]) == 2.0


def test_a_spread_is_in_milliseconds_and_needs_no_order() -> None:
    found = spread([0.003, 0.001, 0.002])

    assert (found.p50, found.p99, found.count) == (2.0, 3.0, 3)


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [(Goal(">=", 5), 5.0, True), (Goal(">=", 5), 4.9, False), (Goal("<", 30), 30.0, False), (Goal("==", 0), 0.0, True)],
)
def test_goals(goal: Goal, value: float, met: bool) -> None:
    assert goal.met(value) is met


def test_what_was_not_measured_fails_its_goal_and_what_has_none_passes() -> None:
    assert figure("common_job.vs_dbos", None, "times").verdict == "FAIL"
    assert figure("common_job.vs_dbos", 8.2, "times").verdict == "PASS"
    assert figure("dbos.events_per_s", 12.0, "events/s").passed
    assert figure("dbos.events_per_s", 12.0, "events/s").verdict == ""


def test_a_value_is_judged_as_measured_and_not_as_rounded() -> None:
    almost = figure("common_job.vs_dbos", 7.9999, "times")

    assert (almost.value, almost.passed) == (8.0, False)


def test_the_names_that_others_read_have_goals() -> None:
    assert {"common_job.events_per_s", "common_job.vs_dbos", "common_job.p99_ms_at_50", "accept.p99_ms_at_200"} <= set(
        GOALS
    )


def test_the_file_is_a_list_of_name_value_unit_goal_pass(tmp_path: Path) -> None:
    out = tmp_path / "build" / "bench.json"

    write(out, [figure("start.first_s", 1.23456, "s"), figure("cli.help_ms", None, "ms")])

    assert json.loads(out.read_text()) == [
        {"name": "start.first_s", "value": 1.235, "unit": "s", "goal": "< 3", "pass": True},
        {"name": "cli.help_ms", "value": None, "unit": "ms", "goal": "< 150", "pass": False},
    ]


def test_the_table_shows_a_verdict_only_where_there_is_a_goal() -> None:
    lines = table([figure("start.first_s", 9.0, "s"), figure("dbos.events_per_s", 1234.5, "events/s")]).splitlines()

    assert lines[0].endswith("FAIL")
    assert lines[1].endswith("events/s")
    assert "1,234" in lines[1]
