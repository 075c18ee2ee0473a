"""Which node each clause becomes, with its parts."""

from typing import Any

import pytest

from treadle.dsl.nodes import (
    AtMost,
    Clause,
    Constant,
    Flag,
    Name,
    OneAtATime,
    OnlyDuring,
    Priority,
    Quiet,
    RuleDecl,
    StopWhen,
    Ternary,
    When,
    WhenByHand,
    WhenCron,
    WhenEvery,
    WhenWebhook,
)
from treadle.dsl.parser import parse


def clause_of(line: str) -> Any:
    parsed = parse(f'rule "R"\n  {line}\n  do\n    stop\n')
    assert parsed.diagnostics == ()
    (rule,) = parsed.module.decls
    assert isinstance(rule, RuleDecl)
    (clause,) = rule.clauses
    return clause


def values(*constants: Constant | None) -> list[object]:
    return [constant and constant.value for constant in constants]


def test_an_event_of_ones_own_has_no_alias() -> None:
    own, of_a_plugin = clause_of("when order_ready as order"), clause_of("when db.row_inserted(table: x) as row")
    assert isinstance(own, When)
    assert isinstance(of_a_plugin, When)
    assert (own.heard.alias, own.heard.trigger.text, own.name.text) == (None, "order_ready", "order")
    assert of_a_plugin.heard.alias is not None
    assert (of_a_plugin.heard.alias.text, len(of_a_plugin.heard.args)) == ("db", 1)


def test_an_interval() -> None:
    clause = clause_of("when every 15 min skip missed")
    assert isinstance(clause, WhenEvery)
    assert isinstance(clause.interval, Constant)
    assert (clause.interval.value, clause.days, clause.at, clause.catch_up) == ("PT900S", None, (), "skip")


@pytest.mark.parametrize(("word", "length"), [("minute", "PT60S"), ("hour", "PT3600S"), ("week", "P7D")])
def test_a_unit_alone_is_one_of_it(word: str, length: str) -> None:
    every, most = clause_of(f"when every {word}"), clause_of(f"at most 3 per {word}")
    assert isinstance(every, WhenEvery)
    assert isinstance(most, AtMost)
    assert [each.value for each in (every.interval, most.window) if isinstance(each, Constant)] == [length, length]


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("monday", (0,)),
        ("friday, mon", (0, 4)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("weekday", (0, 1, 2, 3, 4)),
        ("weekend, thurs", (3, 5, 6)),
        ("day", (0, 1, 2, 3, 4, 5, 6)),
        ("saturday - monday", (0, 5, 6)),
        ("mon-wed, tue-thu", (0, 1, 2, 3)),
    ],
)
def test_days_of_the_week(written: str, days: tuple[int, ...]) -> None:
    clause = clause_of(f'when every {written} at 9:00, 17:30 in "Europe/Madrid" catch up all')
    assert isinstance(clause, WhenEvery)
    assert clause.days is not None
    assert clause.days.days == days
    assert [each.value for each in clause.at] == ["09:00:00", "17:30:00"]
    assert isinstance(clause.zone, Constant)
    assert clause.catch_up == "all"


def test_schedules_webhooks_and_hands() -> None:
    cron, webhook = clause_of('when cron "0 9 * * 1-5" in zone catch up once'), clause_of('when webhook "a" as hook')
    hand = clause_of("when by hand (x: int, y: text?)")
    assert isinstance(cron, WhenCron)
    assert (cron.line.value, isinstance(cron.zone, Name), cron.catch_up) == ("0 9 * * 1-5", True, "once")
    assert isinstance(webhook, WhenWebhook)
    assert (webhook.path.value, webhook.name.text) == ("a", "hook")
    assert isinstance(hand, WhenByHand)
    assert [param.name.text for param in hand.params] == ["x", "y"]


def test_how_often() -> None:
    most, quiet = clause_of("at most 3 per 2 hours per a.b"), clause_of("after 5 min of quiet per a.b as list all")
    assert isinstance(most, AtMost)
    assert values(most.count) == [3]
    assert most.key is not None
    assert isinstance(quiet, Quiet)
    assert quiet.key is not None
    assert quiet.name is not None
    assert quiet.name.text == "all"


def test_one_at_a_time_with_a_choice_as_its_key() -> None:
    clause = clause_of("one at a time per a if b else c else replace")
    assert isinstance(clause, OneAtATime)
    assert isinstance(clause.key, Ternary)
    assert clause.otherwise == "replace"


def test_what_ends_a_run() -> None:
    full, bare = clause_of("stop when kommo.x(a: 1) as m where m.a == 1 and b"), clause_of("stop when cancelled")
    assert isinstance(full, StopWhen)
    assert full.name is not None
    assert full.test is not None
    assert isinstance(bare, StopWhen)
    assert (bare.heard.alias, bare.name, bare.test) == (None, None, None)


def test_a_window() -> None:
    clause = clause_of('only during mon-fri 9:00-19:00 in a.zone ?? "UTC" except holidays')
    assert isinstance(clause, OnlyDuring)
    assert clause.days.days == (0, 1, 2, 3, 4)
    assert values(clause.start, clause.end) == ["09:00:00", "19:00:00"]
    assert clause.zone is not None
    assert clause.exception is not None


@pytest.mark.parametrize(
    ("line", "word"),
    [("off", "off"), ("stop  after", "stop after"), ("including own changes",) * 2, ("rehearse", "rehearse")],
)
def test_flags(line: str, word: str) -> None:
    clause: Clause = clause_of(line)
    assert isinstance(clause, Flag)
    assert clause.word == word


@pytest.mark.parametrize(("line", "number"), [("priority 5", 5), ("priority -5", -5), ("priority - 5", -5)])
def test_priorities(line: str, number: int) -> None:
    clause = clause_of(line)
    assert isinstance(clause, Priority)
    assert clause.number == number
