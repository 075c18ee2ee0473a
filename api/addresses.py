"""Where a request comes from: the address of the client and whether it spoke TLS.

What a header says about that counts only when one of our own proxies (TREADLE_PROXIES) sent it: anybody can write one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_SAME_HOUSE = 64
"""Whoever has one address of IPv6 has the other 2^64 of its network too."""


@cache
def networks(text: str) -> tuple[Network, ...]:
    """The addresses and networks of TREADLE_PROXIES, which `Settings` has checked."""
    return tuple(ip_network(each.strip(), strict=False) for each in text.split(",") if each.strip())


def client(scope: Any, headers: Any, proxies: Sequence[Network]) -> str:
    """The address to count requests by: the peer's, or, behind our proxies, the last one that is not one of them. Of an
    IPv6 address its /64 network.
    """
    peer = _address((scope.get("client") or ("",))[0])
    if peer is None or not _within(peer, proxies):
        return _house(peer)
    for part in reversed(headers.get("x-forwarded-for", "").split(",")):
        found = _address(part.strip())
        if found is None:
            break
        peer = found
        if not _within(found, proxies):
            break
    return _house(peer)


def secure(scope: Any, headers: Any, proxies: Sequence[Network]) -> bool:
    """Whether the client spoke TLS, to us or to our proxy."""
    if scope["scheme"] == "https":
        return True
    peer = _address((scope.get("client") or ("",))[0])
    return peer is not None and _within(peer, proxies) and headers.get("x-forwarded-proto", "").lower() == "https"


@lru_cache(maxsize=10_000)
def _address(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _within(address: Address, proxies: Sequence[Network]) -> bool:
    return any(address in network for network in proxies)


@lru_cache(maxsize=10_000)
def _house(address: Address | None) -> str:
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _SAME_HOUSE), strict=False))
    return "" if address is None else str(address)
