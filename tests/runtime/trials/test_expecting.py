"""What counts as expected, and how a failure reads."""

from __future__ import annotations

import pytest
from tests.runtime.trials.conftest import played
from tests.runtime.trials.test_playing import ORDER, rule

GIVEN = f"given shop.placed {ORDER}\n"
TAGS = rule('shop.tag(id: order.id, tag: "a")\nshop.tag(id: order.id, tag: "b")\nlog "end"')


@pytest.mark.parametrize(
    "lines",
    [
        'expect shop.tag\nexpect shop.tag\nexpect log "end"',
        'expect shop.tag(tag: "b")',
        'expect shop.tag(id: 1)\nexpect shop.tag(id: 1, tag: "b")',
        'expect shop.tag\nexpect shop.tag\nexpect log "end"\nexpect nothing more',
        'expect log "end"\nexpect nothing',
        "after 1 day\nexpect shop.tag",
    ],
)
def test_met(trying, lines):
    assert trying(TAGS, GIVEN + lines).failure is None


@pytest.mark.parametrize(
    ("lines", "message", "expected", "got"),
    [
        (
            'expect shop.tag(id: 2, tag: "b")',
            "shop.tag was there with another id",
            'shop.tag(id: 2, tag: "b")',
            'shop.tag(id: 1, tag: "b")',
        ),
        (
            'expect shop.tag(id: 2, tag: "c")',
            "shop.tag was there with another id and tag",
            'shop.tag(id: 2, tag: "c")',
            'shop.tag(id: 1, tag: "a")',
        ),
        (
            'expect shop.tag(tag: "b")\nexpect shop.tag(tag: "a")',
            "shop.tag was done, but before what the expectation above met",
            'shop.tag(tag: "a")',
            'shop.tag(id: 1, tag: "a")',
        ),
        ("expect shop.tag\nexpect shop.tag\nexpect shop.tag", "shop.tag is not there", "shop.tag", None),
        ('expect log "start"', "log was there with another text", 'log "start"', 'log "end"'),
        ("expect shop.charge", "shop.charge is not there", "shop.charge", None),
        ("expect nothing", "expected nothing, and there are 3 effects", "nothing", 'shop.tag(id: 1, tag: "a")'),
        (
            'expect shop.tag(tag: "b")\nexpect nothing more',
            "expected nothing more, and there are 2 effects",
            "nothing more",
            'shop.tag(id: 1, tag: "a")',
        ),
        ("expect shop.tag\nexpect nothing", "expected nothing, and there are 2 effects", "nothing", None),
    ],
)
def test_unmet(trying, lines, message, expected, got):
    tried = trying(TAGS, GIVEN + lines)
    assert (tried.message, tried.failure.expected) == (message, expected)
    assert tried.line() == lines.split("\n")[-1]
    if got is not None:
        assert tried.failure.got == got


def test_what_else_was_done_is_shown_with_its_line(trying):
    notes = trying(TAGS, GIVEN + "expect shop.charge").failure.notes
    assert notes == (
        'there was: shop.tag(id: 1, tag: "a") (a.rule:6)',
        'there was: shop.tag(id: 1, tag: "b") (a.rule:7)',
        'there was: log "end" (a.rule:8)',
    )


def test_nothing_counts_from_the_expectation_before(trying):
    rules = rule('log "x"', clauses="where order.total > 5")
    lines = 'given shop.placed {total: 6}\nexpect log "x"\ngiven shop.placed {total: 1}\nexpect nothing\n'
    assert trying(rules, lines).failure is None
    assert trying(rules, lines + "given shop.placed {total: 7}\nexpect nothing").message is not None


def test_mocked_reads_need_no_expect_and_mocked_changes_are_something(trying):
    read = rule('found = shop.get(id: 1)\nif found.total > 5\n  log "x"')
    lines = GIVEN + "mock shop.get returns {total: 1}\nexpect nothing\nexpect nothing more"
    assert trying(read, lines).failure is None
    tag = rule('shop.tag(id: 1, tag: "a")')
    assert trying(tag, GIVEN + 'mock shop.tag fails "x"\nexpect fail "x"\nexpect nothing more').failure is None
    charged = rule("try\n  shop.charge(id: 1)\non error as e\n  stop")
    assert trying(charged, GIVEN + 'mock shop.charge fails "x"\nexpect nothing').failure.got == "shop.charge(id: 1)"


