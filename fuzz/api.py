"""Requests that are broken in every way, sent to the API by the ten thousand: none may be answered with a 5xx.

Operations, parameters and example bodies come from the document, so a new route is met without a word here. The
application is called in this process, over a real engine on an embedded Postgres of its own.
"""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes, unquote

import msgspec
from bench.figures import Figure, Goal

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW", "get")
KINDS = ("application/json", "application/json; charset=utf-16", "text/plain", "application/xml", "", "a/b/c", "\xff")
TEXTS = (
    b"' or 1=1 --", b"'; drop table runs; --", b"../../etc/passwd", b"%2e%2e%2f", b"\x00", b"\xff\xfe", b"%", b"_",
    b"{{7*7}}",
    b"$(id)",
    b"9" * 400, b"-1", b"1e999", b"NaN", b"null", b"[]", b"{}",
    b"2026-99-99T00:00:00Z", b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59Z", b"\xf0\x9f\x98\x80", b"a" * 3000, b"\r\nX-Injected: 1",
    b"01890a5d-ac96-774b-bcce-b302099a8057", b"",
    b"\xed\xa0\x80", b"0", b"true", b"\\", b"*:*", b"acme.order:7", b"a:b:c", b".", b"..",
    b"~", b"con", b"file:///etc/passwd",
)  # fmt: skip
PLANTS = (
    b"\x00", b"\xff", b'"', b"{", b"[" * 3000, b"9" * 5000, b"\\u0000", b"\\ud800", b"1e999999",
    b"-", b",,", b"NaN", b"\xef\xbb\xbf",
)  # fmt: skip
LEFT_OUT = frozenset({"/api/v1/live", "/api/v1/session/password", "/api/v1/keys/{key_id}"})
"""An answer without end, and what would take away the key that the fuzz itself comes with."""
TOGETHER = 8


def requests(count: int, seed: int) -> Iterator[Figure]:
    """Sends so many requests; the figures of how they were answered."""
    began = time.monotonic()
    answered, worst = asyncio.run(_sent(count, seed))
    for told in worst[:20]:
        print(f"  {told}", flush=True)
    failed = sum(times for status, times in answered.items() if status >= 500)
    goal = Goal("==", 0)
    yield Figure("api.seed", seed, "", None, passed=True)
    yield Figure("api.requests", sum(answered.values()), "requests", None, passed=True)
    yield Figure(
        "api.refused", sum(n for status, n in answered.items() if 400 <= status < 500), "requests", None, passed=True
    )
    yield Figure("api.seconds", round(time.monotonic() - began, 1), "s", None, passed=True)
    yield Figure("api.failures", failed, "requests", str(goal), passed=goal.met(failed))


async def _sent(count: int, seed: int) -> tuple[Counter[int], list[str]]:
    from treadle.api.app import create_api, create_app
    from treadle.api.openapi import document_of
    from treadle.runtime.engine import open_engine
    from treadle.runtime.settings import Settings

    answered, worst = Counter[int](), list[str]()
    with tempfile.TemporaryDirectory(prefix="treadle-fuzz-") as folder:
        async with open_engine(Settings.read({}, home=Path(folder) / "home", most_requests=0)) as engine:
            app, document = create_app(engine), document_of(create_api(engine))
            key = (engine.settings.home / "key").read_text().strip()
            maker = _Maker(random.Random(seed), document, key)

            async def some(number: int) -> None:
                for _ in range(number):
                    scope, body = maker.request()
                    status = await _answer(app, scope, body)
                    answered[status] += 1
                    if status >= 500:
                        worst.append(
                            f"{status} {scope['method']} {scope['path']!r}?{scope['query_string']!r} {body[:200]!r}"
                        )

            await asyncio.gather(*(some(count // TOGETHER) for _ in range(TOGETHER)))
    return answered, worst


def _told(status: int, scope: dict[str, Any], body: bytes) -> str:
    return f"{status} {scope['method']} {scope['path']!r}?{scope['query_string']!r} {body[:200]!r}"


class _Maker:
    """Makes requests by chance."""

    def __init__(self, chance: random.Random, document: dict[str, Any], key: str) -> None:
        self._chance, self._key = chance, key
        self._operations = [
            (path, verb, item[verb])
            for path, item in document["paths"].items()
            for verb in ("get", "post", "put", "patch", "delete")
            if verb in item and path not in LEFT_OUT
        ]

    def request(self) -> tuple[dict[str, Any], bytes]:
        """An ASGI scope and the body that goes with it."""
        path, verb, operation = self._chance.choice(self._operations)
        method = verb.upper() if self._chance.random() < 0.9 else self._chance.choice(METHODS)
        raw = re.sub(r"\{\w+\}", lambda _: self._part(), path)
        body = self._body(operation) if method in ("POST", "PUT", "PATCH") else b""
        headers = [(b"host", b"t.example"), (b"authorization", f"Bearer {self._key}".encode())]
        if body or self._chance.random() < 0.1:
            kind = KINDS[0] if self._chance.random() < 0.85 else self._chance.choice(KINDS)
            headers += [(b"content-type", kind.encode("latin-1")), (b"content-length", str(len(body)).encode())]
        for name in ("if-match", "if-none-match", "idempotency-key", "cookie", "last-event-id", "x-forwarded-for"):
            if self._chance.random() < 0.05:
                headers.append((name.encode(), self._text().replace(b"\r\n", b"")))
        return _scope(method, raw, self._query(operation), headers), body

    def _text(self) -> bytes:
        return self._chance.choice(TEXTS)

    def _part(self) -> str:
        return quote_from_bytes(self._text(), safe=self._chance.choice(("", "/.%")))

    def _query(self, operation: dict[str, Any]) -> bytes:
        names = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
        taken = [name for name in names if self._chance.random() < 0.4]
        if self._chance.random() < 0.05:
            return self._text().replace(b"\r\n", b"")
        return "&".join(f"{name}={quote_from_bytes(self._text())}" for name in taken).encode()

    def _body(self, operation: dict[str, Any]) -> bytes:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        body = bytearray(msgspec.json.encode(self._changed(content.get("example", {}))))
        if self._chance.random() < 0.5:
            return bytes(body)
        at = self._chance.randrange(len(body) + 1)
        match self._chance.randrange(4):
            case 0:
                del body[at:]
            case 1:
                body[at:at] = self._chance.choice(PLANTS)
            case 2:
                body[at : at + 1] = bytes([self._chance.randrange(256)])
            case _:
                return self._text()
        return bytes(body)

    def _changed(self, value: Any) -> Any:
        """One value in it, or none, is another."""
        if isinstance(value, dict) and value and self._chance.random() < 0.9:
            name = self._chance.choice(list(value))
            return {**value, name: self._changed(value[name])}
        if isinstance(value, list) and value and self._chance.random() < 0.7:
            return [self._changed(value[0]), *value[1:]]
        told = self._text().decode("utf-8", "replace")
        return self._chance.choice((value, told, None, -1, 2**63, 1e308, [], {}, [told] * 50, {told: told}, True))


def _scope(method: str, raw: str, query: bytes, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "headers": headers,
        "path": unquote(raw), "raw_path": quote(raw, safe="%/").encode(), "query_string": query, "root_path": "",
        "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "state": {},
    }  # fmt: skip


async def _answer(app: Any, scope: dict[str, Any], body: bytes) -> int:
    """The status; 599 where the application raised or said nothing."""
    status, given = 599, False

    async def receive() -> dict[str, Any]:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    try:
        await app(scope, receive, send)
    except Exception as failure:
        print(f"  raised {type(failure).__name__}: {failure}", flush=True)
        return 599
    return status
