"""What is said to a service that hands out tokens, and what its answers mean. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from yarl import URL

from treadle.runtime.net.client import Request
from treadle.runtime.net.urls import read_target
from treadle.sdk.connection import Connection
from treadle.sdk.context import Answer
from treadle.sdk.oauth import OAuth
from treadle.sdk.secret import Secret

_FIELD = re.compile(r"\{(\w+)\}")
_LIVES = 3600.0  # seconds, where the answer does not tell
_SHOWN = 200  # characters of a refusal
_SHORTEST, _LONGEST = 1.0, 10 * 365 * 86400.0


class Refused(Exception):
    """The service takes the grant no more, or does not know the client: a person has to look. One sentence."""


class Tokens(msgspec.Struct, frozen=True):
    """What the service handed out. `lives` is in seconds; without `refresh` the one before stays good."""

    access: str
    refresh: str | None
    lives: float


def address(template: str, connection: Connection) -> str:
    """The template with the connection's fields in it."""
    return _FIELD.sub(lambda found: str(getattr(connection, found[1])).rstrip("/"), template)


def consent_address(declared: OAuth, connection: Connection, *, state: str, verifier: str, redirect_uri: str) -> str:
    """Where a person is sent to consent. Raises `ActionFailed` for an address that cannot be read."""
    given = {
        "response_type": "code",
        "client_id": str(getattr(connection, "client_id", "")),
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    if declared.scopes:
        given["scope"] = " ".join(declared.scopes)
    target = read_target(address(declared.authorize_url, connection))
    return str(URL(target.url).update_query({**declared.parameters, **given}))


def challenge(verifier: str) -> str:
    """PKCE's S256 of a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def token_request(declared: OAuth, connection: Connection, grant: Mapping[str, str]) -> Request:
    """The request for tokens; `grant` is what is offered for them. Raises `ActionFailed`."""
    secret: Secret | None = getattr(connection, "client_secret", None)
    given = {"client_id": str(getattr(connection, "client_id", "")), **grant}
    if secret is not None:
        given["client_secret"] = secret.reveal()
    as_json = declared.body == "json"
    kind = "application/json" if as_json else "application/x-www-form-urlencoded"
    return Request(
        method="POST",
        target=read_target(address(declared.token_url, connection)),
        headers={"User-Agent": "treadle", "Accept": "application/json", "Content-Type": kind},
        body=msgspec.json.encode(given) if as_json else urlencode(given).encode(),
    )


def read_tokens(answer: Answer, redact: Callable[[str], str]) -> Tokens | None:
    """The tokens, or None for an answer that says nothing for good. Raises `Refused`."""
    body = _object(answer)
    if answer.status in (400, 401):
        raise Refused(f"the service refused: {_said(body, answer.status, redact)}")
    access = body.get("access_token")
    if answer.status != 200 or not isinstance(access, str) or not access:
        return None
    refresh, lives = body.get("refresh_token"), body.get("expires_in")
    seconds = float(lives) if isinstance(lives, int | float) and not isinstance(lives, bool) else _LIVES
    return Tokens(access, refresh if isinstance(refresh, str) else None, min(max(seconds, _SHORTEST), _LONGEST))


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _said(body: Mapping[str, Any], status: int, redact: Callable[[str], str]) -> str:
    words = [body.get(name) for name in ("error_description", "hint", "detail", "error", "title")]
    text = next((each for each in words if isinstance(each, str) and each), f"status {status}")
    return " ".join(redact(text).split())[:_SHOWN].rstrip(".")
