"""`/connections`: accounts of outside services. Secrets go in and never come out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from treadle.api.etags import IfMatch, quoted, wants
from treadle.api.pages import Page
from treadle.api.problems import Refused
from treadle.api.translating import told
from treadle.runtime.access import Principal
from treadle.runtime.connections import ConnectionUnknown, ConnectionView, FieldsInvalid
from treadle.runtime.engine import Engine
from treadle.runtime.ports import NameTaken
from treadle.runtime.services import connections
from treadle.sdk.failures import Failure

Name = Annotated[
    str,
    msgspec.Meta(
        min_length=1, max_length=100, pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$", description="It stands in addresses."
    ),
]


class ConnectionPage(Page[ConnectionView], frozen=True):
    """All connections; there is one page."""


class NewConnection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A connection to make. Without a `name` it is called after its plugin (`acme-main`)."""

    plugin: str
    fields: dict[str, str] = {}
    name: Name | None = None


class ChangedConnection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to change. `is_default` can only be given to another connection, never taken."""

    fields: dict[str, str] = {}
    name: Name | None = None
    is_default: Literal[True] | None = None


class Tested(msgspec.Struct, frozen=True):
    """The service answered; `message` says what it said, in one sentence."""

    message: str


@get("/", summary="Connections")
async def list_connections(engine: NamedDependency[Engine], who: NamedDependency[Principal]) -> ConnectionPage:
    """All connections, with their plain settings and the path of their hook."""
    return ConnectionPage(await connections.listed(engine, who), None)


@post("/", status_code=201, summary="Make a connection", codes=("fields_invalid", "name_taken"))
async def add_connection(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[NewConnection]
) -> ConnectionView:
    """Store it with its secrets sealed, and look up what the account holds, as far as the service answers.

    The first connection of a plugin is the plugin's default.
    """
    try:
        return await connections.added(engine, who, data.plugin, data.name, data.fields)
    except FieldsInvalid as invalid:
        raise Refused("fields_invalid", str(invalid)) from None
    except NameTaken:
        raise Refused("name_taken", f"There is a connection {data.name or f'{data.plugin}-main'!r} already.") from None


@get("/{name:str}", summary="A connection", codes=("connection_unknown", "fields_invalid", "name_taken"))
async def show_connection(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], name: FromPath[str]
) -> Response[ConnectionView]:
    """By its name or its id."""
    with _told():
        seen = await connections.shown(engine, who, name)
    return Response(seen, headers=quoted(connections.etag(engine, seen)))


@patch(
    "/{name:str}",
    summary="Change a connection",
    codes=("connection_unknown", "fields_invalid", "name_taken", "changed_meanwhile"),
)
async def change_connection(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    name: FromPath[str],
    data: JSONBody[ChangedConnection],
    if_match: IfMatch = None,
) -> Response[ConnectionView]:
    """Other fields, another name, or the default of its plugin. What is not named stays, secrets included; a field with
    an empty text is taken away. Where the host changes that credentials go to, they have to be given again.
    """
    wanted = wants(if_match)
    with _told(), told():
        seen = await connections.changed(
            engine, who, name, data.name, data.fields, default=data.is_default, wants=wanted
        )
    return Response(seen, headers=quoted(connections.etag(engine, seen)))


@delete("/{name:str}", summary="Remove a connection", codes=("connection_unknown", "fields_invalid", "name_taken"))
async def remove_connection(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], name: FromPath[str]
) -> None:
    """With its credentials and its hook. Events and runs stay; a run that needs it later fails."""
    with _told():
        await connections.removed(engine, who, name)


@post(
    "/{name:str}/hook/rotate",
    status_code=200,
    summary="Change the hook",
    codes=("connection_unknown", "fields_invalid", "name_taken"),
)
async def rotate_hook(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], name: FromPath[str]
) -> ConnectionView:
    """A new address for deliveries. The one before is heard for another 24 hours; the one before that no more."""
    with _told():
        return await connections.hook_rotated(engine, who, name)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ConnectionUnknown as unknown:
        raise Refused("connection_unknown", f"{unknown}.") from None
    except FieldsInvalid as invalid:
        raise Refused("fields_invalid", f"{invalid}.") from None
    except NameTaken as taken:
        raise Refused("name_taken", f"There is a connection {str(taken)!r} already.") from None


@post("/{name:str}/test", status_code=200, summary="Try a connection", codes=("connection_unknown", "test_failed"))
async def test_connection(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], name: FromPath[str]
) -> Tested:
    """Ask the service who we are, with the stored credentials."""
    try:
        return Tested(await connections.tried(engine, who, name))
    except ConnectionUnknown as unknown:
        raise Refused("connection_unknown", f"{unknown}.") from None
    except Failure as failure:
        raise Refused("test_failed", failure.message) from None


router = Router(
    "/connections",
    route_handlers=[
        list_connections, add_connection, show_connection, change_connection, remove_connection, test_connection,
        rotate_hook,
    ],
    tags=["Connections"],
)  # fmt: skip
