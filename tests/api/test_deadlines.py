"""X22: connections whose requests do not arrive come to an end."""

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator
from typing import Any

import pytest

from treadle.api import deadlines
from treadle.api.server import bind, serving

MANY = 2_000


async def echo(scope: Any, receive: Any, send: Any) -> None:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(deadlines, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(deadlines, "BODY_SECONDS", 0.3)
    listener = bind("127.0.0.1", 0)
    async with serving(echo, listener):
        yield listener.getsockname()[1]


async def said(port: int, *sent: bytes) -> bytes:
    """Everything that is answered until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError):  # closed while we still send
        for each in sent:
            writer.write(each)
            await writer.drain()
            await asyncio.sleep(0.02)
    answer = b""
    with contextlib.suppress(ConnectionError):
        while chunk := await asyncio.wait_for(reader.read(4096), 10):
            answer += chunk
    writer.close()
    return answer


@pytest.mark.parametrize(
    "sent",
    [
        (b"GET / HTTP/1.1\r\nHost: t.example\r\n",),
        (b"GET /",),
        (b"\r\n",),
        (),
        (b"GET / HTTP/1.1\r\nHost: t.example\r\nX-A: ", *(b"a" for _ in range(60))),
        (b"POST / HTTP/1.1\r\nHost: t.example\r\nContent-Length: 100\r\n\r\n", b"half"),
        (b"POST / HTTP/1.1\r\nHost: t.example\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\nhe"),
    ],
    ids=["half a head", "half a line", "an empty line", "nothing", "a letter at a time", "half a body", "half a chunk"],
)
async def test_x22_what_does_not_arrive_is_closed(port: int, sent: tuple[bytes, ...]) -> None:
    answer = await said(port, *sent)
    if len(sent) > 3 and not answer:
        return  # it was reset while it was still being sent
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"timeout"' in answer
    assert b"x-content-type-options: nosniff" in answer


async def test_x22_a_request_after_a_good_one_has_a_deadline_too(port: int) -> None:
    answer = await said(port, b"GET / HTTP/1.1\r\nHost: t.example\r\n\r\n", b"GET / HT")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answer


async def test_a_connection_that_waits_for_its_next_request_stays(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"GET / HTTP/1.1\r\nHost: t.example\r\n\r\n")
        assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(0.5)
    writer.close()


async def test_a_head_has_a_size(port: int) -> None:
    answer = await said(port, b"GET / HTTP/1.1\r\nHost: t.example\r\nX-A: " + b"a" * (deadlines.MAX_HEAD + 1))
    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n"])
async def test_what_is_no_http_is_a_problem(port: int, sent: bytes) -> None:
    answer = await said(port, sent)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"bad_request"' in answer


async def test_x22_two_thousand_silent_connections_hold_nobody_up(port: int) -> None:
    """Half of them say nothing at all, half begin and stop; all the while requests are answered, and all are closed."""
    room(4_200)
    many = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MANY)]
    for _, writer in many[::2]:
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\na")
    for _ in range(20):
        answer = await said(port, b"GET / HTTP/1.1\r\nHost: t.example\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")
    for reader, writer in many:
        assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 408 ")
        writer.close()


def room(files: int) -> None:
    """Both ends of each connection are here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(files, hard)), hard))
