"""What a broken exchange proves. Pure; follows the table of `treadle.sdk.failures`.

One fact decides between `NotSent` and `InDoubt`: whether a byte may have left. A write that fails on a kept connection
is in doubt although it probably did not arrive: the other side may have read it before it closed.
"""

from __future__ import annotations

import aiohttp

from treadle.runtime.net.bodies import Unreadable
from treadle.runtime.net.connecting import AddressRefused
from treadle.runtime.net.urls import Target
from treadle.sdk.failures import ActionFailed, Failure, InDoubt, NotSent


def broken(error: Exception, target: Target, *, left: bool, after: float | None) -> Failure:
    """The failure for an exchange that ended without a whole answer. `after` is its deadline in seconds."""
    reason = getattr(error, "os_error", None)
    if isinstance(reason, AddressRefused):
        return ActionFailed(f"the call was not made: {reason}", code="address_refused")
    code, text = _told(error, after)
    message = f"{target.name}: {text}"
    if left:
        return InDoubt(f"{message}, after the request may have left", code=code)
    return NotSent(f"{message}; nothing was sent", code=code)


def _told(error: Exception, after: float | None) -> tuple[str, str]:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "dns", "the name has no address"
        case aiohttp.ConnectionTimeoutError():
            return "connect_timeout", "no connection in time"
        case aiohttp.ClientConnectorCertificateError():
            return "tls", "its certificate is not trusted"
        case aiohttp.ClientSSLError():
            return "tls", "no secure connection could be made"
        case aiohttp.ClientConnectorError():
            return "unreachable", "the connection was refused or there is no route"
        case aiohttp.ServerConnectionError() | aiohttp.ClientOSError() | aiohttp.ClientPayloadError():
            return "connection_lost", "the connection was lost"
        case TimeoutError():
            return "timeout", "no answer in time" if after is None else f"no answer in {after:g} s"
        case Unreadable():
            return "bad_answer", str(error)
        case aiohttp.ClientConnectionError() | OSError():
            return "connection_lost", "the connection was lost"
        case _:
            return "bad_answer", "the answer is not HTTP as it should be"
