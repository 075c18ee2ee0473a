"""The guarded client against servers that behave, and servers that do not."""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from typing import Any

import pytest

from treadle.runtime.net.client import GuardedClient, Request
from treadle.runtime.net.departure import Departure
from treadle.runtime.net.urls import read_target
from treadle.sdk.context import Answer
from treadle.sdk.failures import ActionFailed, InDoubt, NotSent


async def call(
    client: GuardedClient, method: str, url: str, body: bytes | None = None, *, before: Any = None, **options: Any
) -> Answer:
    reads = method in ("GET", "HEAD")
    request = Request(method=method, target=read_target(url), headers=options.pop("headers", {}), body=body)
    return await client.exchange(request, Departure(before, reads=reads), **options)


async def test_a_post_arrives_as_it_was_sent(serve: Any, client_for: Any, make_answer: Any) -> None:
    server = await serve(make_answer(b'{"n":1.10}', x_seen="yes"))
    async with client_for(server) as client:
        answer = await call(client, "POST", f"{server.url}/a%2Fb?q=1", b"hello", headers={"X-Kind": "test"})
    seen = server.seen[0]
    assert (seen.method, seen.path, seen.body) == ("POST", "/a%2Fb?q=1", b"hello")
    assert seen.headers["host"] == server.at
    assert seen.headers["x-kind"] == "test"
    assert "cookie" not in seen.headers
    assert (answer.status, answer.headers["x-seen"], str(answer.json()["n"])) == (200, "yes", "1.10")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_write_without_a_body_says_so(method: str, serve: Any, client_for: Any) -> None:
    server = await serve()
    async with client_for(server) as client:
        await call(client, method, server.url)
    assert server.seen[0].headers["content-length"] == "0"


@pytest.mark.parametrize(("method", "loop_calls"), [("GET", 4), ("HEAD", 4), ("POST", 4)])
async def test_connections_are_kept(
    method: str, loop_calls: int, serve: Any, client_for: Any, make_answer: Any
) -> None:
    server = await serve(make_answer(b""))
    async with client_for(server) as client:
        for _ in range(loop_calls):
            await call(client, method, server.url)
    assert (server.connections, len(server.seen)) == (1, loop_calls)


async def test_cookies_are_forgotten(serve: Any, client_for: Any, make_answer: Any) -> None:
    server = await serve(make_answer(set_cookie="session=1"))
    async with client_for(server) as client:
        for _ in range(2):
            await call(client, "GET", server.url)
    assert all("cookie" not in seen.headers for seen in server.seen)


