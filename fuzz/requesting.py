"""Requests made by chance: broken in every way, or sound and about what earlier answers told of.

Operations, parameters and example bodies come from the document, so a new route is met without a word here.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, quote_from_bytes, unquote

import msgspec

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
"""An answer without end, and what would take away the keys that the fuzz itself comes with."""
NAMING = frozenset({"id", "name", "path", "slug", "rule", "email"})
"""Fields of answers that name something."""
SOUND = 0.4
"""How many requests are as the document has them, about what is there."""


class Request(NamedTuple):
    """A request: the operation that it was made from, its ASGI scope and its body."""

    operation: str
    scope: dict[str, Any]
    body: bytes


class Maker:
    """Makes requests by chance, by whoever has one of these keys."""

    def __init__(self, chance: random.Random, document: dict[str, Any], keys: Sequence[str]) -> None:
        self._chance, self._keys = chance, keys
        self._told: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=40))
        self._operations = [
            (path, verb, item[verb])
            for path, item in document["paths"].items()
            for verb in ("get", "post", "put", "patch", "delete")
            if verb in item and path not in LEFT_OUT
        ]

    def request(self) -> Request:
        """The next one."""
        path, verb, operation = self._chance.choice(self._operations)
        sound = self._chance.random() < SOUND
        method = verb.upper() if sound or self._chance.random() < 0.9 else self._chance.choice(METHODS)
        raw = re.sub(r"\{\w+\}", lambda _: self._known(path) if sound else self._part(), path)
        body = self._body(operation, sound=sound) if method in ("POST", "PUT", "PATCH") else b""
        headers = [(b"host", b"t.example"), (b"authorization", f"Bearer {self._chance.choice(self._keys)}".encode())]
        if body or (not sound and self._chance.random() < 0.1):
            kind = KINDS[0] if sound or self._chance.random() < 0.85 else self._chance.choice(KINDS)
            headers += [(b"content-type", kind.encode("latin-1")), (b"content-length", str(len(body)).encode())]
        for name in ("if-match", "if-none-match", "idempotency-key", "cookie", "last-event-id", "x-forwarded-for"):
            if not sound and self._chance.random() < 0.05:
                headers.append((name.encode(), self._text().replace(b"\r\n", b"")))
        query = b"" if sound else self._query(operation)
        return Request(f"{verb.upper()} {path}", _scope(method, raw, query, headers), body)

    def learn(self, operation: str, answer: bytes) -> None:
        """Remember what an answer told of, for requests about it."""
        try:
            self._learn(_family(operation.partition(" ")[2]), msgspec.json.decode(answer))
        except msgspec.DecodeError:
            return

    def _learn(self, family: str, told: Any) -> None:
        match told:
            case list():
                for each in told[:10]:
                    self._learn(family, each)
            case dict():
                for name, each in told.items():
                    if name in NAMING and isinstance(each, str) and each:
                        self._told[family].append(each)
                    else:
                        self._learn(family, each)

    def _known(self, path: str) -> str:
        known = self._told[_family(path)]
        return quote(self._chance.choice(known), safe="") if known else self._part()

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

    def _body(self, operation: dict[str, Any], *, sound: bool) -> bytes:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        examples = [each["value"] for each in content.get("examples", {}).values()] or [content.get("example", {})]
        example = self._chance.choice(examples)
        if sound:
            return msgspec.json.encode(example)
        body = bytearray(msgspec.json.encode(self._changed(example)))
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


def _family(path: str) -> str:
    """What a path is about: its first word behind the version."""
    return path.removeprefix("/api/v1/").partition("/")[0]


def _scope(method: str, raw: str, query: bytes, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "headers": headers,
        "path": unquote(raw), "raw_path": quote(raw, safe="%/").encode(), "query_string": query, "root_path": "",
        "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "state": {},
    }  # fmt: skip
