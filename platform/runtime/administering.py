"""Changing stored connections: new fields, another name, another hook, and removing one. Owns what has to hold then.

Secrets are asked for again when the hosts change that they may be sent to: whoever may edit a connection must not be
able to send its credentials to a host of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from treadle.runtime.belonging import new_hook
from treadle.runtime.connections import Connected, Connections, FieldsInvalid
from treadle.runtime.fields import read_fields, rebuild
from treadle.runtime.net.scoped import own_hosts
from treadle.runtime.ports import ConnectionRow, Store
from treadle.runtime.vault import Vault

BOTH_HOOKS = timedelta(hours=24)
"""How long the address before a change is heard beside the new one."""


class Administration:
    """Over one workspace's connections; each verb ends with what other processes will see."""

    def __init__(self, store: Store, connections: Connections, vault: Vault) -> None:
        self._store = store
        self._connections = connections
        self._vault = vault

    async def change(
        self, found: Connected, name: str | None, fields: Mapping[str, str], *, default: bool | None
    ) -> Connected:
        """Other fields, another name, the default of its plugin; a field with an empty text is taken away. Raises
        `FieldsInvalid` and `NameTaken`.
        """
        row = msgspec.structs.replace(found.row, name=name or found.row.name)
        if fields:
            row = self._with_fields(found, row, fields)
        if default:
            row = msgspec.structs.replace(row, is_default=True)
            await self._step_down(row)
        await self._store.save_connection(row)
        await self._connections.refresh()
        return self._connections.get(row.name)

    def _with_fields(self, found: Connected, row: ConnectionRow, fields: Mapping[str, str]) -> ConnectionRow:
        kind = type(found.instance)
        held = {name: getattr(found.instance, name).reveal() for name in found.row.sealed}
        merged = {**found.row.settings, **held, **fields}
        settings, texts = read_fields(kind, {name: value for name, value in merged.items() if value not in (None, "")})
        moved = own_hosts(rebuild(kind, settings, texts)) != own_hosts(found.instance)
        if moved and (forgotten := sorted(held.keys() - fields.keys())):
            raise FieldsInvalid(f"the host changes, so give its credentials again: {', '.join(forgotten)}")
        sealed = {
            name: found.row.sealed[name] if held.get(name) == text else self._seal(row, name, text)
            for name, text in texts.items()
        }
        return msgspec.structs.replace(row, settings=settings, sealed=sealed)

    async def _step_down(self, row: ConnectionRow) -> None:
        for each in await self._store.connections():
            if each.plugin == row.plugin and each.is_default and each.id != row.id:
                await self._store.save_connection(msgspec.structs.replace(each, is_default=False))

    async def rotate_hook(self, found: Connected) -> Connected:
        """A new secret for its address; the one before is heard for another day."""
        now = await self._store.now()
        row = msgspec.structs.replace(
            found.row,
            hook=self._seal(found.row, "hook", new_hook(self._store.workspace_id)),
            old_hook=self._seal(found.row, "old_hook", found.hook.decode()),
            old_hook_until=now + BOTH_HOOKS,
        )
        await self._store.save_connection(row)
        await self._connections.refresh()
        return self._connections.get(row.name)

    async def remove(self, found: Connected) -> None:
        """Forget it with its credentials. Runs that need it later wait for another one."""
        await self._store.remove_connection(found.row.id)
        await self._connections.refresh()

    def _seal(self, row: ConnectionRow, field: str, text: str) -> str:
        return self._vault.seal(text, workspace_id=self._store.workspace_id, connection_id=row.id, field=field)