async def test_no_proxy_is_taken_from_the_environment(
    serve: Any, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, proxy = await serve(), await serve()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    async with client_for(server) as client:
        await call(client, "GET", server.url)
    assert (len(server.seen), proxy.connections) == (1, 0)


async def test_what_is_not_opened_gets_no_connection(serve: Any, client_for: Any) -> None:
    server = await serve()
    async with client_for() as client:
        for url in (server.url, f"http://localhost:{server.port}", f"http://[::ffff:127.0.0.1]:{server.port}"):
            with pytest.raises(ActionFailed) as caught:
                await call(client, "GET", url)
            assert caught.value.code == "address_refused"
    assert server.connections == 0


async def test_x7_a_name_that_changes_its_address_gains_nothing(serve: Any, client_for: Any) -> None:
    """240.0.0.1 stands for the address of the open internet that a rebinding server shows first."""
    internal = await serve()
    shown = itertools.cycle([["240.0.0.1"], ["127.0.0.1"], ["240.0.0.1", "127.0.0.1"], ["::1", "127.0.0.1"]])

    async def rebinding(name: str, port: int) -> list[str]:
        return next(shown)

    codes = set()
    async with client_for(f"240.0.0.0/8:{internal.port}", look_up=rebinding, connect_timeout=0.5) as client:
        for number in range(200):
            with pytest.raises((NotSent, ActionFailed)) as caught:
                await call(client, "POST", f"http://r{number // 3}.example:{internal.port}/", b"x", within=2)
            codes.add(caught.value.code)
    assert internal.connections == 0
    assert "address_refused" in codes


async def test_x7_a_redirect_to_a_name_is_checked_by_its_addresses(
    serve: Any, client_for: Any, make_answer: Any
) -> None:
    """Whatever the name's address was when somebody looked before."""
    internal = await serve()
    shown = iter([["127.0.0.1"], ["240.0.0.1", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["169.254.169.254"]])

    async def look_up(name: str, port: int) -> list[str]:
        return next(shown)

    async def away(_: Any, seen: Any, writer: Any) -> None:
        writer.write(make_answer(b"", 302, location=f"http://inside{seen.path[1:]}.example:{internal.port}/"))

    server = await serve(away)
    async with client_for(server, f"240.0.0.0/8:{internal.port}", look_up=look_up, connect_timeout=0.2) as client:
        for number in range(5):
            with pytest.raises((ActionFailed, NotSent, InDoubt)):
                await call(client, "GET", f"{server.url}/{number}", within=1)
    assert internal.connections == 0


async def test_one_look_up_serves_a_kept_connection(serve: Any, client_for: Any) -> None:
    server, asked = await serve(), []

    async def look_up(name: str, port: int) -> list[str]:
        asked.append(name)
        return ["127.0.0.1"]

    async with client_for(f"sink.example:{server.port}", look_up=look_up) as client:
        for _ in range(3):
            await call(client, "POST", f"http://SINK.example.:{server.port}/", b"x")
    assert (asked, server.connections) == (["sink.example"], 1)
    assert server.seen[0].headers["host"] == f"sink.example:{server.port}"


async def test_x7_reads_follow_redirects_and_check_each(serve: Any, client_for: Any, make_answer: Any) -> None:
    internal, target = await serve(), await serve()
    paths = {"/there": f"{target.url}/end", "/near": "/there", "/inside": f"{internal.url}/", "/loop": "/loop"}
    paths |= {"/file": "file:///etc/passwd", "/user": f"http://me:word@{target.at}/", "/odd": "http://0x7f.1/"}

    async def redirect(_: Any, seen: Any, writer: Any) -> None:
        writer.write(make_answer(b"x" * 10, 302, location=paths[seen.path]))

    server = await serve(redirect)
    async with client_for(server, target) as client:
        assert (await call(client, "GET", f"{server.url}/near")).status == 200
        for path, code in {
            "inside": "address_refused",
            "file": "bad_url",
            "user": "bad_url",
            "odd": "address_refused",
        }.items():
            with pytest.raises(ActionFailed) as caught:
                await call(client, "GET", f"{server.url}/{path}")
            assert caught.value.code == code
        before = len(server.seen)
        with pytest.raises(ActionFailed, match="more than 5") as caught:
            await call(client, "GET", f"{server.url}/loop")
        assert len(server.seen) - before == 6
        assert (await call(client, "POST", f"{server.url}/there", b"x")).status == 302
    assert internal.connections == 0
    assert [seen.path for seen in target.seen] == ["/end"]


async def test_refused_connections_and_names_without_address_are_surely_not_sent(client_for: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]  # bound, and nobody listens

        async def nothing(name: str, port: int) -> list[str]:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

        async with client_for(f"127.0.0.1:{port}", look_up=nothing) as client:
            for url, code in ((f"http://127.0.0.1:{port}", "unreachable"), ("http://nobody.example", "dns")):
                with pytest.raises(NotSent) as caught:
                    await call(client, "POST", url, b"x")
                assert caught.value.code == code


async def test_a_connection_that_nobody_accepts_is_surely_not_sent(client_for: Any) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        async with client_for(f"127.0.0.1:{address[1]}", connect_timeout=0.2) as client:
            with pytest.raises(NotSent) as caught:
                await call(client, "POST", f"http://127.0.0.1:{address[1]}", b"x")
        assert caught.value.code == "connect_timeout"
        for each in waiting:
            each.close()


async def test_no_answer_in_time_is_in_doubt(serve: Any, client_for: Any) -> None:
    async def silent(*_: Any) -> None:
        await asyncio.sleep(30)

    server = await serve(silent)
    async with client_for(server) as client:
        with pytest.raises(InDoubt) as caught:
            await call(client, "POST", server.url, b"x", within=0.1)
    assert (caught.value.code, len(server.seen)) == ("timeout", 1)


async def test_a_byte_now_and_then_does_not_keep_a_call_alive(serve: Any, client_for: Any, make_answer: Any) -> None:
    async def drip(_: Any, __: Any, writer: Any) -> None:
        for byte in make_answer(b"x" * 1000):
            writer.write(bytes([byte]))
            await asyncio.sleep(0.02)

    server = await serve(drip)
    started = time.monotonic()
    async with client_for(server) as client:
        with pytest.raises(InDoubt):
            await call(client, "GET", server.url, within=0.3)
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "part", [b"", b"HTTP/1.1 200 OK\r\ncontent-le", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_write_whose_connection_is_lost_is_in_doubt_and_not_repeated(
    method: str, part: bytes, serve: Any, client_for: Any
) -> None:
    """On a fresh connection, and on a kept one where aiohttp would repeat PUT and DELETE by itself."""

    async def lose(_: Any, seen: Any, writer: Any) -> None:
        if seen.path == "/lose":
            writer.write(part)
            await writer.drain()
            writer.close()
        else:
            writer.write(b"HTTP/1.1 204 No\r\n\r\n")

    server = await serve(lose)
    async with client_for(server) as client:
        for path in ("/lose", "/fine", "/lose"):
            if path == "/fine":
                await call(client, method, f"{server.url}{path}", b"x")
                continue
            with pytest.raises(InDoubt) as caught:
                await call(client, method, f"{server.url}{path}", b"x")
            assert caught.value.code == "connection_lost"
    assert [seen.path for seen in server.seen] == ["/lose", "/fine", "/lose"]


async def test_a_read_on_a_dead_kept_connection_is_repeated(serve: Any, client_for: Any, make_answer: Any) -> None:
    async def lose_second(_: Any, seen: Any, writer: Any) -> None:
        if seen.number == 2:
            writer.close()
        else:
            writer.write(make_answer())

    server = await serve(lose_second)
    async with client_for(server) as client:
        for _ in range(2):
            assert (await call(client, "GET", server.url)).status == 200
    assert len(server.seen) == 3


async def test_a_kept_connection_that_was_closed_meanwhile_is_not_used(serve: Any, client_for: Any) -> None:
    server = await serve()
    async with client_for(server) as client:
        await call(client, "POST", server.url, b"1")
        server.writers[0].close()
        await asyncio.sleep(0.05)
        await call(client, "POST", server.url, b"2")
    assert [seen.body for seen in server.seen] == [b"1", b"2"]
    assert server.connections == 2


class Lost(Exception):
    """What a runtime raises when its lease is gone."""


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def test_before_send_stops_a_request_before_its_first_byte(method: str, serve: Any, client_for: Any) -> None:
    def stop() -> None:
        raise Lost

    server = await serve()
    body = None if method in ("GET", "HEAD") else b"x"
    departure = Departure(stop, reads=body is None)
    async with client_for(server) as client:
        request = Request(method=method, target=read_target(server.url), headers={}, body=body)
        with pytest.raises(Lost):
            await client.exchange(request, departure)
        await asyncio.sleep(0.02)
        assert (departure.left, server.seen) == (False, [])


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_before_send_is_asked_once_a_request(method: str, serve: Any, client_for: Any) -> None:
    server, asked = await serve(), []
    async with client_for(server) as client:
        await call(client, method, server.url, before=lambda: asked.append(len(server.seen)))
        await call(client, method, server.url, before=lambda: asked.append(len(server.seen)))
    assert asked == [0, 1]


async def test_a_slow_host_starves_itself_alone(serve: Any, client_for: Any, make_answer: Any) -> None:
    async def never(*_: Any) -> None:
        await asyncio.sleep(30)

    slow, quick = await serve(never), await serve()
    async with client_for(slow, quick, per_host=2) as client:
        stuck = [asyncio.create_task(call(client, "POST", slow.url, b"x")) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(NotSent) as caught:
            await call(client, "POST", slow.url, b"x", within=0.1)
        assert caught.value.code == "timeout"
        assert (await call(client, "POST", quick.url, b"x", within=1)).status == 200
        for each in stuck:
            each.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
    assert len(slow.seen) == 2


async def test_a_cancelled_call_knows_whether_it_left(serve: Any, client_for: Any) -> None:
    async def silent(*_: Any) -> None:
        await asyncio.sleep(30)

    server = await serve(silent)
    departure = Departure(None, reads=False)
    async with client_for(server) as client:
        request = Request(method="POST", target=read_target(server.url), headers={}, body=b"x")
        task = asyncio.create_task(client.exchange(request, departure))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert departure.left


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "1\r\nX-B: 2"),
        ("X-A", "1\n2"),
        ("X-A", "\x00"),
        ("X A", "1"),
        ("X\r\n", "1"),
        ("", "1"),
        ("Host", "other"),
        ("content-length", "3"),
        ("Transfer-Encoding", "chunked"),
        ("connection", "close"),
        ("Expect", "100-continue"),
    ],
)
async def test_headers_that_would_break_a_request_are_refused(
    name: str, value: str, serve: Any, client_for: Any
) -> None:
    server = await serve()
    async with client_for(server) as client:
        with pytest.raises(ActionFailed) as caught:
            await call(client, "POST", server.url, b"x", headers={name: value})
        with pytest.raises(ActionFailed):
            await call(client, "POST", server.url, b"x", credentials=lambda _: {name: value})
    assert caught.value.code == "bad_header"
    assert server.connections == 0


async def test_an_unknown_method_is_refused(serve: Any, client_for: Any) -> None:
    async with client_for() as client:
        for method in ("CONNECT", "TRACE", "GET /other HTTP/1.1\r\n"):
            with pytest.raises(ActionFailed):
                await call(client, method, "http://example.com")


@pytest.mark.parametrize(
    "garbage",
    [b"\x00\x01\x02 not http\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: " + b"b" * 100_000],
)
async def test_what_is_not_http_is_in_doubt(garbage: bytes, serve: Any, client_for: Any) -> None:
    server = await serve(garbage)
    async with client_for(server) as client:
        with pytest.raises(InDoubt):
            await call(client, "POST", server.url, b"x", within=2)
