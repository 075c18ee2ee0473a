"""What cannot be told because nobody recorded it: each kind is counted, and says why."""

from __future__ import annotations

import pytest
from tests.runtime.backtest.conftest import WORLD, Lived, rule
from tests.runtime.backtest.test_replaying import AGENT, TAG, on_order

from treadle.runtime.backtest.report import RuleCompared
from treadle.runtime.backtest.versions import Setting
from treadle.runtime.scripted import Returns

BEFORE = AGENT + on_order("", TAG)
"""A field that no delivery brought is in `test_past`, a key that was used up before the span in `test_replaying`."""


def untold(told: RuleCompared) -> tuple[int, int, str]:
    (reason,) = told.reasons
    return told.cannot_tell, told.unclear, reason.why


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (f'said = ask judge "good?"\nif said == "yes"\n  {TAG}', "ask judge was not called like this then, so nobody"),
        (f'seen = treadle.recall(key: "k")\nif seen is set\n  {TAG}', "treadle.recall was not called like this then"),
        (f"found = shop.get(id: 7)\nif found.total > 5\n  {TAG}", "so what it gives is made up"),
        (
            f'ok = approve "Tag?" by "boss" up to 1 day\non timeout\n  stop\nif ok\n  {TAG}',
            "it asks people what",
        ),
    ],
    ids=["a model", "what the platform keeps", "a service", "a person"],
)
async def test_an_answer_that_nobody_gave(lived: type[Lived], body: str, why: str) -> None:
    past = lived(BEFORE)
    await past.placed(1)
    told = rule(await past.against(AGENT + on_order("", body)))
    assert untold(told)[:2] == (0, 1)
    assert why in untold(told)[2]


async def test_a_table_of_a_service_is_as_it_was_then_or_not_known(lived: type[Lived]) -> None:
    """The row is another today; what was read then counts, and what nobody read then is made up."""
    past = lived(on_order("", f"row = shop.get(id: order.id)\nif row.total > 5\n  {TAG}"))
    past.replies["shop.get"] = [Returns({"id": 1, "total": 9, "tags": []})]
    await past.placed(1)
    assert not (await past.against()).differs
    told = rule(await past.against(on_order("", f"row = shop.get(id: 0 + 2)\nif row.total > 5\n  {TAG}")))
    assert untold(told) == (0, 1, "shop.get was not called like this then, so what it gives is made up")


async def test_a_connection_that_is_gone(lived: type[Lived]) -> None:
    past = lived(BEFORE)
    await past.placed(1)
    report = await past.against(on_order("where order.total > 99", TAG), setting=Setting(WORLD))
    assert (report.events, report.skipped, report.differs) == (0, 1, False)


async def test_what_is_decided_after_the_span(lived: type[Lived]) -> None:
    past = lived(BEFORE)
    await past.placed(1)
    told = rule(await past.against(AGENT + on_order("after 3 days of quiet per order.id", TAG), days=1))
    assert untold(told) == (1, 0, "it was not decided yet at the end of the span")
