"""The load generator and the sink as they run: real processes, real sockets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from bench.deliveries import FIRST_ID
from bench.measure import Range, Target

pytestmark = pytest.mark.slow

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
NO = b"HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nbad"


def straight(lane: Range) -> Target:
    return Target([f"http://{lane.address}/leads"], "ok", [], kind="plain", status=200)


@contextmanager
def serving(handler: Handler) -> Iterator[Target]:
    """A server of our own in a thread, that the load generator is pointed at."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(handler, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        port = server.sockets[0].getsockname()[1]
        yield Target([f"http://127.0.0.1:{port}/"], "fine", [], kind="plain", status=200)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()


async def one_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return await reader.readexactly(length)


def test_a_closed_loop_delivers_each_request_once_and_ids_go_on(lane: Range) -> None:
    first = lane.volley(straight(lane), 300, connections=8)
    again = lane.volley(straight(lane), 200, connections=8)

    assert first.clean
    assert again.clean
    assert sorted(lane.arrivals().ids) == list(range(FIRST_ID + 300, FIRST_ID + 500))
    assert first.to_sink.p50 <= first.to_ack.p50


def test_an_open_loop_keeps_its_schedule(lane: Range) -> None:
    result = lane.volley(straight(lane), 60, connections=4, rate=200)

    assert result.clean
    assert result.lag.count == 60
    assert result.seconds == pytest.approx(59 / 200, abs=0.1)


def test_a_slow_server_cannot_hide_behind_its_own_slowness(lane: Range) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await one_request(reader):
            await asyncio.sleep(0.05)
            writer.write(OK)

    with serving(slow) as target:
        result = lane.volley(target, 10, connections=1, rate=100, arrives=False)

    # Ten requests at 10 ms each, answered at 50 ms each: the last one waits 410 ms for its turn.
    assert result.to_ack.p99 > 400


def test_bad_answers_are_refused_and_shown(lane: Range) -> None:
    async def every_other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await one_request(reader):
            writer.write(OK)
            await one_request(reader)
            writer.write(NO)

    with serving(every_other) as target:
        result = lane.volley(target, 10, connections=1, arrives=False)

    assert (result.refused, result.to_ack.count) == (5, 5)
    assert result.complaints[0] == "500 bad"


def test_a_connection_that_the_server_closes_costs_its_request_and_not_the_run(lane: Range) -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await one_request(reader)
        writer.close()

    with serving(rude) as target:
        result = lane.volley(target, 3, connections=3, arrives=False)

    assert result.refused == 3
    assert "closed" in result.complaints[0]


def test_answers_that_come_in_pieces_are_put_together(lane: Range) -> None:
    async def pieces(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await one_request(reader):
            for part in (OK[:20], OK[20:-2], OK[-2:]):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.002)

    with serving(pieces) as target:
        assert lane.volley(target, 5, connections=1, arrives=False).refused == 0
