"""X4: a text from outside is data on its whole way, whatever it looks like."""

from __future__ import annotations

import httpx

from treadle.api.app import create_app
from treadle.dsl.values import decode

TOLD = (
    "{{7*7}} ${7*7} {% include 'x' %} {it.text} {words} {name} %s #{1} <%= 1 %> <script>1</script> \\u0000 \\n "
    '"; log "x" \' {\n  do\n    log "{1 + 1}"\n} \u202e \U0001f600 {{{{constructor}}}} __class__ {0.__init__}'
)
RULES = """use acme

event handed_on
  text: text

sequence "Carry"(words: text)
  do
    again = "{words}"
    acme.remark(order: 1, text: again)

rule "Take"
  when webhook "x4" as hook
  do
    words = hook.text
    kept = "{words}"
    log "{kept}"
    emit handed_on {text: kept}

rule "Hand on"
  when handed_on as it
  do
    start "Carry"(words: "{it.text}")
"""


async def test_x4_text_passes_five_steps_byte_for_byte(shop):
    """A request's body, an assignment, a log line, an event of one's own, a sequence's parameter, an action."""
    compiled = await shop.engine.publish({"x4.rule": RULES})
    assert not compiled.errors, compiled.errors
    address = shop.engine.webhooks.find("x4").address
    transport = httpx.ASGITransport(create_app(shop.engine))
    async with httpx.AsyncClient(transport=transport, base_url="http://t.example") as http, shop.working():
        sent = await http.post(address, content=TOLD.encode(), headers={"content-type": "text/plain"})
        assert sent.status_code == 202
        rows = await shop.ended(3)
    assert {row.status for row in rows} == {"done"}
    (remark,) = shop.sink.writes()
    assert remark.data["text"] == TOLD
    steps = [step for row in rows for step in await shop.engine.store.steps(row.id)]
    shown = [decode(step.input) for step in steps if step.input]
    texts = [text for each in shown for text in told_in(each) if len(text) > 20]
    assert len(texts) >= 4
    assert set(texts) == {TOLD}


def told_in(data):
    """Every text in it."""
    match data:
        case str():
            return [data]
        case dict():
            return [text for each in data.values() for text in told_in(each)]
        case list():
            return [text for each in data for text in told_in(each)]
    return []
