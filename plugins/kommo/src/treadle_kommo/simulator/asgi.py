"""Just enough of ASGI for the stand-in: a request read whole, a reply written whole, routes by method and path.

Owns no state and knows nothing of Kommo.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import parse_qsl, unquote

import msgspec

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request. Header names are lower case."""

    method: str
    path: str
    query: list[tuple[str, str]] = []
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def param(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def params(self, name: str) -> list[str]:
        """All values of `name`, `name[]` and `name[0]`, `name[1]`, ..."""
        return [value for key, value in self.query if key == name or (key.startswith(f"{name}[") and key[-1] == "]")]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer. `cut` closes the connection in the middle of it, after the work was done; `location` is where a
    redirect leads.
    """

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    cut: bool = False
    location: str | None = None


def json_reply(value: Any, status: int = 200, content_type: str = "application/hal+json") -> Reply:
    """A JSON answer."""
    return Reply(status=status, body=msgspec.json.encode(value), content_type=content_type)


async def read(scope: Scope, receive: Receive) -> Request:
    """The whole request."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return Request(
        method=scope["method"],
        path=unquote(scope["path"]),
        query=parse_qsl(scope["query_string"].decode(), keep_blank_values=True),
        headers={name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
    )


async def write(reply: Reply, send: Send) -> None:
    """The whole reply; a cut one promises more bytes than it sends, which makes the server drop the connection."""
    length = len(reply.body) + (1 if reply.cut else 0)
    headers = [] if reply.status == 204 else [(b"content-length", str(length).encode())]
    if reply.content_type and reply.status != 204:
        headers.append((b"content-type", reply.content_type.encode()))
    if reply.location is not None:
        headers.append((b"location", reply.location.encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if not reply.cut:
        await send({"type": "http.response.body", "body": reply.body})


S = TypeVar("S")
Handler: TypeAlias = Callable[..., Any]


class Route(msgspec.Struct, frozen=True):
    """`path` has `{name}` for a number and `{name:text}` for one step of any kind."""

    method: str
    path: str
    handler: Handler


class Router(Generic[S]):
    """Finds the route of a request. Paths are few, so they are tried in turn."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route, route.path.strip("/").split("/")) for route in routes]

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, Any]] | bool:
        """The handler with its arguments; True when the path exists with another method, else False."""
        steps, known = path.strip("/").split("/"), False
        for route, pattern in self._routes:
            arguments = _match(pattern, steps)
            if arguments is not None:
                if route.method == method:
                    return route.handler, arguments
                known = True
        return known


def _match(pattern: list[str], steps: list[str]) -> dict[str, Any] | None:
    if len(pattern) != len(steps):
        return None
    arguments: dict[str, Any] = {}
    for wanted, step in zip(pattern, steps, strict=True):
        if wanted.endswith(":text}"):
            arguments[wanted[1:-6]] = step
        elif wanted.startswith("{"):
            if not (step.isascii() and step.isdecimal() and len(step) < 19):
                return None
            arguments[wanted[1:-1]] = int(step)
        elif wanted != step:
            return None
    return arguments
