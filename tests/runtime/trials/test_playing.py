"""What a test lets happen: events, the clock, mocks, and which rules hear of it."""

from __future__ import annotations

import pytest
from tests.runtime.trials.conftest import played

ORDER = "{id: 1, total: 10}"


def rule(body: str, clauses: str = "", when: str = "shop.placed as order", name: str = "R") -> str:
    head = "".join(f"  {line}\n" for line in clauses.split("\n") if line)
    steps = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    return f'rule "{name}"\n  when {when}\n{head}  do\n{steps}\n'


READ = 'found = shop.get(id: order.id)\nlog "{found.total}"'


def test_a_mock_right_behind_an_event_answers_it(trying):
    assert (
        trying(rule(READ), f'given shop.placed {ORDER}\nmock shop.get returns {{total: 5}}\nexpect log "5"').failure
        is None
    )


def test_a_mock_in_front_of_an_event_answers_it(trying):
    assert (
        trying(rule(READ), f'mock shop.get returns {{total: 5}}\ngiven shop.placed {ORDER}\nexpect log "5"').failure
        is None
    )


def test_each_event_meets_the_mocks_behind_it(trying):
    lines = f"""
given shop.placed {ORDER}
mock shop.get returns {{total: 5}}
given shop.placed {ORDER}
mock shop.get returns {{total: 6}}
expect log "5"
expect log "6"
expect nothing more"""
    assert trying(rule(READ), lines).failure is None


def test_the_narrowest_mock_answers_and_among_equals_the_last(trying):
    lines = """
mock shop.get(id: 2) returns {total: 2}
mock shop.get returns {total: 1}
mock shop.get returns {total: 0}
given shop.placed {id: 1}
given shop.placed {id: 2}
expect log "0"
expect log "2"
"""
    assert trying(rule(READ), lines).failure is None


def test_a_call_whose_result_is_used_must_be_mocked(trying):
    tried = trying(rule(READ), f"given shop.placed {ORDER}\nexpect nothing")
    assert tried.message == "the rule goes on with the result of shop.get, which no mock gives"
    assert tried.line() == f"given shop.placed {ORDER}"
    assert tried.line(of_cause=True) == "found = shop.get(id: order.id)"
    assert tried.failure.got == "shop.get(id: 1)"
    assert tried.failure.notes == ("write above: mock shop.get returns ...",)


def test_a_mocked_failure_is_the_end_of_the_step_at_once(trying):
    body = 'try\n  shop.tag(id: 1, tag: "a") retry 5 times over 1 hour\non error as e\n  log "{e.code} {e.unknown}"'
    lines = f'given shop.placed {ORDER}\nmock shop.tag fails "gone"\nexpect log "gone false"\nexpect nothing more'
    assert trying(rule(body), lines).failure is None


def test_a_mocked_unknown_outcome_meets_the_handler(trying):
    body = 'try\n  shop.charge(id: 1)\non error as e\n  log "{e.unknown}"'
    assert trying(rule(body), f'given shop.placed {ORDER}\nmock shop.charge unknown\nexpect log "true"').failure is None


def test_a_mocked_unknown_outcome_without_a_handler_parks_the_run(trying):
    tried = trying(
        rule('shop.charge(id: 1)\nlog "never"'),
        f'given shop.placed {ORDER}\nmock shop.charge unknown\nexpect log "never"',
    )
    assert tried.failure.notes[0].startswith("there was: shop.charge(id: 1)")
    assert '"R" waits for a person: the outcome of a step is not known' in tried.failure.notes


APPROVE = 'ok = approve "Ship {order.id}?" by "boss" up to 2 days\non timeout\n  fail "late"\nlog "{ok}"'


@pytest.mark.parametrize("answer", ["true", "false"])
def test_people_answer_as_mocked(trying, answer):
    lines = f'given shop.placed {ORDER}\nmock approve "Ship 1?" returns {answer}\nexpect log "{answer}"'
    assert trying(rule(APPROVE), lines).failure is None


def test_people_answer_later_and_by_the_question(trying):
    lines = """
given shop.placed {id: 1}
given shop.placed {id: 2}
after 1 day
mock approve "Ship 2?" returns true
expect log "true"
after 2 days
expect fail "late"
expect nothing more"""
    assert trying(rule(APPROVE), lines).failure is None


def test_waits_of_days_and_the_default_clock(trying):
    body = 'log now.format("EEE HH:mm")\nwait 30 days\nlog now.format("EEE HH:mm")'
    lines = f'given shop.placed {ORDER}\nexpect log "Mon 09:00"\nafter 30 days\nexpect log "Wed 09:00"'
    assert trying(rule(body), lines).failure is None


def test_the_clock_is_set_and_cannot_go_back(trying):
    lines = f"""
at 2026-03-01 10:00 in "Asia/Tokyo"
given shop.placed {ORDER}
expect log "02:00"
at 2026-03-01 09:00 in "Asia/Tokyo"
"""
    tried = trying(rule('log now.in("Europe/Madrid").format("HH:mm")'), lines)
    assert (tried.message, tried.line()) == (
        "the clock has passed this time already",
        'at 2026-03-01 09:00 in "Asia/Tokyo"',
    )


def test_schedules_fire_as_the_clock_passes_them(trying):
    lines = (
        'after 1 hour\nexpect log "tick"\nexpect log "tick"\nexpect log "tick"\nexpect log "tick"\nexpect nothing more'
    )
    assert trying(rule('log "tick"', when="every 15 min"), lines).failure is None


