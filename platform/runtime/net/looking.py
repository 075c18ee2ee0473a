"""From a name to addresses. Owns the one place where the system's resolver is asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
"""`(name, port)` to addresses as text. Raises `OSError` when there are none."""


async def system_look_up(name: str, port: int) -> Sequence[str]:
    """What the operating system's resolver says."""
    found = await asyncio.get_running_loop().getaddrinfo(
        name, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    return [str(address[4][0]) for address in found]
