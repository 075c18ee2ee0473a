"""`ctx.http` of one call: paths, credentials, the effect's mark, rates, types, statuses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from treadle.runtime.net.rates import LocalRates
from treadle.runtime.net.scoped import Scope, ScopedHttp
from treadle.sdk.connection import Connection
from treadle.sdk.failures import ActionFailed, InDoubt, NotSent
from treadle.sdk.secret import Secret

KEY = "sk-live-0123456789"


class Acme(Connection, kind="acme", hosts=["api.acme.example", "files.acme.example:8443"]):
    """An account."""

    base_url: str
    key: Secret = Secret(KEY)

    def authorize(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.key.reveal()}"}


class Slow(Acme, kind="slow", rate="2/s"):
    """An account with a rate."""


class Order(msgspec.Struct):
    id: int
    total: Decimal


def http(client: Any, connection: Connection | None = None, **scope: Any) -> ScopedHttp:
    return ScopedHttp(client, LocalRates(), Scope(connection=connection, rate_key="c1", **scope))


async def test_a_path_goes_after_the_base(serve: Any, client_for: Any) -> None:
    server = await serve()
    async with client_for(server) as client:
        ours = http(client, Acme(base_url=f"{server.url}/api/v4/"), effect_id="e-7")
        assert await ours.post("/orders/7", json={"n": Decimal("1.10")}, params={"a": "b c", "d": "&"}) == {"ok": True}
        assert ours.sent
    seen = server.seen[0]
    assert (seen.method, seen.path, seen.body) == ("POST", "/api/v4/orders/7?a=b+c&d=%26", b'{"n":1.10}')
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["treadle-effect-id"] == "e-7"
    assert seen.headers["content-type"] == "application/json"


@pytest.mark.parametrize("verb", ["get", "put", "patch", "delete"])
async def test_the_verbs(verb: str, serve: Any, client_for: Any) -> None:
    server = await serve()
    async with client_for(server) as client:
        assert await getattr(http(client, Acme(base_url=server.url), effect_id="e"), verb)("/x") == {"ok": True}
    assert server.seen[0].method == verb.upper()
    assert server.seen[0].headers["treadle-effect-id"] == "e"


@pytest.mark.parametrize(
    "path", ["orders", "", "/../admin", "/a/../b", "/a/%2E%2e/b", "/.", "ftp://x/", "javascript:1"]
)
async def test_paths_that_are_refused(path: str, serve: Any, client_for: Any) -> None:
    server = await serve()
    async with client_for(server) as client:
        with pytest.raises(ActionFailed) as caught:
            await http(client, Acme(base_url=server.url)).get(path)
        with pytest.raises(ActionFailed):
            await http(client).get("/no/base")
    assert (caught.value.code, server.connections) == ("bad_url", 0)


async def test_a_path_cannot_become_another_host(serve: Any, client_for: Any) -> None:
    server, foreign = await serve(), await serve()
    async with client_for(server, foreign) as client:
        for path in (f"//{foreign.at}/", f"/@{foreign.at}/", f"/{foreign.url}/"):
            await http(client, Acme(base_url=server.url)).get(path)
    assert (foreign.connections, len(server.seen)) == (0, 3)


async def test_credentials_go_to_no_other_host(serve: Any, client_for: Any, make_answer: Any) -> None:
    """Neither at once nor by a redirect, and not to another port of the same address."""
    foreign = await serve()

    async def away(_: Any, seen: Any, writer: Any) -> None:
        writer.write(make_answer(b"", 307 if seen.path == "/7" else 302, location=f"{foreign.url}/end"))

    server = await serve(away)
    async with client_for(server, foreign) as client:
        ours = http(client, Acme(base_url=server.url), effect_id="e")
        await ours.get(f"{foreign.url}/at-once")
        await ours.get("/2", headers={"X-Api-Key": KEY, "Authorization": f"Basic {KEY}", "Accept": "text/csv"})
        await ours.get("/7", headers={"Cookie": KEY})
        for verb in (ours.post, ours.put):
            with pytest.raises((InDoubt, ActionFailed)):
                await verb("/7", json={"key": KEY})
    assert [seen.path for seen in foreign.seen] == ["/at-once", "/end", "/end"]
    assert KEY not in str([(seen.headers, seen.body, seen.path) for seen in foreign.seen])
    assert foreign.seen[1].headers["accept"] == "text/csv"
    assert all(KEY in seen.headers["authorization"] for seen in server.seen)


async def test_credentials_come_back_with_the_own_host(serve: Any, client_for: Any, make_answer: Any) -> None:
    async def around(server: Any, seen: Any, writer: Any) -> None:
        writer.write(make_answer() if seen.path == "/end" else make_answer(b"", 302, location="/end"))

    server = await serve(around)
    async with client_for(server) as client:
        await http(client, Acme(base_url=server.url)).get("/start")
    assert [seen.headers["authorization"] for seen in server.seen] == [f"Bearer {KEY}"] * 2


async def test_credentials_need_https_or_an_opened_host(client_for: Any) -> None:
    async with client_for() as client:
        with pytest.raises(ActionFailed) as caught:
            await http(client, Acme(base_url="http://acme.example")).get("/x")
    assert caught.value.code == "insecure"
    assert KEY not in caught.value.message


@pytest.mark.parametrize(
    ("url", "given"),
    [
        ("https://api.acme.example/", True),
        ("https://API.acme.example.:443/", True),
        ("https://own.acme.example/x", True),
        ("https://files.acme.example:8443/", True),
        ("https://files.acme.example/", False),
        ("https://api.acme.example:8443/", False),
        ("https://xapi.acme.example/", False),
        ("https://api.acme.example.evil.example/", False),
        ("https://acme.example/", False),
    ],
)
async def test_the_hosts_of_a_connection(url: str, given: bool, client_for: Any) -> None:
    from treadle.runtime.net.urls import read_target

    async with client_for() as client:
        ours = http(client, Acme(base_url="https://own.acme.example/api"))
        assert bool(ours._credentials(read_target(url))) is given


async def test_a_key_with_a_line_break_is_refused_without_being_shown(serve: Any, client_for: Any) -> None:
    server = await serve()
    async with client_for(server) as client:
        with pytest.raises(ActionFailed) as caught:
            await http(client, Acme(base_url=server.url, key=Secret(f"{KEY}\n"))).get("/x")
    assert caught.value.code == "bad_header"
    assert KEY not in caught.value.message


async def test_a_typed_answer_is_exact(serve: Any, client_for: Any, make_answer: Any) -> None:
    server = await serve(make_answer(b'{"id":7,"total":12345678901234567.10,"more":1}'))
    async with client_for(server) as client:
        ours = http(client, Acme(base_url=server.url))
        assert await ours.get("/7", returns=Order) == Order(7, Decimal("12345678901234567.10"))
        assert (await ours.get("/7"))["total"] == Decimal("12345678901234567.10")
        for wrong in (list[int], dict[str, int]):
            with pytest.raises(InDoubt) as caught:
                await ours.post("/7", returns=wrong)
            assert caught.value.code == "bad_answer"


@pytest.mark.parametrize("body", [b"<html>", b'{"a":', b"\xff\xfe", b"[" * 200_000])
async def test_an_answer_that_is_no_json_is_in_doubt(
    body: bytes, serve: Any, client_for: Any, make_answer: Any
) -> None:
    server = await serve(make_answer(body))
    async with client_for(server) as client:
        for returns in (None, Order):
            with pytest.raises(InDoubt) as caught:
                await http(client, Acme(base_url=server.url)).post("/x", returns=returns)
            assert caught.value.code == "bad_answer"


async def test_an_empty_answer_is_none(serve: Any, client_for: Any) -> None:
    server = await serve(b"HTTP/1.1 204 No Content\r\n\r\n")
    async with client_for(server) as client:
        assert await http(client, Acme(base_url=server.url)).get("/x", returns=Order) is None


async def test_statuses_become_failures(serve: Any, client_for: Any, make_answer: Any) -> None:
    async def status(_: Any, seen: Any, writer: Any) -> None:
        writer.write(make_answer(f'{{"detail":"no {KEY}"}}'.encode(), int(seen.path[1:]), retry_after="7"))

    server = await serve(status)
    async with client_for(server) as client:
        ours = http(client, Acme(base_url=server.url), redact=lambda text: text.replace(KEY, "***"))
        for code, kind in ((404, ActionFailed), (422, ActionFailed), (429, InDoubt), (500, InDoubt), (503, InDoubt)):
            with pytest.raises(kind) as caught:
                await ours.post(f"/{code}")
            failure = caught.value
            assert failure.status == code
            assert failure.retry_after == (7.0 if kind is InDoubt else None)
            assert 'no ***"' in failure.message
            assert KEY not in failure.message
        assert (await ours.send("POST", "/404", accept=[404])).status == 404
        with pytest.raises(InDoubt):
            await ours.send("POST", "/302")
        with pytest.raises(ActionFailed):
            await ours.send("POST", "/308")


async def test_the_callers_headers_win_but_not_over_the_effects_mark(serve: Any, client_for: Any) -> None:
    server = await serve()
    async with client_for(server) as client:
        headers = {"content-type": "application/vnd.x+json", "TREADLE-effect-id": "forged", "user-agent": "me"}
        await http(client, effect_id="true").post(server.url, json=[1], headers=headers)
    seen = server.seen[0].headers
    assert (seen["content-type"], seen["treadle-effect-id"], seen["user-agent"]) == (
        "application/vnd.x+json",
        "true",
        "me",
    )


async def test_the_rate_of_a_connection_is_kept(serve: Any, client_for: Any) -> None:
    server, rates, at = await serve(), LocalRates(), []
    async with client_for(server) as client:
        scope = Scope(connection=Slow(base_url=server.url), rate_key="c1")

        async def once() -> None:
            await ScopedHttp(client, rates, scope).get("/x")
            at.append(time.monotonic())

        await asyncio.gather(*(once() for _ in range(4)))
    at.sort()
    assert at[2] - at[0] >= 1.0
    assert at[3] - at[1] >= 1.0


async def test_a_used_up_rate_is_surely_not_sent(serve: Any, client_for: Any) -> None:
    server, rates = await serve(), LocalRates()
    async with client_for(server) as client:
        scope = Scope(connection=Slow(base_url=server.url), rate_key="c1", within=0.4)
        for _ in range(2):
            await ScopedHttp(client, rates, scope).get("/x")
        ours = ScopedHttp(client, rates, scope)
        with pytest.raises(NotSent) as caught:
            await ours.get("/x")
    assert caught.value.code == "rate"
    assert 0.5 < (caught.value.retry_after or 0) < 1.2
    assert (ours.sent, len(server.seen)) == (False, 2)


async def test_json_and_body_together_make_no_sense(client_for: Any) -> None:
    async with client_for() as client:
        with pytest.raises(ActionFailed):
            await http(client).send("POST", "https://example.com", json=1, body=b"1")
