from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import graphs as g
import pytest
from msgspec.structs import replace

from treadle.dsl.typesystem import DATETIME, DURATION, NUMBER, TEXT
from treadle.runtime.machine import state as states
from treadle.runtime.machine.decisions import DoCall, DoEnd, StartRun
from treadle.runtime.machine.feeding import settled
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.state import Attempt, Rest, State
from treadle.runtime.machine.step import scope_names, walk
from treadle.runtime.ports import Fault

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
EVENT = {"id": 7, "total": Decimal("12.50"), "version": None}


def walked(graph, state=None, event=EVENT):
    program = Program(graph)
    state = state or State(at=graph.entry, now=NOW)
    return walk(program, state, scope_names(graph, state, event))


def only_act(move):
    (act,) = move.acts
    return act


def test_a_call_stops_the_walk_with_its_arguments():
    move = walked(g.rule("r", g.call("s1", "tag", order=g.field("id"), tag="gold")))
    assert isinstance(only_act(move), DoCall)
    assert only_act(move).args == {"order": 7, "tag": "gold"}
    assert move.state.at == "s1"


def test_assignments_branches_and_logs_are_passed_and_recorded():
    graph = g.rule(
        "r",
        g.assign("s1", "double", g.Binary("*", g.field("total"), g.lit(2)), "s2"),
        g.branch("s2", g.compare(g.Var("double"), ">", 20), "s3", "s9", next="s4"),
        g.log("s3", g.Join((g.lit("total "), g.Var("double"))), "s4"),
        g.wait("s4", "PT1H", "s5"),
        g.log("s5", "later"),
        g.log("s9", "never"),
    )
    move = walked(graph)
    assert move.state.rest == Rest("sleep", NOW + timedelta(hours=1))
    assert [record.what for record in move.records] == ["let", "if", "log", "wait"]
    assert move.records[0].output == Decimal("25.00")
    assert move.records[2].input == "total 25"
    assert (move.state.at, move.state.vars) == ("s5", {"double": Decimal("25.00")})
    assert walked(graph, move.state).end is None
    after = walked(graph, replace(move.state, now=NOW + timedelta(hours=1)))
    assert after.end == DoEnd("done")
    assert [record.input for record in after.records] == ["later"]


def test_a_branch_without_a_fitting_arm_goes_on_behind():
    graph = g.rule(
        "r", g.branch("s1", g.compare(g.field("id"), "==", 8), "s2", next="s3"), g.log("s2", "no"), g.log("s3", "yes")
    )
    assert [record.input for record in walked(graph).records[1:]] == ["yes"]


def test_an_expression_without_a_value_fails_the_run_at_its_step():
    graph = g.rule("r", g.log("s1", g.Join((g.lit("v"), g.field("version")))))
    move = walked(graph)
    assert move.end is not None
    assert move.end.status == "failed"
    assert move.end.error is not None
    assert move.records[-1].node == "s1"
    assert move.records[-1].error == move.end.error


def test_fail_and_stop_end_the_run_differently():
    from treadle.dsl.graph import Fail, Stop

    failed = walked(g.rule("r", Fail(id="s1", span=g.SPAN, text=g.lit("too dear"))))
    stopped = walked(g.rule("r", Stop(id="s1", span=g.SPAN), g.log("s2", "no")))
    assert failed.end == DoEnd("failed", Fault("failed", "too dear"))
    assert stopped.end == DoEnd("done")


def test_a_wait_of_nothing_does_not_sleep_and_one_of_years_is_refused():
    assert walked(g.rule("r", g.wait("s1", "PT0S"))).end == DoEnd("done")
    end = walked(g.rule("r", g.wait("s1", "P400D"))).end
    assert end is not None
    assert end.error is not None
    assert end.error.code == "limit"


def test_starts_are_passed_with_their_arguments():
    move = walked(g.rule("r", g.start("s1", "Seq", "s2", order=g.field("id")), g.log("s2", "on")))
    assert move.effects == (StartRun("Seq", {"order": 7}, 0),)
    assert move.end == DoEnd("done")


def test_a_result_gets_its_name_and_the_walk_goes_on():
    call = g.call("s1", "get_order", "s2", order=1, name="found")
    graph = g.rule("r", call, g.log("s2", g.field("email", "found")))
    state = settled(State(at="s1", now=NOW, attempt=Attempt(since=NOW)), call, {"email": "a@b"})
    assert state.attempt is None
    assert walked(graph, state).records[0].input == "a@b"


@pytest.mark.parametrize(
    "value",
    [
        Decimal("0.1"),
        10**30,
        "text",
        True,
        None,
        timedelta(days=2, microseconds=1),
        NOW,
        [Decimal("1.10")],
        {"a": {"b": 1}},
    ],
)
def test_state_comes_back_from_json_exactly(value):
    types = {Decimal: NUMBER, str: TEXT, timedelta: DURATION, datetime: DATETIME}
    kind = types.get(type(value))
    graph = g.rule("r", names={"v": kind} if kind else {})
    state = State(
        at="s1", vars={"v": value}, seq=3, now=NOW, attempt=Attempt(since=NOW, tries=2, doubt=True, plan="look")
    )
    assert states.decode(states.encode(state), Program(graph).revived) == state


def test_the_same_state_gives_the_same_move():
    graph = g.rule("r", g.call("s1", "remark", effect="blind", order=1, text=g.Join((g.lit("at "), g.Var("now")))))
    state = State(at="s1", now=NOW)
    again = states.decode(states.encode(state), Program(graph).revived)
    assert walked(graph, state).acts == walked(graph, again).acts
