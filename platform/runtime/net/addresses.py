"""Which addresses a call may reach. Pure: spellings, networks and the operator's allow list; no look-up, no socket.

Default deny: IPv4 by an explicit table, IPv6 by a table and by everything outside of 2000::/3. `ipaddress.is_private`
and `is_global` are not used: Python 3.11 calls 64:ff9b::a9fe:a9fe, 2002:a9fe:a9fe::1 and 192.0.0.192 global.
Sources: the IANA special-purpose address registries for IPv4 and IPv6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import msgspec

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DEFAULT_PORTS = frozenset({80, 443})
SETTING = "TREADLE_ALLOW_HOSTS"

_DENIED_4 = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "carrier-grade NAT",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "a cloud's host agent",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relay",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved or broadcast",
}
_DENIED_6 = {
    "::/128": "unspecified",
    "::1/128": "loopback",
    "::ffff:0:0/96": "IPv4-mapped",
    "::ffff:0:0:0/96": "IPv4-translated",
    "::/96": "IPv4-compatible",
    "64:ff9b::/96": "NAT64",
    "64:ff9b:1::/48": "local NAT64",
    "100::/64": "discard",
    "2001::/32": "Teredo",
    "2001::/23": "protocol assignments",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "unique local",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
}
_TABLE_4 = tuple((IPv4Network(text), why) for text, why in _DENIED_4.items())
_TABLE_6 = tuple((IPv6Network(text), why) for text, why in _DENIED_6.items())
_GLOBAL_6 = IPv6Network("2000::/3")

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def why_denied(address: Address) -> str | None:
    """What kind of non-global address this is, or None for one of the open internet."""
    if isinstance(address, IPv4Address):
        return next((why for network, why in _TABLE_4 if address in network), None)
    found = next((why for network, why in _TABLE_6 if address in network), None)
    return found or (None if address in _GLOBAL_6 else "not global unicast")


@lru_cache(maxsize=4096)
def read_host(spelling: str) -> Address | str:
    """The host of a URL as an address or as a lower-case name without its trailing dot.

    Raises `ValueError` for a zone id, an odd spelling of a number (`0x7f.1`, `2130706433`, `0177.0.0.1`: the C library
    would read an address in them) and anything that is no host name.
    """
    host = spelling.lower()
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    host = host[:-1] if host.endswith(".") else host
    if ":" in host:
        return _read_ipv6(host)
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _read_ipv4(host)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"{spelling[:100]!r} is not a host name")
    return host


def _read_ipv6(host: str) -> Address:
    if "%" in host:
        raise ValueError(f"{host[:100]!r} names a network interface")
    try:
        return IPv6Address(host)
    except ValueError:
        raise ValueError(f"{host[:100]!r} is not an IPv6 address") from None


def _read_ipv4(host: str) -> Address:
    try:
        return IPv4Address(host)  # four plain decimal parts, no leading zeros
    except ValueError:
        raise ValueError(f"{host[:100]!r} is an odd spelling of a number; write the address as 203.0.113.7") from None


class Opening(msgspec.Struct, frozen=True):
    """One entry of the allow list: a name or a network, at one port or (None) at every port."""

    host: str | None
    network: Network | None
    port: int | None


class AllowList(msgspec.Struct, frozen=True):
    """What the operator opened beyond the open internet at ports 80 and 443. Empty opens nothing."""

    openings: tuple[Opening, ...] = ()

    @classmethod
    def parse(cls, text: str) -> AllowList:
        """Read `host[:port]` and CIDR entries between commas: `127.0.0.1:8081, 10.0.0.0/8, localhost:9000, [::1]:80`.

        Without a port an entry opens every port. Raises `ValueError`, one line that names the wrong entry.
        """
        return cls(tuple(_opening(entry.strip()) for entry in text.split(",") if entry.strip()))

    def opens(self, host: Address | str, port: int) -> bool:
        """Whether an entry names this host or holds this address. `localhost` is also what opens the loopback."""
        names: Iterable[Address | str] = (host, *_LOOPBACK) if host == "localhost" else (host,)
        return any(
            opening.port in (None, port) and _covers(opening, name) for opening in self.openings for name in names
        )

    def why_refused(self, address: Address, port: int, name: str | None = None) -> str | None:
        """Why a connection to `address` (what `name` resolved to) must not be made, or None when it may."""
        if self.openings and (self.opens(address, port) or (name is not None and self.opens(name, port))):
            return None
        if why := why_denied(address):
            return f"{name or address} is not on the open internet ({why}); only {SETTING} can open it"
        if port not in DEFAULT_PORTS:
            return f"port {port} of {name or address} is not open; add {name or address}:{port} to {SETTING}"
        return None


_LOOPBACK: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


def _covers(opening: Opening, host: Address | str) -> bool:
    if isinstance(host, str):
        return opening.host == host
    return opening.network is not None and host.version == opening.network.version and host in opening.network


def _opening(entry: str) -> Opening:
    host, port = _split_port(entry)
    try:
        if "/" in host:
            return Opening(None, ip_network(host), port)
        read = read_host(host)
    except ValueError as error:
        raise ValueError(f"{SETTING}: {entry!r} is not host[:port] or a network ({error})") from None
    return Opening(read, None, port) if isinstance(read, str) else Opening(None, ip_network(read), port)


def _split_port(entry: str) -> tuple[str, int | None]:
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", entry)
    if bracketed:
        host, port = bracketed[1], bracketed[2]
    elif entry.count(":") == 1:
        host, port = entry.split(":")
    else:
        host, port = entry, None
    if port is None:
        return host, None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise ValueError(f"{SETTING}: {entry!r} has no port between 1 and 65535 after the colon")
    return host, int(port)


def address_of(text: str) -> Address:
    """An address as a resolver gives it. Raises `ValueError`."""
    return ip_address(text.partition("%")[0])
