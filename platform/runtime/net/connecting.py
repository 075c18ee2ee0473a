"""Making connections: the checks that no connection can go around. Owns the resolver and the socket of each.

A name is resolved once per connection, its addresses are checked here and the connection is made to one of the checked
addresses, with Host and SNI kept; so a name that changes its address between check and use gains nothing.
"""

from __future__ import annotations

import socket
import ssl

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from treadle.runtime.net.addresses import Address, AllowList, address_of, read_host
from treadle.runtime.net.looking import LookUp, system_look_up

IDLE = 4.0
"""Seconds that a connection waits for its next request. Under the 5 s after which uvicorn and Node close theirs, as a
request written into a connection that the other side is closing can be neither believed nor repeated."""


class AddressRefused(OSError):
    """The address must not be reached. An `OSError`, so that aiohttp hands it on as the reason of a failed connect."""


class CheckedResolver(AbstractResolver):
    """Resolves names to those of their addresses that may be reached."""

    def __init__(self, allow: AllowList, look_up: LookUp = system_look_up) -> None:
        self._allow = allow
        self._look_up = look_up
        self._opened: set[tuple[Address, int]] = set()  # opened by name; as many as the allow list has hosts

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses that may be reached. Raises `AddressRefused` when there are others only."""
        try:
            name = str(read_host(host))
        except ValueError as error:
            raise AddressRefused(str(error)) from None
        found = [address_of(text) for text in await self._look_up(name, port)]
        if not found:
            raise OSError(f"{name} has no address")
        refusals = {address: self._allow.why_refused(address, port, name) for address in found}
        kept = [address for address, why in refusals.items() if why is None]
        if not kept:
            raise AddressRefused(next(why for why in refusals.values() if why))
        if self._allow.opens(name, port):
            self._opened.update((address, port) for address in kept)
        return [_result(name, address, port) for address in kept]

    def open_socket(
        self, info: tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]
    ) -> socket.socket:
        """The second wall: no socket to an address that was not checked, whatever the way it came here."""
        family, kind, protocol, _, address = info
        target, port = address_of(address[0]), address[1]
        if (target, port) not in self._opened and (why := self._allow.why_refused(target, port)):
            raise AddressRefused(why)
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    async def close(self) -> None:
        """Nothing is held."""


def connector(allow: AllowList, *, per_host: int, look_up: LookUp, tls: ssl.SSLContext | None) -> aiohttp.TCPConnector:
    """The pool: unbounded in all, bounded per host, so that a slow host starves nobody but itself."""
    resolver = CheckedResolver(allow, look_up)
    return aiohttp.TCPConnector(
        limit=0,
        limit_per_host=per_host,
        keepalive_timeout=IDLE,
        ttl_dns_cache=10,
        resolver=resolver,
        socket_factory=resolver.open_socket,
        ssl=tls if tls is not None else True,
    )


def _result(name: str, address: Address, port: int) -> ResolveResult:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=name, host=str(address), port=port, family=family, proto=socket.IPPROTO_TCP, flags=numeric
    )
