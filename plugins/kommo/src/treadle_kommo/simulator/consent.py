"""Kommo's OAuth: the page of consent, codes, tokens that are refreshed. Owns the grants; who may ask is the app's.

Everybody who comes to the page consents. As Kommo says, a refresh token is spent when the tokens that it gave are used,
not before; a `strict` stand-in spends it at once, as others report.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from msgspec import Struct

from treadle_kommo.simulator.asgi import Reply, Request, json_reply
from treadle_kommo.simulator.checks import one
from treadle_kommo.simulator.hal import Rejected, problem

CLIENT, SECRET = "0b6c0000-0000-4000-8000-000000000001", "kommo-simulator-client-secret"
CODE_LIVES, REFRESH_LIVES = 20 * 60, 90 * 86400
CONSENT, TOKEN = "/oauth", "/oauth2/access_token"


class Code(Struct):
    """A code that was given out, with the redirect and the PKCE challenge that it has to come back with."""

    redirect_uri: str
    challenge: str
    until: float


class Pair(Struct):
    """An access and a refresh token; `after` is the refresh token that they were given for."""

    access: str
    refresh: str
    access_until: float
    refresh_until: float
    redirect_uri: str
    after: str | None


class Consent:
    """All grants of the account. `lives` is the life of an access token in seconds; `asked` counts refreshes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.lives = 86400
        self.strict = False
        self.asked = 0
        self._codes: dict[str, Code] = {}
        self._pairs: dict[str, Pair] = {}
        self._spent: set[str] = set()
        self._numbers = itertools.count(1)

    def takes(self, access: str) -> bool:
        """Whether this access token lives. Its first use spends the refresh token before it."""
        pair = next((each for each in self._pairs.values() if each.access == access), None)
        if pair is None or pair.access_until <= self._clock():
            return False
        if pair.after is not None:
            self._spent.add(pair.after)
        return True

    def age(self) -> None:
        """All access tokens are over, sooner than was said."""
        for pair in self._pairs.values():
            pair.access_until = self._clock()

    def revoke(self) -> None:
        """The account throws the integration out: no token is good any more."""
        self._pairs.clear()
        self._codes.clear()

    def page(self, request: Request) -> Reply:
        """GET /oauth: back to the redirect with a code, as the button there does."""
        redirect = request.param("redirect_uri") or ""
        if request.param("client_id") != CLIENT or urlsplit(redirect).scheme not in ("http", "https"):
            return problem(400, "There is no such integration, or its redirect is another one")
        code = f"def502-code-{next(self._numbers)}"
        self._codes[code] = Code(redirect, request.param("code_challenge") or "", self._clock() + CODE_LIVES)
        given = {"code": code, "state": request.param("state") or "", "client_id": CLIENT, "referer": "acme.kommo.test"}
        return Reply(status=302, location=f"{redirect}?{urlencode(given)}")

    def token(self, request: Request) -> Reply:
        """POST /oauth2/access_token: both grants."""
        try:
            given = _given(request)
            if (given.get("client_id"), given.get("client_secret")) != (CLIENT, SECRET):
                raise Rejected(problem(401, "The client is not known"))
            if given.get("grant_type") == "refresh_token":
                return self._refreshed(str(given.get("refresh_token")), given.get("redirect_uri"))
            return self._exchanged(given)
        except Rejected as rejected:
            return rejected.reply

    def _exchanged(self, given: dict[str, Any]) -> Reply:
        code = self._codes.pop(str(given.get("code")), None)
        if code is None or code.until <= self._clock():
            raise Rejected(_no("Authorization code has been revoked or has expired"))
        if given.get("redirect_uri") != code.redirect_uri:
            raise Rejected(_no("The redirect_uri does not match"))
        if code.challenge and _challenge(str(given.get("code_verifier", ""))) != code.challenge:
            raise Rejected(_no("The code_verifier does not match"))
        return self._paired(code.redirect_uri, None)

    def _refreshed(self, refresh: str, redirect_uri: object) -> Reply:
        self.asked += 1
        pair = self._pairs.get(refresh)
        if pair is None or refresh in self._spent or pair.refresh_until <= self._clock():
            raise Rejected(_no("Token has been revoked"))
        if redirect_uri != pair.redirect_uri:
            raise Rejected(_no("The redirect_uri does not match"))
        if self.strict:
            self._spent.add(refresh)
        return self._paired(pair.redirect_uri, refresh)

    def _paired(self, redirect_uri: str, after: str | None) -> Reply:
        number, now = next(self._numbers), self._clock()
        pair = Pair(
            access=f"kommo-access-{number}",
            refresh=f"kommo-refresh-{number}",
            access_until=now + self.lives,
            refresh_until=now + REFRESH_LIVES,
            redirect_uri=redirect_uri,
            after=after,
        )
        self._pairs[pair.refresh] = pair
        body = {"token_type": "Bearer", "expires_in": self.lives}
        body |= {"access_token": pair.access, "refresh_token": pair.refresh}
        return json_reply(body, content_type="application/json")


def _given(request: Request) -> dict[str, Any]:
    if "form" in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.body.decode()))
    return one(request)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _no(hint: str) -> Reply:
    return problem(400, "The refresh or the code is not taken", hint=hint)
