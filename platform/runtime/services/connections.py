"""Connections and what their accounts hold: who may look at them, make one and try one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

import msgspec

from treadle.dsl.catalogue import Account
from treadle.runtime.access import Principal
from treadle.runtime.administering import Administration
from treadle.runtime.connections import Connected, ConnectionView, view
from treadle.runtime.drafts.records import NOTHING
from treadle.runtime.drafts.working import Wants
from treadle.runtime.engine import Engine
from treadle.runtime.net.scoped import own_hosts
from treadle.runtime.oauth.keeper import by_consent
from treadle.runtime.queries import query
from treadle.runtime.services.audit import Told, audited
from treadle.runtime.services.tags import tag
from treadle.runtime.store.statements import Statements
from treadle.sdk.failures import Failure

_HOLD = query("hold_connection")

FIRST_LOOK_UP = 5.0
"""Seconds that a new connection waits for its account; a service that is away can be asked later."""
LOOK_UP = 20.0
"""Seconds that one account is waited for when somebody asks for it."""


async def listed(engine: Engine, who: Principal) -> list[ConnectionView]:
    """All connections, without secrets; the paths of their hooks are for who may edit. Raises `Forbidden`."""
    who.require("read")
    states = await consents(engine)
    return [_seen(each, states, who) for each in await engine.connections.all()]


async def shown(engine: Engine, who: Principal, named: str) -> ConnectionView:
    """One of them, by its name or its id. Raises `Forbidden` and `ConnectionUnknown`."""
    who.require("read")
    return _seen(await found(engine, named), await consents(engine), who)


async def changed(
    engine: Engine,
    who: Principal,
    named: str,
    name: str | None,
    fields: Mapping[str, str],
    *,
    default: bool | None,
    wants: Wants = NOTHING,
) -> ConnectionView:
    """Other fields, another name, or the default of its plugin. Tokens of a consent do not follow to another host or
    another client. Raises `Forbidden`, `ConnectionUnknown`, `FieldsInvalid`, `NameTaken` and `Stale`.
    """
    who.require("edit")
    before, keeper = await found(engine, named), engine.connections.keeper
    told = Told("connection.changed", before.name, {"fields": sorted(fields), "name": name, "default": default})

    async def change() -> Connected:
        await Holding(engine.database.pool, engine.store.workspace_id).connection(before.row.id)
        wants.check(f"the connection {before.name}", tag_of(await found(engine, str(before.row.id))))
        after = await _administration(engine).change(before, name, fields, default=default)
        if keeper is not None and _elsewhere(before, after):
            await keeper.grants.drop(after.row.id)
        return after

    after = await audited(engine, who, change, lambda _: told)
    if keeper is not None and _elsewhere(before, after):
        keeper.forget(after.row.id)
    return _seen(after, await consents(engine), who)


async def removed(engine: Engine, who: Principal, named: str) -> None:
    """Forget a connection with its credentials. Raises `Forbidden` and `ConnectionUnknown`."""
    who.require("edit")
    gone = await found(engine, named)
    told = Told("connection.removed", gone.name)
    await audited(engine, who, lambda: _administration(engine).remove(gone), lambda _: told)


async def hook_rotated(engine: Engine, who: Principal, named: str) -> ConnectionView:
    """A new address for its deliveries; the one before is heard for another day. Raises `Forbidden` and
    `ConnectionUnknown`.
    """
    who.require("edit")
    before = await found(engine, named)
    told = Told("connection.hook_rotated", before.name)
    after = await audited(engine, who, lambda: _administration(engine).rotate_hook(before), lambda _: told)
    return _seen(after, await consents(engine), who)


def etag(engine: Engine, view: ConnectionView) -> str | None:
    """The ETag of a connection that was just shown."""
    known = engine.connections.by_id(view.id)
    return tag_of(known) if known else None


def tag_of(known: Connected) -> str:
    """What the service says of its account is no part of it: that changes by itself."""
    row = known.row
    return tag((row.name, row.settings, row.sealed, row.is_default, row.hook))


class Holding(Statements):
    """Over the pool of one workspace."""

    async def connection(self, id: UUID) -> None:
        """Let nobody else change a connection before the commit that this is part of."""
        await self._ask(_HOLD, {"id": id})


async def found(engine: Engine, named: str) -> Connected:
    """The connection with this name or id, as the store has it now. Raises `ConnectionUnknown`."""
    await engine.connections.refresh()
    with suppress(ValueError):
        if (by_id := engine.connections.by_id(UUID(named))) is not None:
            return by_id
    return engine.connections.get(named)


def _administration(engine: Engine) -> Administration:
    return Administration(engine.store, engine.connections, engine.vault)


def _elsewhere(before: Connected, after: Connected) -> bool:
    client = getattr(before.instance, "client_id", None) != getattr(after.instance, "client_id", None)
    return client or own_hosts(before.instance) != own_hosts(after.instance)


async def consents(engine: Engine) -> dict[UUID, tuple[bool, str | None]]:
    """Whether the consent of each connection that has one holds, and why not."""
    keeper = engine.connections.keeper
    return await keeper.grants.states() if keeper is not None else {}


def _seen(each: Connected, states: Mapping[UUID, tuple[bool, str | None]], who: Principal) -> ConnectionView:
    told = view(each)
    if "edit" not in who.rights:
        told = msgspec.structs.replace(told, hook_url=None)
    if not by_consent(each.instance):
        return told
    if (state := states.get(each.row.id)) is None:
        return msgspec.structs.replace(told, state="consent_needed")
    alive, reason = state
    return told if alive else msgspec.structs.replace(told, state="reconnect_needed", reason=reason)


async def added(
    engine: Engine, who: Principal, plugin: str, name: str | None, fields: Mapping[str, str]
) -> ConnectionView:
    """Make a connection and look up what its account holds, as far as it answers. Raises `Forbidden`, `FieldsInvalid`
    and `NameTaken`.
    """
    who.require("edit")
    made = await audited(
        engine,
        who,
        lambda: engine.connections.add(plugin, name, dict(fields)),
        lambda made: Told("connection.made", made.name, {"plugin": plugin}),
    )
    await looked_up(engine, made.name, FIRST_LOOK_UP)
    return await shown(engine, who, made.name)


async def tried(engine: Engine, who: Principal, name: str) -> str:
    """What the service says to the stored credentials. Raises `Forbidden`, `ConnectionUnknown` and `Failure`."""
    who.require("edit")
    return await engine.connections.test((await found(engine, name)).name)


async def accounts(engine: Engine, who: Principal) -> Mapping[str, Account]:
    """What the accounts hold, by connection, as last looked up. Raises `Forbidden`."""
    who.require("read")
    await engine.connections.refresh()
    return engine.connections.accounts()


async def pulled(engine: Engine, who: Principal) -> tuple[Mapping[str, Account], dict[str, str]]:
    """The same, asked now, and why some could not be asked. Raises `Forbidden`."""
    who.require("edit")
    names = [each.name for each in await engine.connections.list()]
    reasons = await asyncio.gather(*(looked_up(engine, name, LOOK_UP) for name in names))
    failed = {name: reason for name, reason in zip(names, reasons, strict=True) if reason is not None}
    return engine.connections.accounts(), failed


async def looked_up(engine: Engine, name: str, within: float) -> str | None:
    """Ask the service what the account holds, and keep it; why that did not work, if it did not. Checks no right."""
    try:
        async with asyncio.timeout(within):
            await engine.connections.look_up(name)
    except Failure as failure:
        return failure.message
    except TimeoutError:
        return f"it did not answer within {within:g} seconds"
    return None
