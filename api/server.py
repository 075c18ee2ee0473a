"""The HTTP server inside our own event loop, beside the worker when there is one.

Owns binding, starting and stopping uvicorn. Signals stay ours: uvicorn would raise them again after its own stop, and
the process would end before the worker and the database were put to rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import uvicorn

from treadle.api.deadlines import Deadlines

GRACE = 2
"""Seconds that open requests get to finish at the end."""
KEEP_ALIVE = 65
"""Seconds a silent connection is kept: longer than the 60 of the usual proxies, so that they close first."""


class PortTaken(Exception):
    """The address cannot be bound; the message says why in one line."""


class Server(uvicorn.Server):
    """uvicorn without its signal handlers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


@contextlib.asynccontextmanager
async def serving(app: Any, listener: socket.socket, parting: Callable[[], None] = lambda: None) -> AsyncIterator[str]:
    """Serve an ASGI application on a socket from `bind` while the block runs; gives its base address. `parting` is
    called at the end, so that answers which never end by themselves do.
    """
    server = Server(_config(app))
    task = asyncio.create_task(server.serve(sockets=[listener]), name=f"http {address(listener)}")
    try:
        while not server.started:
            if task.done():
                await task
                raise RuntimeError("the server ended while it started")
            await asyncio.sleep(0.002)
        yield address(listener)
    finally:
        parting()
        server.should_exit = True
        await task
        listener.close()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises `PortTaken`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as failure:
        # `strerror` of a failed bind repeats the address
        code = failure.errno or 0
        reason = os.strerror(code) if code > 0 else failure.strerror
        raise PortTaken(f"{host}:{port} cannot be bound: {reason}. Another port: --port N.") from None


def address(listener: socket.socket) -> str:
    """The base address under which a client on this machine reaches it."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}"


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        loop="none",
        http=Deadlines,
        ws="none",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
