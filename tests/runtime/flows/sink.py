"""A service on a port of its own that remembers what it received and answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from aiohttp import web


class Seen(NamedTuple):
    method: str
    path: str
    effect_id: str | None
    data: Any


Answering = Callable[[Seen, int], Awaitable[web.StreamResponse]]


class Sink:
    """`answers` maps `METHOD /path` (or its beginning) to a coroutine of the request and how often it came before."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answers: dict[str, Answering] = {}
        self.arrived = asyncio.Event()

    async def __aenter__(self) -> Sink:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def writes(self) -> list[Seen]:
        return [each for each in self.seen if each.method != "GET"]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        seen = Seen(request.method, request.path, request.headers.get("Treadle-Effect-Id"), json.loads(body or "null"))
        before = sum(each[:2] == seen[:2] for each in self.seen)
        self.seen.append(seen)
        self.arrived.set()
        asked = f"{request.method} {request.path}"
        for start, answer in self.answers.items():
            if asked.startswith(start):
                return await answer(seen, before)
        return web.json_response({"id": 7, "total": 5, "version": "v1", "email": "ana@example.com", "name": "shop"})


def failing(times: int, status: int = 503) -> Answering:
    """So many times that status, then well."""

    async def answer(_: Seen, before: int) -> web.StreamResponse:
        return web.json_response({"id": 7}, status=status if before < times else 200)

    return answer


async def never(_: Seen, __: int) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return web.Response()


async def absent(_: Seen, __: int) -> web.StreamResponse:
    return web.json_response({}, status=404)