def test_by_hand_and_by_webhook(trying):
    rules = rule('log "{x}"', when="by hand (x: int)", name="H") + rule(
        'log text(hook.json["a"])', when='webhook "w" as hook', name="W"
    )
    lines = 'given by hand "H" {x: 4}\ngiven webhook "w" {json: {a: "b"}}\nexpect log "4"\nexpect log "b"'
    assert trying(rules, lines).failure is None


def test_events_that_rules_send_are_heard(trying):
    rules = (
        "event done\n  id: int\n\n"
        + rule("emit done {id: order.id}")
        + rule('log "{d.id}"', when="done as d", name="D")
    )
    lines = f'given shop.placed {ORDER}\nexpect emit done {{id: 1}}\nexpect log "1"\nexpect nothing more'
    assert trying(rules, lines).failure is None


def test_state_between_events_is_that_of_the_runtime(trying):
    rules = rule('log "{order.id}"', clauses="once per order.id")
    lines = 'given shop.placed {id: 1}\ngiven shop.placed {id: 1}\nexpect log "1"\nexpect nothing more'
    assert trying(rules, lines).failure is None


def test_no_test_sees_another(trying):
    rules = rule('log "{order.id}"', clauses="once per order.id")
    one = '\ntest "{}"\n  given shop.placed {{id: 1}}\n  expect log "1"\n'
    assert [each.passed for each in played({"a.rule": rules + one.format("A") + one.format("B")})] == [True, True]


def test_a_test_runs_the_rules_of_its_file_and_what_they_use():
    rules = 'rule "A"\n  when shop.placed as order\n  do\n    start "S"(n: order.id)\n\n'
    other = 'sequence "S"(n: int)\n  do\n    log "{n}"\n\n' + rule('log "not this one"', name="B")
    test = 'test "T"\n  given shop.placed {id: 3}\n  expect start "S"(n: 3)\n  expect log "3"\n  expect nothing more\n'
    assert [each.failure for each in played({"a.rule": rules + test, "b.rule": other})] == [None]


def test_rules_that_feed_one_another_come_to_an_end(trying):
    rules = "event tick\n  n: int\n\n" + rule("emit tick {n: t.n + 1}", when="tick as t", clauses="where t.n < 1000")
    tried = trying(rules, "given tick {n: 0}\nexpect emit tick {n: 5}")
    assert tried.message.startswith('"R" failed: ')


def test_a_rule_on_trial_is_played_and_answered_as_mocked(trying):
    lines = f'given shop.placed {ORDER}\nmock shop.get returns {{total: 5}}\nexpect log "5"\nexpect nothing more'
    assert trying(rule(READ, clauses="rehearse"), lines).failure is None


def test_limits_of_the_workspace_hold(trying):
    limit = 'limit "calm" at most 1 messages per 1 day per contact else wait\n\n'
    send = rule('shop.send(contact_id: order.id, text: "t")')
    lines = """
given shop.placed {id: 1}
given shop.placed {id: 1}
expect shop.send
expect nothing
after 1 day
expect shop.send
expect nothing more"""
    assert trying(limit + send, lines).failure is None


def test_a_sequence_is_ended_by_its_key(trying):
    rules = (
        'sequence "S"(n: int)\n  one at a time per n else skip\n  do\n    wait 1 day\n    log "never"\n\n'
        + rule('start "S"(n: order.id)')
        + rule('cancel "S" for m.contact_id', when="shop.message as m", name="C")
    )
    lines = """
given shop.placed {id: 1}
expect start "S"(n: 1)
given shop.message {contact_id: 1, text: "stop"}
after 2 days
expect nothing more"""
    assert trying(rules, lines).failure is None


def test_priority_and_stop_after_hold(trying):
    rules = rule('log "low"', name="L") + rule('log "high"', clauses="priority 9\nstop after", name="H")
    assert trying(rules, f'given shop.placed {ORDER}\nexpect log "high"\nexpect nothing more').failure is None


def test_parallel_calls_meet_their_own_mocks(trying):
    body = 'together\n  a = shop.get(id: 1)\n  b = shop.get(id: 2)\nlog "{a.total} {b.total}"'
    lines = f"""
given shop.placed {ORDER}
mock shop.get(id: 1) returns {{total: 1}}
mock shop.get(id: 2) returns {{total: 2}}
expect log "1 2"
expect nothing more"""
    assert trying(rule(body), lines).failure is None


def test_two_accounts_of_one_plugin_are_told_apart(trying):
    rules = 'use shop "b" as other\n\n' + rule('shop.tag(id: 1, tag: "x")\nother.tag(id: 2, tag: "x")')
    lines = f"given shop.placed {ORDER}\nexpect other.tag(id: 2)\nexpect nothing more"
    tried = trying(rules, lines)
    assert tried.failure.got == 'shop.tag(id: 1, tag: "x")'
    assert trying(rules, f"given shop.placed {ORDER}\nexpect other.tag(id: 1)").message == (
        "other.tag was there with another id"
    )
    assert trying(rules, "given other.placed {id: 1}\nexpect nothing").failure is None


def test_days_of_heartbeats(trying):
    lines = 'after 3 days\nexpect log "tick"'
    assert trying(rule('log "tick"', when="every 15 min"), lines).failure is None
