"""A changed rule over a past: exactly the decisions and effects differ that are known to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from tests.runtime.backtest.conftest import Lived, counts, rule
from tests.runtime.virtual.conftest import START

from treadle.runtime.costs import Spent
from treadle.runtime.scripted import Fails, Returns

BIG = 'rule "A"\n  when shop.placed as order\n  where order.total >= {}\n  do\n    shop.tag(id: order.id, tag: "big")\n'


async def test_the_same_rules_differ_in_nothing(lived: type[Lived]) -> None:
    past = lived(BIG.format(10))
    for total in (5, 10, 20):
        await past.placed(id=total, total=total)
    report = await past.against()
    assert (report.events, report.decisions, report.differs, report.cannot_tell) == (3, 3, False, 0)
    told = rule(report)
    assert (told.change, told.decisions, told.fired_then, told.fired_now) == ("same", 3, 2, 2)
    assert counts(told) == {"shop.tag": (2, 2)}


async def test_a_bound_that_moved_changes_the_decisions_between(lived: type[Lived]) -> None:
    past = lived(BIG.format(10))
    for total in (5, 10, 20):
        await past.placed(id=total, total=total)
    report = await past.against(BIG.format(20))
    told = rule(report)
    assert report.differs
    assert (report.differ, told.differ, told.fired_then, told.fired_now, told.change) == (1, 1, 2, 1, "changed")
    (difference,) = told.differences
    assert (difference.then.outcome, difference.now.outcome) == ("fired", "filtered")
    assert difference.now.why is not None
    assert "order.total" in difference.now.why
    (effect,) = told.effects
    assert (effect.what, effect.then, effect.now, effect.gone, effect.new) == ("shop.tag", 2, 1, 1, 0)
    assert effect.examples[0].args == {"id": 10, "tag": "big"}


def on_order(clauses: str, body: str, name: str = "A") -> str:
    head = "".join(f"  {line}\n" for line in clauses.split("\n") if line)
    steps = "".join(f"    {line}\n" for line in body.split("\n"))
    return f'rule "{name}"\n  when shop.placed as order\n{head}  do\n{steps}\n'


TAG = 'shop.tag(id: order.id, tag: "seen")'


async def test_the_recorded_answer_is_given_where_the_call_is_the_same(lived: type[Lived]) -> None:
    body = 'found = shop.get(id: order.id)\nif found.total > 5\n  shop.tag(id: found.id, tag: "{}")'
    past = lived(on_order("", body.format("big")))
    past.replies["shop.get"] = [Returns({"id": 1, "total": 9, "tags": []}), Returns({"id": 2, "total": 1, "tags": []})]
    await past.placed(1)
    await past.placed(2)
    told = rule(await past.against())
    assert counts(told) == {"shop.tag": (1, 1)}
    assert [each.made_up for each in told.effects] == [0]
    told = rule(await past.against(on_order("", body.format("huge"))))
    (effect,) = told.effects
    assert (effect.gone, effect.new, told.differ) == (1, 1, 0)


async def test_what_follows_from_an_answer_that_nobody_gave_is_marked(lived: type[Lived]) -> None:
    past = lived(on_order("", TAG))
    await past.placed(3)
    told = rule(await past.against(on_order("", 'found = shop.get(id: 7)\nshop.tag(id: found.id, tag: "seen")')))
    (effect,) = told.effects
    assert (effect.then, effect.now, effect.gone, effect.new, effect.made_up) == (1, 1, 1, 1, 1)
    assert {each.only: (each.args["id"], each.made_up) for each in effect.examples} == {
        "then": (3, False),
        "now": (0, True),
    }


async def test_what_calls_cost_is_told_by_currency(lived: type[Lived]) -> None:
    past = lived(on_order("", "shop.charge(id: order.id)"))
    await past.placed(1, 1)
    await past.placed(2, 9)
    told = rule(await past.against(on_order("where order.total > 5", "shop.charge(id: order.id)")))
    assert told.spend_then == [Spent(Decimal("0.60"), "eur")]
    assert told.spend_now == [Spent(Decimal("0.30"), "eur")]


async def test_a_failure_is_given_again(lived: type[Lived]) -> None:
    body = "try\n  shop.charge(id: order.id)\non error\n  shop.tag(id: order.id, tag: {})"
    past = lived(on_order("", body.format('"poor"')))
    past.replies["shop.charge"] = [Returns(), Fails("declined", "no money")]
    await past.placed(1)
    await past.placed(2)
    assert counts(rule(await past.against())) == {"shop.charge": (2, 2), "shop.tag": (1, 1)}


async def test_waits_take_their_time_on_the_virtual_clock(lived: type[Lived]) -> None:
    past = lived(on_order("", f"wait 2 days\n{TAG}"))
    await past.placed(1)
    await past.after(days=3)
    assert counts(rule(await past.against(days=5))) == {"shop.tag": (1, 1)}
    report = await past.against(on_order("", f"wait 9 days\n{TAG}"), days=5)
    assert counts(rule(report)) == {"shop.tag": (1, 0)}
    assert report.differ == 0


async def test_what_ends_a_wait_is_an_event_too(lived: type[Lived]) -> None:
    stops = "stop when shop.message as message where message.contact_id == order.id"
    past = lived(on_order(stops, f"wait 2 days\n{TAG}"))
    await past.placed(1)
    await past.placed(2)
    await past.after(days=1)
    await past.message(1)
    await past.after(days=3)
    assert counts(rule(await past.against(days=5))) == {"shop.tag": (1, 1)}
    assert counts(rule(await past.against(on_order("", f"wait 2 days\n{TAG}"), days=5))) == {"shop.tag": (1, 2)}


async def test_a_clause_is_counted_anew(lived: type[Lived]) -> None:
    past = lived(on_order("once per order.id", TAG))
    for id_ in (1, 1, 2):
        await past.placed(id_)
        await past.after(minutes=1)
    told = rule(await past.against(on_order("", TAG)))
    assert (told.fired_then, told.fired_now, told.differ, told.cannot_tell) == (2, 3, 1, 0)
    assert told.differences[0].then.why == "the rule has fired for 1 already"
    told = rule(await past.against(on_order("at most 1 per 1 hour", TAG)))
    assert (told.fired_then, told.fired_now, told.differ) == (2, 1, 1)


async def test_quiet_gathers_as_it_did(lived: type[Lived]) -> None:
    quiet = "after {} of quiet per order.total as list orders"
    body = 'shop.tag(id: count(orders), tag: "seen")'
    past = lived(on_order(quiet.format("5 min"), body))
    for _ in range(3):
        await past.placed(1)
        await past.after(minutes=2)
    await past.after(minutes=20)
    assert counts(rule(await past.against())) == {"shop.tag": (1, 1)}
    told = rule(await past.against(on_order(quiet.format("1 min"), body)))
    assert (told.fired_then, told.fired_now, told.differ) == (1, 3, 2)


async def test_what_is_not_decided_at_the_end_cannot_be_told(lived: type[Lived]) -> None:
    past = lived(on_order("after 2 days of quiet", TAG))
    await past.placed(1)
    told = rule(await past.against(days=1))
    assert (told.cannot_tell, told.differ) == (1, 0)
    assert told.reasons[0].why == "it was not decided yet at the end of the span"


async def test_a_key_may_have_been_used_up_before_the_span(lived: type[Lived]) -> None:
    past = lived(on_order("once per order.id", TAG))
    await past.placed(1)
    await past.after(hours=2)
    await past.placed(1)
    other = on_order("where order.total > 99\nonce per order.id", TAG)
    told = rule(await past.against(other, since=START + timedelta(hours=1)))
    assert (told.differ, told.cannot_tell) == (0, 1)
    assert told.reasons[0].why == "`once per` may have been used up by an event from before 2026-01-05 09:00 UTC"
    told = rule(await past.against(other))
    assert (told.differ, told.cannot_tell) == (1, 0)


async def test_a_rule_that_is_new_and_one_that_is_gone(lived: type[Lived]) -> None:
    past = lived(on_order("", TAG))
    await past.placed(1)
    report = await past.against(on_order("", TAG, "B"))
    assert [(each.rule, each.change, each.differ) for each in report.rules] == [("A", "removed", 1), ("B", "added", 1)]
    assert rule(report).differences[0].now.why == "this version has no such rule"


async def test_only_the_rules_that_are_asked_about(lived: type[Lived]) -> None:
    past = lived(on_order("", TAG) + on_order("", TAG, "B"))
    await past.placed(1)
    report = await past.against(on_order("", TAG), rules=("A",))
    assert ([each.rule for each in report.rules], report.differs) == (["A"], False)


async def test_schedules_fire_at_their_times(lived: type[Lived]) -> None:
    timed = 'rule "A"\n  when every {}\n  do\n    shop.tag(id: 1, tag: "tick")\n'
    past = lived(timed.format("day at 09:00"))
    await past.after(days=3)
    told = rule(await past.against(days=3))
    assert (told.decisions, told.fired_then, told.differ, counts(told)) == (3, 3, 0, {"shop.tag": (3, 3)})
    told = rule(await past.against(timed.format("12 hours"), days=3))
    assert (told.fired_then, told.fired_now) == (3, 6)


async def test_events_of_ones_own_and_sequences_come_from_the_rules(lived: type[Lived]) -> None:
    text = (
        "event ready\n  id: int\n\n"
        'sequence "S"(n: int)\n  do\n    wait 1 hour\n    shop.tag(id: n, tag: "end")\n\n'
        + on_order("where order.total > {}", "emit ready {id: order.id}")
        + 'rule "B"\n  when ready as it\n  do\n    start "S"(n: it.id)\n'
    )
    past = lived(text.replace("{}", "5"))
    await past.placed(1, total=6)
    await past.placed(2, total=16)
    await past.after(hours=3)
    report = await past.against()
    assert (report.differs, report.events, counts(rule(report, "S"))) == (False, 2, {"shop.tag": (2, 2)})
    report = await past.against(text.replace("{}", "10"))
    assert (rule(report).differ, rule(report, "B").differ, counts(rule(report, "S"))) == (1, 1, {"shop.tag": (2, 1)})
    (difference,) = rule(report, "B").differences
    assert (difference.now.outcome, difference.now.why) == ("absent", "nothing started it")


async def test_people_answer_as_they_did(lived: type[Lived]) -> None:
    body = 'ok = approve "Tag {{order.id}}{}?" by "boss" up to 2 days\non timeout\n  stop\nif ok\n  ' + TAG
    past = lived(on_order("", body.format("")))
    past.answers = [True, False]
    await past.placed(1)
    await past.placed(2)
    assert counts(rule(await past.against())) == {"approve": (2, 2), "shop.tag": (1, 1)}
    told = rule(await past.against(on_order("", body.format(" now"))))
    assert (told.unclear, told.reasons[0].why) == (2, "it asks people what nobody asked them then")


AGENT = 'agent judge\n  model shop "small"\n  instructions "Judge."\n\n'


async def test_an_agent_is_asked_again_only_with_the_same_words(lived: type[Lived]) -> None:
    body = 'said = ask judge "Is {{order.id}} good{}"\nshop.tag(id: order.id, tag: said)'
    past = lived(AGENT + on_order("", body.format("?")))
    past.replies["judge"] = [Returns("yes")]
    await past.placed(1)
    assert counts(rule(await past.against())) == {"ask judge": (1, 1), "shop.tag": (1, 1)}
    told = rule(await past.against(AGENT + on_order("", body.format("!"))))
    assert (told.unclear, told.cannot_tell, counts(told)) == (1, 0, {})
    assert "nobody knows what it would answer" in told.reasons[0].why


async def test_progress_is_told(lived: type[Lived]) -> None:
    past = lived(on_order("", TAG))
    await past.placed(1)
    await past.against()
    assert [each.events for each in past.told] == [1]
