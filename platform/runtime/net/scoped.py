"""`ctx.http` for one call: paths, credentials, the effect's mark, the rate, typed answers.

Owns which requests carry the connection's credentials: https to the connection's own hosts, and http only to hosts
that the operator opened. Everything below the request is the guarded client's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from treadle.dsl import values
from treadle.runtime.clock import steady
from treadle.runtime.metrics import CONNECTOR_REQUESTS
from treadle.runtime.net.client import READS, GuardedClient, Request
from treadle.runtime.net.departure import BeforeSend, Departure
from treadle.runtime.net.outcomes import judge
from treadle.runtime.net.rates import Rate, RateLimiter
from treadle.runtime.net.urls import Target, absolute, bad_url, read_target
from treadle.sdk.connection import Connection
from treadle.sdk.context import Answer
from treadle.sdk.failures import ActionFailed, InDoubt, NotSent

EFFECT_HEADER = "Treadle-Effect-Id"
_USER_AGENT = "treadle"

Params = Mapping[str, str] | Sequence[tuple[str, str]]
Fresh = Callable[[Connection | None], Awaitable[Connection]]
"""The connection with a token that lives; given one that the service refused, with another token."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whose call it is. `rate_key` is the connection's id, `effect_id` is empty for look-ups and connection tests.

    `within` is the deadline of one request in seconds, everything included: the wait for the rate and for a free
    connection, connecting, redirects, reading; with `ends` whoever calls ends the whole call by then, and a request
    needs no timer of its own. `before_send` may stop a request at the last moment by raising. `fresh` is for
    connections whose token the platform keeps.
    """

    connection: Connection | None = None
    rate_key: str = ""
    effect_id: str = ""
    within: float = 10.0
    ends: bool = False
    before_send: BeforeSend | None = None
    fresh: Fresh | None = None
    redact: Callable[[str], str] = str


class ScopedHttp:
    """`treadle.sdk.Http` for one call of one connection."""

    def __init__(self, client: GuardedClient, rates: RateLimiter, scope: Scope) -> None:
        self._client = client
        self._rates = rates
        self._scope = scope
        self._connection = scope.connection
        self._base: str | None = getattr(scope.connection, "base_url", None)
        self.sent = False
        """Whether a byte of any request of this call may have left this machine."""
        self.wrote = False
        """Whether a byte of any request other than a read may have."""

    async def send(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Sequence[int] = (),
    ) -> Answer:
        """One request, its whole answer; the failures are those of `treadle.sdk.Http`."""
        method = method.upper()
        request = self._request(method, url, json, body, params, headers)
        until = steady() + self._scope.within
        await self._freshen(request.target, until)
        await self._wait_for_place(request.target)
        answer = await self._exchange(request, until)
        if answer.status == 401 and await self._freshen(request.target, until, refused=True):
            answer = await self._exchange(request, until)  # what was refused was surely not done
        what = f"{method} {request.target.name}"
        return judge(answer, what, reads=method in READS, accept=accept, redact=self._scope.redact)

    async def _exchange(self, request: Request, until: float) -> Answer:
        reads = request.method in READS
        departure = Departure(self._scope.before_send, reads=reads)
        within = None if self._scope.ends else max(0.0, until - steady())
        try:
            answer = await self._client.exchange(request, departure, within=within, credentials=self._credentials)
            self._count(str(answer.status))
            return answer
        except (NotSent, InDoubt, ActionFailed) as failure:
            self._count("not_sent" if isinstance(failure, NotSent) else "in_doubt")
            raise
        finally:
            self.sent = self.sent or departure.left
            self.wrote = self.wrote or (departure.left and not reads)

    def _count(self, code: str) -> None:
        connection = self._scope.connection
        CONNECTOR_REQUESTS.add(type(connection).kind if connection else "none", code)

    async def _freshen(self, target: Target, until: float, *, refused: bool = False) -> bool:
        """Have a token that lives, where this target gets one; whether it is another than before."""
        before = self._connection
        if self._scope.fresh is None or before is None or target.at not in own_hosts(before):
            return False
        try:
            async with asyncio.timeout(max(0.0, until - steady())):
                self._connection = await self._scope.fresh(before if refused else None)
        except TimeoutError:
            message = f"{target.name}: no fresh token in time; nothing was sent"
            raise NotSent(message, code="no_token") from None
        return self._connection != before

    async def get(self, url: str, *, params: Any = None, returns: Any = None, **more: Any) -> Any:
        """`send` and read the JSON."""
        return _typed(await self.send("GET", url, params=params, **more), returns)

    async def post(self, url: str, *, json: Any = None, returns: Any = None, **more: Any) -> Any:
        """`send` and read the JSON."""
        return _typed(await self.send("POST", url, json=json, **more), returns)

    async def put(self, url: str, *, json: Any = None, returns: Any = None, **more: Any) -> Any:
        """`send` and read the JSON."""
        return _typed(await self.send("PUT", url, json=json, **more), returns)

    async def patch(self, url: str, *, json: Any = None, returns: Any = None, **more: Any) -> Any:
        """`send` and read the JSON."""
        return _typed(await self.send("PATCH", url, json=json, **more), returns)

    async def delete(self, url: str, *, json: Any = None, returns: Any = None, **more: Any) -> Any:
        """`send` and read the JSON."""
        return _typed(await self.send("DELETE", url, json=json, **more), returns)

    def _request(
        self, method: str, url: str, json: Any, body: bytes | None, params: Params | None, headers: Any
    ) -> Request:
        if json is not None and body is not None:
            raise ActionFailed("a request has json or a body, not both", code="bad_request")
        target = read_target(absolute(url, self._base))
        if params:
            target = _with_params(target, params)
        sent = {"User-Agent": _USER_AGENT, "Accept": "application/json, */*;q=0.5"}
        if self._scope.effect_id:
            sent[EFFECT_HEADER] = self._scope.effect_id
        if json is not None:
            sent["Content-Type"], body = "application/json", values.encode(json)
        if headers:
            _override(sent, headers)
        return Request(method=method, target=target, headers=sent, body=body)

    async def _wait_for_place(self, target: Target) -> None:
        rate = self._scope.connection.rate if self._scope.connection else None
        if rate is None:
            return
        patience = self._scope.within / 2  # the other half is for the request itself
        wait = await self._rates.take(self._scope.rate_key, Rate.parse(rate), patience)
        if wait > patience:
            message = f"{target.name}: the rate of this connection, {rate}, is used up; nothing was sent"
            raise NotSent(message, code="rate", retry_after=wait)
        if wait:
            await asyncio.sleep(wait)

    def _credentials(self, target: Target) -> Mapping[str, str]:
        connection = self._connection
        if connection is None or target.at not in own_hosts(connection):
            return {}
        headers = connection.authorize()
        if headers and not target.secure and not self._client.opens(target):
            message = f"credentials are not sent to {target.name} over http; use https"
            raise ActionFailed(message, code="insecure")
        return headers


def own_hosts(connection: Connection) -> frozenset[str]:
    """Hosts and ports that this connection's credentials may be sent to."""
    return _own(type(connection), getattr(connection, "base_url", None))


