"""X10: what is signed and fresh is believed, once."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from treadle.sdk import Delivery, Refused, Secret, signed

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
# The example of the specification.
SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
ID, AT = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330
BODY, SIGNATURE = b'{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def delivery(body: bytes = BODY, *, late: float = 0, **headers: str) -> Delivery:
    given = {"id": ID, "timestamp": str(AT), "signature": SIGNATURE} | headers
    at = datetime.fromtimestamp(AT, UTC) + timedelta(seconds=late)
    names = {f"webhook-{name}": text for name, text in given.items()}
    return Delivery(connection=None, headers=names, body=body, received_at=at)


def test_the_example_of_the_specification_is_genuine() -> None:
    assert signed(delivery(), SECRET) == ID
    assert signed(delivery(late=299), SECRET) == ID
    assert signed(delivery(late=-299), SECRET) == ID
    assert signed(delivery(signature=f"v1,AAAA v1a,x {SIGNATURE}"), SECRET) == ID
    assert signed(delivery(), Secret("whsec_AAAA"), SECRET) == ID


@pytest.mark.parametrize(
    ("given", "code", "status"),
    [
        (delivery(b'{"test": 2432232315}'), "wrong_signature", 401),
        (delivery(id="msg_other"), "wrong_signature", 401),
        (delivery(timestamp=str(AT + 1)), "wrong_signature", 401),
        (delivery(signature="v1,"), "wrong_signature", 401),
        (delivery(signature=SIGNATURE.replace("v1,", "v2,")), "wrong_signature", 401),
        (delivery(signature="v1,é"), "wrong_signature", 401),
        (delivery(late=3600), "replayed", 400),
        (delivery(late=-3600), "replayed", 400),
        (delivery(signature=""), "not_signed", 401),
        (delivery(id=""), "not_signed", 401),
        (delivery(timestamp="²"), "not_signed", 401),
        (delivery(timestamp="1e9"), "not_signed", 401),
        (delivery(id="x" * 201), "not_signed", 401),
    ],
)
def test_x10_what_is_changed_old_or_unsigned_is_refused(given: Delivery, code: str, status: int) -> None:
    refused = signed(given, SECRET)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.status) == (code, status)


def test_x10_without_a_secret_nothing_is_genuine() -> None:
    empty = base64.b64encode(hmac.digest(b"", f"{ID}.{AT}.".encode() + BODY, "sha256")).decode()
    for secrets in ((), (Secret(""),)):
        assert isinstance(signed(delivery(signature=f"v1,{empty}"), *secrets), Refused)
