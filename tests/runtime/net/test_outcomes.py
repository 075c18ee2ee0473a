"""What a status and its headers mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from treadle.runtime.net.outcomes import judge, retry_after
from treadle.sdk.context import Answer
from treadle.sdk.failures import ActionFailed, InDoubt

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 1.5 ", 1.5),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("inf", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_header(header: str, seconds: float | None) -> None:
    assert retry_after(Answer(429, {"retry-after": header}, b""), NOW) == seconds


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b'{"retry_after": 3.5}', 3.5),
        (b'{"retry_after": "x"}', None),
        (b"[]", None),
        (b"", None),
        (b"\xff", None),
        (b"[" * 99_999, None),
    ],
)
def test_retry_after_in_json(body: bytes, seconds: float | None) -> None:
    assert retry_after(Answer(429, {}, body), NOW) == seconds


def test_a_message_is_short_readable_and_has_no_page_in_it() -> None:
    long = Answer(400, {"content-type": "text/plain"}, b"bad\r\n\x1b[31m" + b"x" * 5000)
    with pytest.raises(ActionFailed) as caught:
        judge(long, "GET a.example", reads=True)
    assert caught.value.message.startswith("GET a.example answered 400: bad [31mxxx")
    assert len(caught.value.message) < 260
    with pytest.raises(InDoubt) as doubt:
        judge(Answer(502, {"content-type": "text/html"}, b"<html>Bad gateway"), "GET a.example", reads=True)
    assert doubt.value.message == "GET a.example answered 502"


def test_a_secret_is_redacted_before_the_message_is_cut() -> None:
    body = b"x" * 195 + b"SECRET-SECRET"
    with pytest.raises(ActionFailed) as caught:
        judge(Answer(400, {}, body), "GET a", reads=True, redact=lambda text: text.replace("SECRET-SECRET", "***"))
    assert "SECR" not in caught.value.message