@lru_cache(maxsize=512)
def _own(kind: type[Connection], base_url: str | None) -> frozenset[str]:
    """Hosts and ports that the credentials belong to: `hosts` of the class, at 443 unless a port is written, and that
    of `base_url`.
    """
    urls = [f"https://{host}" for host in kind.hosts] + ([base_url] if base_url else [])
    return frozenset(read_target(url).at for url in urls)


def _with_params(target: Target, params: Params) -> Target:
    try:
        return msgspec.structs.replace(target, url=target.url.extend_query(params))
    except (TypeError, ValueError):
        raise bad_url("params are texts by name") from None


def _override(sent: dict[str, str], headers: Mapping[str, str]) -> None:
    """The caller's headers win over ours, whatever their spelling; only the effect's mark stays."""
    given = {name.lower() for name in headers}
    for name in [name for name in sent if name.lower() in given]:
        if name != EFFECT_HEADER:
            del sent[name]
    sent.update({name: value for name, value in headers.items() if name.lower() != EFFECT_HEADER.lower()})


@lru_cache(maxsize=512)
def _decoder(returns: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(returns, float_hook=Decimal)


def _typed(answer: Answer, returns: Any) -> Any:
    try:
        if returns is None or not answer.body:
            return answer.json()
        return _decoder(returns).decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"the answer is not as expected: {error}"
        raise InDoubt(message, code="bad_answer", status=answer.status) from error
