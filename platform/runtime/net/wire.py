"""One exchange on the wire: pools, redirects, bounded bodies. Owns aiohttp's sessions.

Imported when the first request is made: aiohttp takes a fifth of a second to load, which a start need not wait for.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from treadle.runtime.net import bodies
from treadle.runtime.net.addresses import AllowList
from treadle.runtime.net.breaks import broken
from treadle.runtime.net.client import READS, Credentials, Request
from treadle.runtime.net.connecting import connector
from treadle.runtime.net.departure import Departure
from treadle.runtime.net.looking import LookUp
from treadle.runtime.net.sending import DepartingBody, reads_depart
from treadle.runtime.net.urls import Target, bad_url, check_headers, read_target
from treadle.sdk.context import Answer
from treadle.sdk.failures import ActionFailed, InDoubt

MAX_REDIRECTS = 5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CROSSES = frozenset({"accept", "accept-language", "user-agent"})


class Wire:
    """The connections of one process. `check` refuses a target before anything is done about it."""

    def __init__(
        self,
        allow: AllowList,
        check: Callable[[Target], None],
        *,
        per_host: int,
        connect_timeout: float,
        look_up: LookUp,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._check = check
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout)
        self._pool = connector(allow, per_host=per_host, look_up=look_up, tls=tls)
        self._reads = self._session(reads_depart())
        self._writes = self._session()

    async def close(self) -> None:
        """Close every connection."""
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
        self, request: Request, departure: Departure, within: float | None, credentials: Credentials
    ) -> Answer:
        """The whole answer, in `within` seconds. Raises as `GuardedClient.exchange`."""
        try:
            if within is None:
                return await self._follow(request, departure, credentials)
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
    length = response.content_length
    if response.method != "HEAD" and (length or 0) > bodies.MAX_BODY:
        raise bodies.TooLarge(f"the answer is larger than {bodies.MAX_BODY // (1024 * 1024)} MB")
    if length is not None and "content-encoding" not in headers:
        return response.content.read_nowait() if response.content.is_eof() else await response.read()  # bounded
    reader = bodies.BodyReader(headers.get("content-encoding", ""))
    async for chunk in response.content.iter_any():
        reader.feed(chunk)
    return reader.finish()
