"""The guarded client: one HTTP exchange within address rules, caps and a deadline, and an honest failure.

Owns the rules of an exchange; the connections are `wire`, what an answered status means is `outcomes`, credentials and
rates of one connection are `scoped`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Self

import msgspec

from treadle.runtime.net.addresses import AllowList
from treadle.runtime.net.departure import Departure
from treadle.runtime.net.looking import LookUp, system_look_up
from treadle.runtime.net.urls import Target, check_literal
from treadle.sdk.context import Answer
from treadle.sdk.failures import ActionFailed

if TYPE_CHECKING:
    from treadle.runtime.net.wire import Wire

READS = frozenset({"GET", "HEAD"})
METHODS = READS | {"POST", "PUT", "PATCH", "DELETE"}
_LOAD_AFTER = 0.5  # seconds after the start, when nobody waits for it

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
        self._connect_timeout = connect_timeout
        self._look_up = look_up
        self._tls = tls
        self._open = False
        self._made: Wire | None = None
        self._passed: set[str] = set()

    async def __aenter__(self) -> Self:
        self._open = True
        self._loading = asyncio.create_task(self._load(), name="load HTTP")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        self._loading.cancel()
        await asyncio.wait([self._loading])
        if self._made is not None:
            await self._made.close()

    async def _load(self) -> None:
        """Load what the first request will need, beside the loop."""
        await asyncio.sleep(_LOAD_AFTER)
        await asyncio.to_thread(import_module, "treadle.runtime.net.wire")

    async def _wire(self) -> Wire:
        if self._made is None:
            module = await asyncio.to_thread(import_module, "treadle.runtime.net.wire")
            if self._made is None:
                self._made = module.Wire(
                    self.allow,
                    self._check,
                    per_host=self._per_host,
                    connect_timeout=self._connect_timeout,
                    look_up=self._look_up,
                    tls=self._tls,
                )
        return self._made

    async def exchange(
        self,
        request: Request,
        departure: Departure,
        *,
        within: float | None = 10.0,
        credentials: Credentials = no_credentials,
    ) -> Answer:
        """Send and read the whole answer, whatever its status, in `within` seconds for everything; None when whoever
        calls sees to its end.

        Raises `NotSent` while no byte may have left and `InDoubt` after, `ActionFailed` for what this client refuses,
        and what the departure's `before_send` raised.
        """
        if not self._open:
            raise RuntimeError("the client is not open")
        if request.method not in METHODS:
            raise ActionFailed(f"{request.method[:20]!r} is not a method that is sent", code="bad_method")
        wire = self._made or await self._wire()
        return await wire.exchange(request, departure, within, credentials)

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
