"""Keeping live secrets out of logs, history and error reports, by value. Owns the forms in which a secret may appear.

A text that holds no secret is only scanned for the beginnings of forms: one by one while they are few, which a short
text answers in a microsecond, and by an automaton whose cost does not grow with their number when they are many.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote, quote_plus
from uuid import UUID

import re2

MASK = "***"
SHORTEST = 6
"""Characters. A shorter secret would blot out ordinary words, and is none."""

_PREFIX = 8
_FEW = 64
_DEEPEST = 64
_HARMLESS = (bool, int, float, Decimal, date, time, timedelta, UUID, type(None))


class Redactor:
    """Replaces the secrets it knows by `***`. An instance is a structlog processor too, for the place after the one
    that formats exceptions and before the renderer.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms_of: dict[str, tuple[str, ...]] = {}
        self._forms: tuple[str, ...] = ()
        self._starts: tuple[str, ...] = ()
        self._finder: Any = None
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Know more secrets; those under 6 characters are ignored."""
        fresh = {secret: _forms(secret) for secret in secrets if len(secret) >= SHORTEST}
        if fresh.keys() - self._forms_of.keys():
            self._forms_of.update(fresh)
            self._rebuild()

    def forget(self, secrets: Iterable[str]) -> None:
        """Know fewer, when a connection is removed."""
        for secret in secrets:
            self._forms_of.pop(secret, None)
        self._rebuild()

    def _rebuild(self) -> None:
        forms = {form for each in self._forms_of.values() for form in each}
        self._forms = tuple(sorted(forms, key=len, reverse=True))
        self._starts = tuple(sorted({form[:_PREFIX] for form in forms}))
        many = len(self._starts) > _FEW
        self._finder = re2.compile("|".join(map(re2.escape, self._starts))) if many else None

    def text(self, text: str) -> str:
        """The text with every form of every secret replaced."""
        if not self._suspicious(text):
            return text
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text

    def _suspicious(self, text: str) -> bool:
        if self._finder is None:
            for start in self._starts:  # noqa: SIM110 - a generator costs four times as much, and every text comes by
                if start in text:
                    return True
            return False
        try:
            return self._finder.search(text) is not None
        except UnicodeEncodeError:  # a lone surrogate, which the automaton cannot take
            return True

    def data(self, value: Any) -> Any:
        """The same for texts and bytes anywhere in mappings and sequences, keys included. What is neither data nor a
        number is shown as its `repr` when that holds a secret, and as it is otherwise.
        """
        return self._walk(value, 0) if self._starts else value

    def _walk(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, _HARMLESS):
            return value
        if depth >= _DEEPEST:
            return MASK
        if isinstance(value, Mapping):
            return {self._walk(key, depth + 1): self._walk(each, depth + 1) for key, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            walked = [self._walk(each, depth + 1) for each in value]
            return tuple(walked) if isinstance(value, tuple) else walked
        return self._opaque(value)

    def _opaque(self, value: Any) -> Any:
        shown = value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else repr(value)
        clean = self.text(shown)
        return value if clean == shown else clean

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """As structlog calls a processor."""
        return {key: self._walk(each, 0) for key, each in event.items()} if self._starts else event


def _forms(secret: str) -> tuple[str, ...]:
    """Of a secret with letters beyond ASCII also what a service makes of it that reads headers as Latin-1."""
    readings = {secret, secret.encode("utf-8", "replace").decode("latin-1")}
    return tuple(form for reading in readings for form in _ways(reading))


def _ways(secret: str) -> tuple[str, ...]:
    written = json.dumps(secret)[1:-1]
    plain = {
        secret,
        written,
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(written)[1:-1],  # JSON within JSON
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        repr(secret)[1:-1],
    }
    return tuple(form for form in (*plain, *_base64(secret.encode("utf-8", "replace"))) if len(form) >= SHORTEST)


def _base64(data: bytes) -> Iterable[str]:
    """What stays the same wherever the secret begins within what was encoded (`user:secret`): three alignments,
    without the characters at the edges that its neighbours shape.
    """
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data)
        first = (before * 8 + 5) // 6
        last = (before + len(data)) * 8 // 6
        piece = encoded[first:last].decode()
        yield piece
        yield piece.replace("+", "-").replace("/", "_")
