"""What a rule with `when webhook` sees of a request: its body as JSON and as text, headers and query. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from treadle.dsl import values

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1000
_HIDDEN = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers that are not kept: they hold secrets that nobody could recognise later."""


class Unreadable(Exception):
    """The request says what its body is, and it is not that; the message is one sentence."""


def hook_of(headers: Mapping[str, str], query: str, body: bytes) -> bytes:
    """The record `hook` as JSON: `{json, text, headers, query}`. Names of headers are lower case.

    A form is its fields: a text each, a list of texts for one that is there several times. Raises `Unreadable`.
    """
    kind, charset = _content_type(headers.get("content-type", ""))
    text = _text(body, charset)
    try:
        return values.encode(
            {
                "json": _data(kind, text),
                "text": text,
                "headers": {name: each for name, each in headers.items() if name not in _HIDDEN},
                "query": dict(parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)),
            }
        )
    except (RecursionError, UnicodeError):
        raise Unreadable("The body cannot be read.") from None
    except ValueError:
        raise Unreadable(f"A form or a query may have {_MOST_FIELDS:,} fields at most.") from None


def _data(kind: str, text: str) -> Any:
    if kind == _FORM:
        return _fields(text)
    if kind == "application/json" or kind.endswith("+json"):
        try:
            return values.decode(text)
        except msgspec.DecodeError:
            raise Unreadable("The body says that it is JSON, and it is not.") from None
    if text[:1] in ("{", "["):
        try:
            return values.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return None
    return None


def _fields(text: str) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS):
        found.setdefault(name, []).append(value)
    return {name: many[0] if len(many) == 1 else many for name, many in found.items()}


def _content_type(header: str) -> tuple[str, str]:
    """The media type and the charset of the header, lower case."""
    kind, _, more = header.partition(";")
    options = (each.partition("=") for each in more.split(";"))
    charset = next((value.strip(' "') for name, _, value in options if name.strip().lower() == "charset"), "utf-8")
    return kind.strip().lower(), charset.lower()


def _text(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except (LookupError, ValueError):  # no such charset, or one that is no text: rot13, idna
        return body.decode("utf-8", "replace")
