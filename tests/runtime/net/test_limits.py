"""Bodies: sizes, encodings, bombs."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.runtime.net.bodies import MAX_BODY, BodyReader, TooLarge, Unreadable
from treadle.runtime.net.client import GuardedClient, Request
from treadle.runtime.net.departure import Departure
from treadle.runtime.net.urls import read_target
from treadle.sdk.context import Answer
from treadle.sdk.failures import ActionFailed, InDoubt

MB = 1024 * 1024


async def get(client: GuardedClient, url: str, method: str = "GET") -> Answer:
    request = Request(method=method, target=read_target(url), headers={})
    return await client.exchange(request, Departure(None, reads=method == "GET"), within=5)


def bomb() -> bytes:
    """1 MB of gzip that holds 1 GB of zeros: a hundred members of 10 MB each."""
    return gzip.compress(bytes(10 * MB), 9) * 100


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_x6_a_bomb_is_defused_early(method: str, serve: Any, client_for: Any, make_answer: Any) -> None:
    server = await serve(make_answer(bomb(), content_encoding="gzip"))
    async with client_for(server) as client:
        tracemalloc.start()
        started = time.monotonic()
        with pytest.raises(ActionFailed if method == "GET" else InDoubt) as caught:
            await get(client, server.url, method)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert caught.value.code == "too_large"
    assert time.monotonic() - started < 5
    assert peak < 30 * MB


async def test_x6_a_bomb_on_a_redirect_is_never_read(serve: Any, client_for: Any, make_answer: Any) -> None:
    end = await serve()
    server = await serve(make_answer(bomb(), 302, content_encoding="gzip", location=end.url))
    async with client_for(server, end) as client:
        assert (await get(client, server.url)).json() == {"ok": True}


async def test_a_bomb_as_an_error_leaves_the_status(serve: Any, client_for: Any, make_answer: Any) -> None:
    server = await serve(make_answer(bomb(), 404, content_encoding="gzip"))
    async with client_for(server) as client:
        assert (await get(client, server.url)).status == 404


@pytest.mark.parametrize("encoding", ["gzip, gzip, gzip, gzip, gzip, gzip", "br", "zstd", "gzip, deflate"])
async def test_x6_more_than_one_layer_or_another_one_is_refused(
    encoding: str, serve: Any, client_for: Any, make_answer: Any
) -> None:
    packed = b'{"ok":true}'
    for _ in range(6):
        packed = gzip.compress(packed)
    server = await serve(make_answer(packed, content_encoding=encoding))
    async with client_for(server) as client:
        with pytest.raises(InDoubt) as caught:
            await get(client, server.url)
    assert caught.value.code == "bad_answer"


async def test_only_what_is_read_is_asked_for(serve: Any, client_for: Any) -> None:
    server = await serve()
    async with client_for(server) as client:
        await get(client, server.url)
    assert server.seen[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("chunked", [False, True])
async def test_ten_megabytes_and_no_more(chunked: bool, serve: Any, client_for: Any, make_answer: Any) -> None:
    async def send(_: Any, seen: Any, writer: Any) -> None:
        body = b"x" * int(seen.path[1:])
        if not chunked:
            writer.write(make_answer(body))
            return
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))

    server = await serve(send)
    async with client_for(server) as client:
        assert len((await get(client, f"{server.url}/{MAX_BODY}")).body) == MAX_BODY
        with pytest.raises(ActionFailed) as caught:
            await get(client, f"{server.url}/{MAX_BODY + 1}")
    assert caught.value.code == "too_large"


async def test_a_compressed_answer_is_read(serve: Any, client_for: Any, make_answer: Any) -> None:
    server = await serve(make_answer(gzip.compress(b'{"n":7}'), content_encoding="GZIP"))
    async with client_for(server) as client:
        assert (await get(client, server.url)).json() == {"n": 7}


def read(packed: bytes, encoding: str, step: int) -> bytes:
    reader = BodyReader(encoding)
    for start in range(0, len(packed), step):
        reader.feed(packed[start : start + step])
    return reader.finish()


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACK = {"gzip": gzip.compress, "deflate": zlib.compress, "raw": raw_deflate, "": bytes}


@given(st.binary(max_size=3000), st.sampled_from(sorted(PACK)), st.integers(1, 500))
def test_every_body_comes_through_whole(data: bytes, how: str, step: int) -> None:
    assert read(PACK[how](data), "deflate" if how == "raw" else how, step) == data


@pytest.mark.parametrize("how", sorted(PACK))
@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 131_072, 900_001])
def test_what_zlib_holds_back_comes_through_too(how: str, size: int) -> None:
    """Zeros inflate far beyond one step of output from a few bytes of input."""
    packed = PACK[how](bytes(size))
    assert read(packed, "deflate" if how == "raw" else how, len(packed)) == bytes(size)


@given(st.binary(min_size=1, max_size=2000), st.data())
def test_a_body_that_ends_early_is_noticed(data: bytes, draw: st.DataObject) -> None:
    packed = gzip.compress(data)
    with pytest.raises(Unreadable):
        read(packed[: draw.draw(st.integers(1, len(packed) - 1))], "gzip", 100)


def test_a_ratio_above_a_hundred_is_refused_below_the_size_limit() -> None:
    with pytest.raises(TooLarge, match="100 times"):
        read(gzip.compress(bytes(5 * MB), 9), "gzip", 1000)


def test_several_members_are_one_body() -> None:
    assert read(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", 7) == b"one two"


def test_garbage_is_not_gzip() -> None:
    with pytest.raises(Unreadable):
        read(b"plain text", "gzip", 100)
