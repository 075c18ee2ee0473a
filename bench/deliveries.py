"""The requests that the load generator sends, built before the clock starts.

A Kommo delivery is the form body of a recorded one with the lead's id, name and price put in anew, so that no
two are the same and each is over the rule's threshold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import quote_plus

SAMPLE = Path(__file__).parents[1] / "tests" / "samples" / "lead_add_big.form"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

# Nine digits, so that all bodies have one length and no other number in them looks like an id.
FIRST_ID = 700_000_000

Kind = Literal["kommo", "plain"]


def requests(kind: Kind, first: int, count: int, *, host: str, path: str) -> list[bytes]:
    """Whole HTTP/1.1 requests for the ids `first .. first + count - 1`."""
    content_type = FORM if kind == "kommo" else JSON
    body = _kommo if kind == "kommo" else _plain
    return [_request(body(number), content_type, host, path) for number in range(first, first + count)]


def _request(body: bytes, content_type: str, host: str, path: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: amoCRM-Webhooks/3.0\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _price(number: int) -> int:
    return 10_000 + number % 90_000


def _plain(number: int) -> bytes:
    return b'{"lead":%d,"price":%d}' % (number, _price(number))


def _kommo(number: int) -> bytes:
    return _TEMPLATE % (number, number, _price(number))


def _template(sample: bytes) -> bytes:
    """The recorded body with `%d` where the id, a number in the name, and the price go."""
    text = sample.replace(b"%", b"%%")
    for old, new in (
        (_field("id") + b"70002", _field("id") + b"%d"),
        (_field("name") + b"Big+Deal+GmbH", _field("name") + b"Big+Deal+%d+GmbH"),
        (_field("price") + b"25000", _field("price") + b"%d"),
    ):
        if text.count(old) != 1:
            raise ValueError(f"{SAMPLE.name} has no single {old.decode()!r} any more; the benchmark varies that field")
        text = text.replace(old, new)
    return text


def _field(name: str) -> bytes:
    return quote_plus(f"leads[add][0][{name}]").replace("%", "%%").encode() + b"="


_TEMPLATE = _template(SAMPLE.read_bytes().strip())
