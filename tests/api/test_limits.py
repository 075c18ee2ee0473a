"""How often somebody may ask (row X23), and whose word about an address counts."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest
from tests.api.people import plain

from treadle.api.addresses import client, networks, secure
from treadle.api.limits import MOST, Buckets, Limits
from treadle.api.problems import Refused
from treadle.runtime.engine import Engine


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    assert [buckets.take("a", 2, 3) for _ in range(5)] == [0, 0, 0, 0.5, 0.5]
    assert buckets.take("b", 2, 3) == 0
    clock.now = 0.5
    assert [buckets.take("a", 2, 3) for _ in range(2)] == [0, 0.5]
    clock.now = 100
    assert [buckets.take("a", 2, 3) == 0 for _ in range(4)] == [True, True, True, False]
    assert [buckets.take("a", 0, 0) for _ in range(4)] == [0] * 4


def test_buckets_are_bounded() -> None:
    buckets = Buckets(Clock())
    for number in range(MOST + 50):
        buckets.take(str(number), 1, 1)
    assert len(buckets._left) == MOST


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    limits = Limits(lambda: 2, Clock())
    for _ in range(4):
        limits.caller("key a")
    with pytest.raises(Refused) as refused:
        limits.caller("key a")
    assert (refused.value.code, refused.value.retry_after) == ("too_many_requests", 1)
    limits.caller("key b")


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "counted"),
    [
        ("203.0.113.9", "", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "10.0.0.0/8", "203.0.113.9"),
        ("10.1.2.3", "198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.1.2.3", "6.6.6.6, 198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.1.2.3", "6.6.6.6, 198.51.100.1, 10.9.9.9", "10.0.0.0/8", "198.51.100.1"),
        ("10.1.2.3", "rubbish", "10.0.0.0/8", "10.1.2.3"),
        ("10.1.2.3", "", "10.1.2.3", "10.1.2.3"),
        ("::ffff:203.0.113.9", "", "", "203.0.113.9"),
        ("2001:db8::1", "", "", "2001:db8::/64"),
        ("2001:db8::ffff:1", "", "", "2001:db8::/64"),
    ],
)
def test_an_address_is_the_peers_unless_our_proxy_says_otherwise(
    peer: str, forwarded: str, proxies: str, counted: str
) -> None:
    scope = {"client": (peer, 1)}
    assert client(scope, {"x-forwarded-for": forwarded} if forwarded else {}, networks(proxies)) == counted


@pytest.mark.parametrize(
    ("scope", "tls"),
    [
        ({"scheme": "https", "client": ("1.1.1.1", 1)}, True),
        ({"scheme": "http", "client": ("1.1.1.1", 1)}, False),
        ({"scheme": "http", "client": ("10.0.0.1", 1)}, True),
        ({"scheme": "http", "client": None}, False),
    ],
)
def test_tls_is_what_we_or_our_proxy_saw(scope: Any, tls: bool) -> None:
    assert secure(scope, {"x-forwarded-proto": "https"}, networks("10.0.0.0/8")) is tls


async def test_x23_forged_addresses_do_not_raise_the_limit(engine: Engine) -> None:
    engine.settings = msgspec.structs.replace(engine.settings, most_requests=1)
    async with plain(engine) as http:
        answers = [
            await http.get("/api/v1/runs", headers={"x-forwarded-for": f"198.51.100.{number}"}) for number in range(100)
        ]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:4] == [401] * 4
    assert statuses.count(429) > 80
    assert answers[-1].json()["code"] == "too_many_requests"
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_a_key_has_a_limit_of_its_own(engine: Engine, api: httpx.AsyncClient) -> None:
    engine.settings = msgspec.structs.replace(engine.settings, most_requests=1)
    statuses = [(await api.get("/api/v1/session")).status_code for _ in range(4)]
    assert statuses[:2] == [200, 200]
    assert 429 in statuses
