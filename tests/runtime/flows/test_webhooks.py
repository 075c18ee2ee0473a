"""Addresses of rules' own: accepted is committed, each request once, the same address for as long as there is one."""

from __future__ import annotations

from urllib.parse import unquote

import httpx
import pytest
from acme import plugin
from mortals import dies

from treadle.api.app import create_app
from treadle.dsl.values import decode
from treadle.runtime.engine import open_engine
from treadle.runtime.host import PluginHost

RULE = """use acme

rule "Sign-ups"
  when webhook "sign/up here" as hook
  where hook.json["tag"] is set and hook.headers["x-form"] == "main"
  do
    acme.tag(order: int(hook.query["order"] ?? "0") ?? 0, tag: text(hook.json["tag"]))
"""
OTHER = """rule "Other"
  when every 1 day
  do
    log "tick"
"""


@pytest.fixture
async def address(shop):
    compiled = await shop.engine.publish({"a.rule": RULE})
    assert not compiled.errors, compiled.errors
    return shop.engine.webhooks.find("sign/up here").address


def client(engine):
    transport = httpx.ASGITransport(create_app(engine))
    return httpx.AsyncClient(transport=transport, base_url="http://t.example", headers={"x-form": "main"})


async def test_a_request_starts_the_rule_and_the_same_key_does_not_again(shop, address):
    async with client(shop.engine) as http, shop.working():
        first = await http.post(f"{address}?order=7", json={"tag": "a"}, headers={"idempotency-key": "k1"})
        again = await http.post(f"{address}?order=8", json={"tag": "b"}, headers={"idempotency-key": "k1"})
        form = await http.post(f"{address}?order=9", data={"tag": "c"})
        missed = await http.post(address, content=b"hello")
        rows = await shop.ended(2)
    assert [each.status_code for each in (first, again, form, missed)] == [202] * 4
    assert first.json() | {"accepted": 0, "duplicates": 1} == again.json()
    assert {each.path for each in shop.sink.writes()} == {"/orders/7/tags/a", "/orders/9/tags/c"}
    assert {row.status for row in rows} == {"done"}
    seen = await shop.engine.explain(missed.json()["events"][0])
    assert (seen.outcome, seen.trigger, seen.explanation[0].rule) == ("filtered", "webhook.sign/up here", "Sign-ups")


async def test_what_is_not_the_address_or_not_readable_is_refused_and_nothing_is_stored(shop, address):
    wrong = [address[:-1], address + "x", "/hooks/web/other/" + address.rpartition("/")[2], "/hooks/web/sign/up"]
    async with client(shop.engine) as http:
        codes = [(await http.post(each, json={})).json()["code"] for each in wrong]
        assert codes == ["hook_unknown"] * len(wrong)
        broken = await http.post(address, content=b"{", headers={"content-type": "application/json"})
        assert (broken.status_code, broken.json()["code"]) == (400, "unreadable")
        long = await http.post(address, json={}, headers={"idempotency-key": "k" * 256})
        assert (long.status_code, long.json()["code"]) == (400, "bad_request")
        large = await http.post(address, content=b"x" * (10 * 1024 * 1024 + 1))
        assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert await shop.runs() == []


async def test_the_address_outlives_publications_and_is_known_to_other_processes_at_once(shop, address, settings):
    async with open_engine(settings, host=PluginHost.of([plugin])) as other:
        assert not (await shop.engine.publish({"b.rule": OTHER})).errors
        await other.live.refresh()
        async with client(other) as http:
            assert (await http.post(address, json={})).status_code == 404
            assert not (await shop.engine.publish({"a.rule": RULE, "b.rule": OTHER})).errors
            assert shop.engine.webhooks.find("sign/up here").address == address
            answer = await http.post(address, json={"tag": "x"})
    assert answer.status_code == 202
    assert [row.rule for row in await shop.runs()] == ["Sign-ups"]


async def test_the_secret_is_sealed_in_the_database_and_masked_in_texts(shop, address):
    secret = unquote(address).rpartition("/")[2]
    (row,) = await shop.engine.store.webhooks()
    assert secret not in row.hook
    assert secret not in shop.engine.redactor.text(f"posted to {address}")


@pytest.mark.slow
async def test_a_request_that_was_accepted_outlives_the_worker(shop, address, settings):
    async with client(shop.engine) as http:
        answer = await http.post(f"{address}?order=7", json={"tag": "a", "n": 1.5})
    await dies(settings, "after_outcome")
    async with shop.working():
        (row,) = await shop.ended(1)
    assert (row.status, len(shop.sink.writes())) == ("done", 1)
    event = await shop.engine.store.event(row.event_id)
    assert (str(event.id), str(decode(event.data)["json"]["n"])) == (answer.json()["events"][0], "1.5")
