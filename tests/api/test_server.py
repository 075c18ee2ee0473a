"""uvicorn inside our own loop."""

import asyncio
import os
import signal
from typing import Any

import httpx
import pytest

from treadle.api.server import PortTaken, bind, serving


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


async def test_it_serves_while_the_block_runs_and_not_longer() -> None:
    async with serving(hello, bind("127.0.0.1", 0)) as url, httpx.AsyncClient() as http:
        answer = await http.get(url)
        assert answer.text == "hi"
        assert "server" not in answer.headers
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(url)


async def test_a_taken_port_is_one_sentence() -> None:
    taken = bind("127.0.0.1", 0)
    port = taken.getsockname()[1]
    with pytest.raises(PortTaken, match=f"127.0.0.1:{port} cannot be bound.*--port"):
        bind("127.0.0.1", port)
    taken.close()


async def test_signals_stay_ours() -> None:
    """uvicorn would take SIGTERM and raise it again after its stop, before the worker and the database end."""
    came = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, came.set)
    async with serving(hello, bind("127.0.0.1", 0)):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(came.wait(), 5)
    asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
