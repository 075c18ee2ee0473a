"""`/connections`: accounts of outside services. Secrets go in and never come out."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from treadle.api.pages import Page
from treadle.api.problems import Refused
from treadle.runtime.connections import ConnectionUnknown, ConnectionView, FieldsInvalid
from treadle.runtime.engine import Engine
from treadle.runtime.ports import NameTaken
from treadle.sdk.failures import Failure

LOOK_UP_SECONDS = 5.0
"""How long a new connection waits for its account; a service that is away can be asked later."""


class ConnectionPage(Page[ConnectionView], frozen=True):
    """All connections; there is one page."""


class NewConnection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A connection to make. Without a `name` it is called after its plugin (`acme-main`)."""

    plugin: str
    fields: dict[str, str] = {}
    name: str | None = None


class Tested(msgspec.Struct, frozen=True):
    """The service answered; `message` says what it said, in one sentence."""

    message: str


@get("/", summary="Connections")
async def list_connections(engine: NamedDependency[Engine]) -> ConnectionPage:
    """All connections, with their plain settings and the path of their hook."""
    return ConnectionPage(await engine.connections.list(), None)


@post("/", status_code=201, summary="Make a connection")
async def add_connection(engine: NamedDependency[Engine], data: JSONBody[NewConnection]) -> ConnectionView:
    """Store it with its secrets sealed, and look up what the account holds, as far as the service answers.

    The first connection of a plugin is the plugin's default.
    """
    try:
        made = await engine.connections.add(data.plugin, data.name, data.fields)
    except FieldsInvalid as invalid:
        raise Refused("fields_invalid", str(invalid)) from None
    except NameTaken:
        raise Refused("name_taken", f"There is a connection {data.name or f'{data.plugin}-main'!r} already.") from None
    with suppress(Failure, TimeoutError):
        async with asyncio.timeout(LOOK_UP_SECONDS):
            await engine.connections.look_up(made.name)
    return made


@post("/{name:str}/test", status_code=200, summary="Try a connection")
async def test_connection(engine: NamedDependency[Engine], name: FromPath[str]) -> Tested:
    """Ask the service who we are, with the stored credentials."""
    try:
        return Tested(await engine.connections.test(name))
    except ConnectionUnknown as unknown:
        raise Refused("connection_unknown", f"{unknown}.") from None
    except Failure as failure:
        raise Refused("test_failed", failure.message) from None


router = Router(
    "/connections", route_handlers=[list_connections, add_connection, test_connection], tags=["Connections"]
)
