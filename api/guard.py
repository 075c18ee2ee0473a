"""Who may use `/api/v1`: whoever presents a bearer key that the database knows, and sends JSON.

Owns reading the headers. Keys themselves, and the comparison in constant time, are `treadle.runtime.keys`.
"""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection, Request
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from treadle.api.problems import Refused
from treadle.runtime.access import SYSTEM, Principal
from treadle.runtime.engine import Engine
from treadle.runtime.keys import check_key


def bearer_guard(engine: Engine) -> Guard:
    """A guard that answers 401 unless the request carries a key of this engine's workspace."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        presented = bearer(connection.headers.get("authorization", ""))
        if presented is None or await check_key(engine, presented) is None:
            raise Refused("key_missing", "Send `Authorization: Bearer KEY` with a key of this installation.")
        connection.scope["user"] = SYSTEM

    return guard


def asking(request: Request[Principal, Any, Any]) -> Principal:
    """Who sent the request, as the guard found it; a dependency of handlers (`who: NamedDependency[Principal]`)."""
    return request.user


def json_only(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """A guard that answers 415 to a body that does not say it is JSON."""
    headers = connection.headers
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and kind != "application/json":
        raise Refused("wrong_content_type", "Send `Content-Type: application/json`.")


def bearer(header: str) -> str | None:
    """The key in an `Authorization` header, or None when there is none that could be one of ours."""
    scheme, _, key = header.partition(" ")
    key = key.strip()
    return key if scheme.lower() == "bearer" and key and key.isascii() else None
