"""What an answered status means. Pure; follows the table of `treadle.sdk.failures`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn

import msgspec

from treadle.sdk.context import Answer
from treadle.sdk.failures import ActionFailed, InDoubt

PIECE = 200
"""Characters of an error answer that go into a message."""

_SECONDS = re.compile(r"\d{1,9}(\.\d+)?")


def judge(
    answer: Answer,
    what: str,
    *,
    reads: bool,
    accept: Collection[int] = (),
    redact: Callable[[str], str] = str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Answer:
    """The answer, when its status is fine or in `accept`. `what` is method and host, for the message.

    Raises `InDoubt` for 429, 5xx and a redirected write that may have been done, `ActionFailed` for everything else
    from 300; the message holds the first 200 characters of the body, redacted first.
    """
    status = answer.status
    if status < 300 or status in accept or status == 304:
        return answer
    if status < 400:
        if reads:
            return answer
        _unfollowed(answer, what)
    message = f"{what} answered {status}{_piece(answer, redact)}"
    if status == 429 or status >= 500:
        code = "rate_limited" if status == 429 else "server_error"
        raise InDoubt(message, code=code, status=status, retry_after=retry_after(answer, now()))
    raise ActionFailed(message, status=status)


def _unfollowed(answer: Answer, what: str) -> NoReturn:
    """A redirect that was not followed. 307 and 308 say that nothing was done there; the others leave it open."""
    status = answer.status
    message = f"{what} answered {status}; a write is not sent on to another address"
    if status in (307, 308):
        raise ActionFailed(message, code="redirected", status=status)
    raise InDoubt(message, code="redirected", status=status)


def retry_after(answer: Answer, now: datetime) -> float | None:
    """Seconds to wait as the service asks: `Retry-After` as seconds or date, else `retry_after` in a JSON body."""
    header = answer.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(header):
        return float(header)
    if header:
        try:
            when = parsedate_to_datetime(header)
        except ValueError:
            return None
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (aware - now).total_seconds())
    try:
        return _Retry.decode(answer.body).retry_after
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class _RetryBody(msgspec.Struct):
    retry_after: float | None = None


_Retry = msgspec.json.Decoder(_RetryBody)


def _piece(answer: Answer, redact: Callable[[str], str]) -> str:
    if not answer.body or "html" in answer.headers.get("content-type", ""):
        return ""
    text = redact(answer.body[: 64 * 1024].decode("utf-8", "replace"))
    short = " ".join("".join(char if char.isprintable() else " " for char in text[: PIECE * 4]).split())
    return f": {short[:PIECE]}" if short else ""