def test_why_nothing_fired(trying):
    rules = rule('log "x"', clauses="where order.total > 100 and order.id == 1")
    tried = trying(rules, GIVEN + 'expect log "x"')
    assert tried.failure.got == "nothing"
    assert tried.failure.notes == ('"R" did not fire: order.total > 100 does not hold: order.total is 10',)


def test_why_nothing_fired_when_nobody_hears(trying):
    assert trying(rule('log "x"', when="shop.message as m"), GIVEN + 'expect log "x"').failure.notes == (
        "no rule of this file hears the event",
    )


def test_what_a_run_waits_for(trying):
    tried = trying(rule('wait 2 days\nlog "x"'), GIVEN + 'after 1 day\nexpect log "x"')
    assert tried.failure.notes == ('"R" waits until 2026-01-07 09:00',)


def test_a_rule_that_breaks_is_the_failure_with_its_line(trying):
    rules = rule('n = int("x{order.id}")\nlog "{n}"')
    tried = trying(rules, GIVEN + 'expect log "x"')
    assert tried.message.startswith('"R" failed: ')
    assert '"x1"' in tried.message
    assert tried.line(of_cause=True) == 'n = int("x{order.id}")'
    assert tried.line() == 'expect log "x"'


def test_a_rule_that_breaks_is_a_failure_though_nothing_asks(trying):
    rules = rule('log "x"\nn = int("x{order.id}")\nlog "{n}"')
    assert trying(rules, GIVEN + 'expect log "x"').message.startswith('"R" failed: ')
    text = 'cannot read \\"x1\\" as an int'
    assert trying(rules, GIVEN + f'expect log "x"\nexpect fail "{text}"\nexpect nothing more').failure is None


def test_a_fail_that_the_rule_wants_is_seen_by_nothing_more_alone(trying):
    rules = rule('log "x"\nfail "no"')
    assert trying(rules, GIVEN + 'expect log "x"').failure is None
    assert trying(rules, GIVEN + 'expect log "x"\nexpect nothing more').failure.got == 'fail "no"'


def test_values_are_compared_as_the_language_does(trying):
    rules = "event e\n  n: number\n  at: datetime\n  xs: [int]\n\n" + rule(
        'emit e {n: 0.1 + 0.2, at: datetime("2026-01-01T10:00:00+01:00"), xs: [1]}'
    )
    assert trying(rules, GIVEN + 'expect emit e {n: 0.30, at: datetime("2026-01-01T09:00:00Z")}').failure is None
    assert trying(rules, GIVEN + "expect emit e {xs: [1, 2]}").message == "emit e was there with another xs"


def test_a_file_with_errors_counts_its_tests_as_failed_and_others_run():
    broken = rule('log "{ordr.id}"') + '\ntest "broken"\n  given shop.placed {id: 1}\n  expect log "x"\n'
    fine = rule('log "x"', name="F") + '\ntest "fine"\n  given shop.placed {id: 1}\n  expect log "x"\n'
    started = 'rule "S"\n  when shop.placed as order\n  do\n    start "Q"()\n\ntest "rests on it"\n'
    started += "  given shop.placed {id: 1}\n  expect start\n".replace("expect start", 'expect start "Q"')
    sequence = 'sequence "Q"()\n  do\n    log "{nobody}"\n'
    found = played({"a.rule": broken, "b.rule": fine, "c.rule": started, "d.rule": sequence})
    assert [(each.name, each.failure and each.failure.message) for each in found] == [
        ("fine", None),
        ("broken", "this file has errors"),
        ("rests on it", 'sequence "Q" needs a file that has errors, or stands in one'),
    ]


def test_a_rule_that_is_off_says_so(trying):
    assert trying(rule('log "x"', clauses="off"), GIVEN + 'expect log "x"').failure.notes == (
        '"R" did not fire: the rule is off',
    )
    by_hand = rule('log "x"', clauses="off", when="by hand")
    assert trying(by_hand, 'given by hand "R"\nexpect log "x"').message == 'the rule "R" is off'


def test_long_effects_are_cut(trying):
    tried = trying(rule(f'log "{"x" * 3000}"'), GIVEN + "expect nothing")
    assert len(tried.failure.got) == 1001


def test_why_one_rule_did_not_fire_while_another_did(trying):
    rules = rule('log "a"', name="A") + rule('log "b"', clauses="where order.total > 100", name="B")
    tried = trying(rules, GIVEN + 'given shop.message {contact_id: 1, text: "x"}\nexpect shop.charge')
    assert tried.failure.notes == (
        'there was: log "a" (a.rule:6)',
        '"B" did not fire: order.total > 100 does not hold: order.total is 10',
    )
