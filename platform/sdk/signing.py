"""Deliveries signed as Standard Webhooks describes: id, time and body together, by a secret that both sides have.

Owns what is believed. https://www.standardwebhooks.com: `webhook-id`, `webhook-timestamp` (Unix seconds) and
`webhook-signature`, which is `v1,BASE64` of HMAC-SHA256, once for each secret that is good at that moment.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from treadle.sdk.delivery import Delivery, Refused
from treadle.sdk.secret import Secret

TOLERANCE = 300.0
"""Seconds that the sender's clock may be off, to either side. What is older is a replay."""
MAX_ID = 200
_PREFIX = "whsec_"


def signed(delivery: Delivery, *secrets: Secret) -> str | Refused:
    """The id of a genuine delivery: the key of its event, so that a repeated one is a duplicate. Else what to answer.

    A secret is `whsec_BASE64`, or the plain text that the service shows. Give two while one takes the other's place.
    """
    name, at = delivery.headers.get("webhook-id", ""), delivery.headers.get("webhook-timestamp", "")
    given = delivery.headers.get("webhook-signature", "").split()
    if not name or len(name) > MAX_ID or not given or not at.isascii() or not at.isdecimal() or len(at) > 12:
        return Refused("The delivery is not signed.", code="not_signed", status=401)
    message = f"{name}.{at}.".encode() + delivery.body
    wanted = [f"v1,{_mac(secret, message)}".encode() for secret in secrets if secret]
    found = [hmac.compare_digest(each.encode(), one) for each in given[:8] for one in wanted]
    if not any(found):
        return Refused("The delivery's signature is not ours.", code="wrong_signature", status=401)
    if abs(delivery.received_at.timestamp() - int(at)) > TOLERANCE:
        return Refused("The delivery is too old, or of the future.", code="replayed", status=400)
    return name


def _mac(secret: Secret, message: bytes) -> str:
    made = hmac.digest(_key(secret.reveal()), message, hashlib.sha256)
    return base64.b64encode(made).decode()


def _key(text: str) -> bytes:
    if not text.startswith(_PREFIX):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return text.encode()
