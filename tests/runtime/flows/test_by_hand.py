"""Rules that people start: with what their parameters say, once, whether anybody works or not."""

from __future__ import annotations

import pytest
from mortals import dies

from treadle.runtime.engine import StartInvalid

RULES = """use acme

rule "Call back"
  when by hand (order: int, note: text?, pause: duration?)
  do
    wait pause ?? 0 sec
    acme.tag(order: order, tag: note ?? "none")

rule "Heard"
  when acme.order_placed as order
  do
    log "no"
"""


@pytest.fixture
async def shop(shop):
    compiled = await shop.engine.publish({"a.rule": RULES})
    assert not compiled.errors, compiled.errors
    return shop


async def test_a_rule_by_hand_runs_with_its_arguments(shop):
    async with shop.working():
        ids = [
            await shop.engine.start_by_hand("Call back", {"order": 1, "note": "hi", "pause": "PT0.1S"}),
            await shop.engine.start_by_hand("Call back", {"order": 2}),
        ]
        rows = await shop.ended(2)
    assert {(row.id, row.status) for row in rows} == {(each, "done") for each in ids}
    assert {each.path for each in shop.sink.writes()} == {"/orders/1/tags/hi", "/orders/2/tags/none"}


@pytest.mark.parametrize(
    ("rule", "args", "says"),
    [
        ("Call back", {}, r'"Call back": order is missing \(int\)'),
        ("Call back", {"order": "7"}, '"Call back": order is no int'),
        ("Call back", {"order": True}, '"Call back": order is no int'),
        ("Call back", {"order": 7, "note": 1}, r'"Call back": note is no text\?'),
        ("Call back", {"order": 7, "pause": "long"}, r'"Call back": pause is no duration\?'),
        ("Call back", {"order": 7, "nte": "x"}, "takes no 'nte'; it takes order, note, pause"),
        ("Cal back", {}, 'did you mean "Call back"'),
        ("Heard", {}, 'no live rule "Heard" is started by hand'),
    ],
)
async def test_what_does_not_fit_is_said_and_nothing_starts(shop, rule, args, says):
    with pytest.raises(StartInvalid, match=says):
        await shop.engine.start_by_hand(rule, args)
    assert await shop.runs() == []


@pytest.mark.slow
async def test_a_run_by_hand_outlives_its_worker(shop, settings):
    await shop.engine.start_by_hand("Call back", {"order": 1, "note": "hi"})
    await dies(settings, "after_outcome")
    async with shop.working():
        (row,) = await shop.ended(1)
    assert (row.status, len(shop.sink.writes())) == ("done", 1)
