"""What people ordered in the past happens again: rules switched off and to rehearse, runs started by hand."""

from __future__ import annotations

from datetime import timedelta

from tests.runtime.backtest.conftest import Lived, counts, rule
from tests.runtime.backtest.test_replaying import TAG, on_order
from tests.runtime.virtual.conftest import START

RULE = on_order("", TAG)
OTHER = on_order("where order.total > 5", TAG)


async def test_a_rule_that_was_off_decides_nothing(lived: type[Lived]) -> None:
    past = lived(RULE)
    await past.placed(1, 1)
    await past.switch("A", "off")
    await past.placed(2, 1)
    await past.switch("A", "on")
    await past.placed(3, 9)
    told = rule(await past.against(OTHER))
    assert (told.decisions, told.fired_then, told.fired_now, told.differ) == (2, 2, 1, 1)
    assert counts(told) == {"shop.tag": (2, 1)}


async def test_what_was_switched_before_the_span_holds_in_it(lived: type[Lived]) -> None:
    past = lived(RULE)
    await past.switch("A", "off")
    await past.after(hours=2)
    await past.placed(1)
    report = await past.against(OTHER, since=START + timedelta(hours=1))
    assert (report.events, report.differs, rule(report).decisions) == (1, False, 0)


async def test_off_ends_runs_that_sleep_and_holds_up_schedules(lived: type[Lived]) -> None:
    text = on_order("", f"wait 1 hour\n{TAG}") + 'rule "B"\n  when every 10 min\n  do\n    log "tick"\n'
    past = lived(text)
    await past.placed(1)
    await past.switch("A", "off")
    await past.switch("B", "off")
    await past.after(hours=2)
    await past.switch("B", "on")
    await past.after(minutes=25)
    report = await past.against(days=1)
    assert counts(rule(report)) == {}
    assert rule(report).fired_now == 1
    assert rule(report, "B").fired_now == 24 * 6 - 12


async def test_a_rule_that_rehearsed_did_nothing(lived: type[Lived]) -> None:
    past = lived(RULE)
    await past.switch("A", "rehearse")
    await past.placed(1)
    await past.switch("A", "on")
    await past.placed(2)
    told = rule(await past.against(on_order("", 'shop.tag(id: order.id, tag: "other")')))
    assert (told.fired_now, counts(told)) == (2, {"shop.tag": (1, 1)})


BY_HAND = 'rule "H"\n  when by hand(id: int)\n  do\n    shop.tag(id: id, tag: "{}")\n\n'
SEQUENCE = 'sequence "S"(id: {})\n  do\n    shop.tag(id: 7, tag: "{}")\n'


async def test_what_people_started_is_started_again(lived: type[Lived]) -> None:
    past = lived(BY_HAND.format("a") + SEQUENCE.format("int", "b"))
    await past.begin("H", id=1)
    await past.after(minutes=1)
    await past.begin("S", id=2)
    report = await past.against()
    assert (report.starts, report.differs) == (2, False)
    assert (counts(rule(report, "H")), counts(rule(report, "S"))) == ({"shop.tag": (1, 1)}, {"shop.tag": (1, 1)})
    report = await past.against(BY_HAND.format("x") + SEQUENCE.format("text", "b"))
    (effect,) = rule(report, "H").effects
    assert (effect.gone, effect.new, rule(report, "H").differ) == (1, 1, 0)
    assert counts(rule(report, "S")) == {"shop.tag": (1, 0)}
    told = rule(await past.against(BY_HAND.replace("id: int", "id: text").replace("id: id", "id: 1").format("a")), "H")
    (difference,) = told.differences
    assert (difference.now.outcome, difference.now.why) == ("filtered", '"H": id is no text')
