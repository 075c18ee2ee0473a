"""The service that rules act on: remembers every write with its effect id, and answers as badly as services do.

It speaks for the plugin `acme` of the tests: orders, remarks, tags, and shipments that can be looked up.
"""

from __future__ import annotations

import asyncio
import random
import time
import zlib
from types import TracebackType
from typing import Any, Literal

import msgspec
from aiohttp import web

from chaos.records import ASKED, Arrival

Mood = Literal["well", "slow", "limited", "broken", "broken_after", "never", "never_after"]

# Shares of a thousand writes; the rest goes well.
_MOODS: dict[Mood, int] = {"slow": 30, "limited": 6, "broken": 6, "broken_after": 6, "never": 3, "never_after": 3}
_REFUSED_OF = 100  # one effect in so many is refused, whenever it comes
_TEXTS = {"id": 7, "version": "v1", "email": "ana@example.com", "name": "shop"}


class _Seen(msgspec.Struct):
    effect: str
    path: str
    at: float
    applied: bool = False
    answer: Literal["ok", "refused", "doubt"] = "doubt"


class Service:
    """Listens on `port` of 127.0.0.1 while entered. `kind` puts an end to bad answers."""

    def __init__(self, seed: int, *, kind: bool = False) -> None:
        self._chance = random.Random(seed)
        self._seen: list[_Seen] = []
        self._applied: set[str] = set()
        self._over = asyncio.Event()
        self.kind = kind

    async def __aenter__(self) -> Service:
        app = web.Application()
        app.router.add_get("/{rest:.*}", self._read)
        app.router.add_route("*", "/{rest:.*}", self._write)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port: int = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        await self._runner.cleanup()

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """Every write so far, in the order of arrival."""
        return tuple(
            Arrival(effect=each.effect, path=each.path, at=each.at, applied=each.applied, answer=each.answer)
            for each in self._seen
        )

    @property
    def applied(self) -> int:
        """How many different effects happened."""
        return len(self._applied)

    async def _read(self, request: web.Request) -> web.StreamResponse:
        kind, _, wanted = request.path.strip("/").partition("/")
        if kind == "shipments":
            return web.json_response(_TEXTS, status=200 if wanted in self._applied else 404)
        found = {"id": int(wanted.partition("/")[0])} if kind == "orders" else {}
        return web.json_response(_TEXTS | found)

    async def _write(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        seen = _Seen(request.headers.get("Treadle-Effect-Id", ""), request.path, time.time())
        self._seen.append(seen)
        if not self.kind and zlib.crc32(seen.effect.encode()) % _REFUSED_OF == 0:
            seen.answer = "refused"
            return web.json_response({"error": "no"}, status=422)
        mood = self._mood()
        if mood in ("never", "limited", "broken"):
            return await self._badly(mood)
        await asyncio.sleep(self._chance.uniform(0, 2.0 if mood == "slow" else 0.1))
        seen.applied = True
        self._applied.add(seen.effect)
        if mood in ("never_after", "broken_after"):
            return await self._badly(mood)
        await asyncio.sleep(self._chance.uniform(0, 0.5 if mood == "slow" else 0.1))
        seen.answer = "ok"
        return web.json_response(_said(msgspec.json.decode(body)) if request.path == ASKED else _TEXTS)

    async def _badly(self, mood: Mood) -> web.StreamResponse:
        if mood == "limited":
            return web.json_response({}, status=429, headers={"Retry-After": "1"})
        if mood.startswith("never"):
            await self._over.wait()
        return web.json_response({}, status=500)

    def _mood(self) -> Mood:
        if self.kind:
            return "well"
        rest = 1000 - sum(_MOODS.values())
        return self._chance.choices(["well", *_MOODS], [rest, *_MOODS.values()])[0]


def _said(question: dict[str, Any]) -> dict[str, Any]:
    """What the model wants: a tag for the order that it was told of, and then to be done."""
    first, last = question["messages"][0], question["messages"][-1]
    if last["role"] == "tool":
        return {"text": "done", "cost": 0.001}
    given = msgspec.json.encode({"order": int(first["text"].split(" ")[1]), "tag": "asked"}).decode()
    return {"calls": [{"id": "c1", "name": "acme_tag", "arguments": given}], "cost": 0.001}
