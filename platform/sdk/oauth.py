"""How an account is connected by consent: OAuth 2.0 with an authorization code and PKCE. Owns the declaration only.

Asking for consent, exchanging and refreshing tokens, and keeping them, is the platform's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec


class OAuth(msgspec.Struct, frozen=True, kw_only=True):
    """`oauth=OAuth(...)` of a connection kind that has the fields `client_id`, `client_secret` and `access_token`, the
    latter two `Secret | None`.

    `authorize_url` and `token_url` may name fields of the connection (`"{base_url}/oauth2/access_token"`). The
    client's secret goes to the token's address in the body, as a form or as JSON; so the host of `token_url` must be
    one of the connection's own. `parameters` are added to the address of consent. A connection whose `client_id` is
    set gets its `access_token` from the platform, fresh before each request; one without has a token of its own.
    """

    authorize_url: str
    token_url: str
    scopes: Sequence[str] = ()
    body: Literal["form", "json"] = "form"
    parameters: Mapping[str, str] = {}
