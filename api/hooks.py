"""The hot path: one delivery from an outside service, stored before it is answered.

Owns turning the engine's answer into HTTP. It is a bare ASGI handler, without routing, dependency injection, guards or
an access log: measured, a request through Litestar costs 0.26 ms of CPU, and most of that is not the delivery.
Who may deliver, what the body means and whether it was there before is the engine's and the plugin's affair.
"""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from litestar.types import ASGIApp, Receive, Scope, Send

from treadle.api.bodies import Gone, TooLarge, drain, read_body
from treadle.api.problems import MEDIA_TYPE, RETRY_AFTER, problem
from treadle.runtime.accept import HookRefused, HookUnknown
from treadle.runtime.belonging import hook_workspace
from treadle.runtime.engine import Engine
from treadle.runtime.metrics import DUPLICATES
from treadle.runtime.ports import StoreDown

PREFIX = "/hooks/"
WEB = "/hooks/web/"
UNKNOWN = "There is no hook at this address."
JSON = ((b"content-type", b"application/json"),)
PROBLEM = ((b"content-type", MEDIA_TYPE.encode()),)

_encode = msgspec.json.Encoder().encode


def hook_handler(engine: Engine) -> ASGIApp:
    """`POST /hooks/{connection}/{secret}` and `POST /hooks/web/{name}/{secret}` for this engine; given every request
    whose path begins with `/hooks/`.
    """

    async def hook(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await _deliver(engine, scope, receive)
        except Exception as failure:
            answer = _failed(scope, failure)
        await _send(answer, receive, send)

    return hook


class _Answer(msgspec.Struct, frozen=True):
    """`unread`: the body was not read to its end."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    unread: bool = False


class _No(Exception):
    """A refusal that is decided here, before the body was read to its end."""

    def __init__(self, code: str, detail: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(detail)
        self.code, self.detail, self.headers = code, detail, headers


async def _deliver(engine: Engine, scope: Any, receive: Receive) -> _Answer:
    if scope["method"] != "POST":
        raise _No("method_not_allowed", "A hook takes POST only.", (b"allow", b"POST"))
    web = _web_address(scope["path"])
    connection, secret = web or _address(scope["path"])
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body = await read_body(headers.get("content-length", ""), receive)
    here = engine.installation.engine(hook_workspace(secret)) or await _opened(engine, secret)
    if web is None:
        receipt = await here.receive(connection, secret, headers, body)
    else:
        query = scope["query_string"].decode("latin-1")
        receipt = await here.receive_web(*web, headers, query, body)
    if receipt.duplicates:
        DUPLICATES.add(by=receipt.duplicates)
    return _Answer(202, JSON, _encode(receipt))


async def _opened(engine: Engine, secret: str) -> Engine:
    """The engine of the workspace that the secret names, opened now. Raises `HookUnknown`."""
    if (found := await engine.installation.opened(hook_workspace(secret))) is None:
        raise HookUnknown
    return found


def _web_address(path: str) -> tuple[str, str] | None:
    """Name and secret of the address of a `when webhook` line. The name may hold slashes."""
    if not path.startswith(WEB):
        return None
    name, _, secret = path[len(WEB) :].removesuffix("/").rpartition("/")
    return (name, secret) if name and secret else None


def _address(path: str) -> tuple[str, str]:
    """Connection and secret; raises `_No` (404) for any other shape of path."""
    match path.split("/"):
        case ["", "hooks", connection, secret] | ["", "hooks", connection, secret, ""] if connection and secret:
            return connection, secret
    raise _No("hook_unknown", UNKNOWN)


def _failed(scope: Any, failure: Exception) -> _Answer:
    match failure:
        case _No():
            return _refused(failure.code, failure.detail, *failure.headers, unread=True)
        case TooLarge():
            return _refused("too_large", "A delivery may be 10 MB at most.", unread=True)
        case Gone() | RecursionError() | UnicodeError() | msgspec.DecodeError():
            return _refused("unreadable", "The body cannot be read.")
        case HookUnknown():
            return _refused("hook_unknown", UNKNOWN)
        case HookRefused():
            return _refused(failure.code, failure.message, status=failure.status)
        case StoreDown():
            again = (b"retry-after", str(RETRY_AFTER).encode())
            return _refused("database_down", "Nothing was stored; please deliver again.", again)
    name = scope["path"].split("/")[1]
    structlog.get_logger("treadle.api").error("delivery_failed", connection=name, exc_info=failure)
    return _refused("unexpected", "The fault is ours and lies in the log.")


def _refused(
    code: str, detail: str, *headers: tuple[bytes, bytes], status: int | None = None, unread: bool = False
) -> _Answer:
    told = problem(code, detail, None, status=status)
    return _Answer(told.status, (*PROBLEM, *headers), _encode(told), unread)


async def _send(answer: _Answer, receive: Receive, send: Send) -> None:
    headers = [*answer.headers, (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": answer.unread})
    if answer.unread:
        await drain(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
