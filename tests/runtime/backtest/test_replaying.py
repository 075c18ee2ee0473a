"""A changed rule over a past: exactly the decisions and effects differ that are known to."""

from __future__ import annotations

from tests.runtime.backtest.conftest import Lived, counts, rule

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
