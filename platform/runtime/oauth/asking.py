"""The one request for tokens. Owns where it may go: to the connection's own hosts, over https, through the guard."""

from __future__ import annotations

from collections.abc import Mapping

from treadle.runtime.net.client import GuardedClient
from treadle.runtime.net.departure import Departure
from treadle.runtime.net.scoped import own_hosts
from treadle.runtime.oauth.messages import Tokens, read_tokens, token_request
from treadle.runtime.redaction import Redactor
from treadle.sdk.connection import Connection
from treadle.sdk.failures import ActionFailed, Failure, NotSent
from treadle.sdk.oauth import OAuth

PATIENCE = 10.0
"""Seconds for the whole exchange."""


async def ask_tokens(
    client: GuardedClient, redactor: Redactor, declared: OAuth, connection: Connection, grant: Mapping[str, str]
) -> Tokens:
    """What the service gives for the grant. Raises `messages.Refused` when it takes it no more, `NotSent` when that may
    change, `ActionFailed` for an address that the client's secret must not go to.
    """
    request = token_request(declared, connection, grant)
    if request.target.at not in own_hosts(connection):
        raise ActionFailed(f"{request.target.name} is no host of this connection", code="foreign_host")
    if not request.target.secure and not client.opens(request.target):
        raise ActionFailed(f"credentials are not sent to {request.target.name} over http; use https", code="insecure")
    try:
        answer = await client.exchange(request, Departure(None, reads=False), within=PATIENCE)
    except Failure as failure:
        raise NotSent(f"no fresh token: {failure.message}", code="no_token") from failure
    tokens = read_tokens(answer, redactor.text)
    if tokens is None:
        message = f"no fresh token: {request.target.name} answered {answer.status}"
        raise NotSent(message, code="no_token")
    redactor.add([tokens.access, tokens.refresh] if tokens.refresh else [tokens.access])
    return tokens
