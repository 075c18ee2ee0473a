"""The guarded client: one HTTP exchange within address rules, caps and a deadline, and an honest failure.

Owns connections, redirects and what a broken exchange proves. What an answered status means is `outcomes`; credentials
and rates of one connection are `scoped`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Self

import aiohttp
import msgspec
from multidict import CIMultiDict
from yarl import URL

from treadle.runtime.net import bodies
from treadle.runtime.net.addresses import AllowList
from treadle.runtime.net.connecting import LookUp, connector, system_look_up
from treadle.runtime.net.outcomes import broken
from treadle.runtime.net.sending import DepartingBody, Departure, reads_depart
from treadle.runtime.net.urls import Target, bad_url, check_headers, check_literal, read_target
from treadle.sdk.context import Answer
from treadle.sdk.failures import ActionFailed, InDoubt

READS = frozenset({"GET", "HEAD"})
METHODS = READS | {"POST", "PUT", "PATCH", "DELETE"}
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CROSSES = frozenset({"accept", "accept-language", "user-agent"})

Credentials = Callable[[Target], Mapping[str, str]]
"""The headers that carry credentials to this target, and none to any other. Asked again for each redirect."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request. A `body` of None is none for reads and an empty one for writes."""

    method: str
    target: Target
    headers: Mapping[str, str]
    body: bytes | None = None


def no_credentials(target: Target) -> Mapping[str, str]:
    """For calls that have none."""
    return {}


class GuardedClient:
    """Use as an async context manager, one per process and event loop; `allow` is what the operator opened.

    `per_host` bounds the connections to one host, `connect_timeout` (seconds) one attempt to connect. No proxy, no
    cookies, nothing from the environment.
    """

    def __init__(
        self,
        allow: AllowList,
        *,
        per_host: int = 64,
        connect_timeout: float = 5.0,
        look_up: LookUp = system_look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.allow = allow
        self._per_host = per_host
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout)
        self._look_up = look_up
        self._tls = tls
        self._open = False
        self._passed: set[str] = set()

    async def __aenter__(self) -> Self:
        self._pool = connector(self.allow, per_host=self._per_host, look_up=self._look_up, tls=self._tls)
        self._reads = self._session(reads_depart())
        self._writes = self._session()
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        await self._reads.close()
        await self._writes.close()
        await self._pool.close()

    def _session(self, *traces: aiohttp.TraceConfig) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=self._pool,
            connector_owner=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            auto_decompress=False,
            trust_env=False,
            trace_configs=list(traces),
        )

    async def exchange(
        self,
        request: Request,
        departure: Departure,
        *,
        within: float = 10.0,
        credentials: Credentials = no_credentials,
    ) -> Answer:
        """Send and read the whole answer, whatever its status, in `within` seconds for everything.

        Raises `NotSent` while no byte may have left and `InDoubt` after, `ActionFailed` for what this client refuses,
        and what the departure's `before_send` raised.
        """
        if not self._open:
            raise RuntimeError("the client is not open")
        if request.method not in METHODS:
            raise ActionFailed(f"{request.method[:20]!r} is not a method that is sent", code="bad_method")
        try:
            async with asyncio.timeout(within):
                return await self._follow(request, departure, credentials)
        except (aiohttp.ClientError, TimeoutError, OSError, bodies.Unreadable) as error:
            if departure.stopped is not None:
                raise departure.stopped from None
            raise broken(error, request.target, left=departure.left, after=within) from error

    async def _follow(self, request: Request, departure: Departure, credentials: Credentials) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            self._check(request.target)
            answer = await self._once(request, departure, credentials)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or request.method not in READS or not location:
                return answer
            request = _redirected(request, location)
        raise ActionFailed(f"{request.target.name} redirected more than {MAX_REDIRECTS} times", code="redirects")

    def _check(self, target: Target) -> None:
        if target.at in self._passed:
            return
        check_literal(target, self.allow)
        if len(self._passed) >= 1024:
            self._passed.clear()
        self._passed.add(target.at)

    def opens(self, target: Target) -> bool:
        """Whether the operator's allow list names this host."""
        return bool(self.allow.openings) and self.allow.opens(target.host, target.port)

    async def _once(self, request: Request, departure: Departure, credentials: Credentials) -> Answer:
        headers = CIMultiDict(request.headers)
        headers.update(credentials(request.target))
        check_headers(headers)
        headers["Accept-Encoding"] = "gzip, deflate"
        reads = request.method in READS
        response = await (self._reads if reads else self._writes).request(
            request.method,
            request.target.url,
            headers=headers,
            data=request.body if reads else DepartingBody(request.body or b"", departure),
            allow_redirects=False,
            trace_request_ctx=departure,
        )
        async with response:
            return await _read(request, response)


def _redirected(request: Request, location: str) -> Request:
    """The next request of a read; at another server the caller's headers stay behind, as they may hold a key."""
    try:
        target = read_target(str(request.target.url.join(URL(location))))
    except ValueError:
        raise bad_url(f"{request.target.name} redirected to something that is no URL") from None
    headers = request.headers
    if target.origin != request.target.origin:
        headers = {name: value for name, value in headers.items() if name.lower() in _CROSSES}
    return Request(method=request.method, target=target, headers=headers)


async def _read(request: Request, response: aiohttp.ClientResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if response.status in _REDIRECTS and request.method in READS:
        response.close()  # its body is never read
        return Answer(response.status, headers, b"")
    try:
        return Answer(response.status, headers, await _body(response, headers))
    except bodies.TooLarge as error:
        response.close()
        if response.status >= 400:
            return Answer(response.status, headers, b"")
        message = f"{request.target.name}: {error}"
        if request.method in READS:
            raise ActionFailed(message, code="too_large", status=response.status) from None
        raise InDoubt(message, code="too_large", status=response.status) from None


async def _body(response: aiohttp.ClientResponse, headers: Mapping[str, str]) -> bytes:
    reader = bodies.BodyReader(headers.get("content-encoding", ""))
    if response.method != "HEAD" and (response.content_length or 0) > bodies.MAX_BODY:
        raise bodies.TooLarge(f"the answer is larger than {bodies.MAX_BODY // (1024 * 1024)} MB")
    if response.content_length is not None and "content-encoding" not in headers:
        return await response.read()  # bounded by its length
    async for chunk in response.content.iter_any():
        reader.feed(chunk)
    return reader.finish()
