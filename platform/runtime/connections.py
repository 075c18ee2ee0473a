"""The stored connections, opened and at hand. Owns the cache, adding one, and which one is a plugin's default.

Other processes may change them, so the cache asks again each second, and at once when a name is not found. Secrets are
opened here and nowhere else, and told to the redactor before anybody can use them.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from treadle.dsl.accounts_file import remembering
from treadle.dsl.catalogue import Account
from treadle.dsl.graph import Hear
from treadle.runtime.belonging import new_hook
from treadle.runtime.clock import steady
from treadle.runtime.context import Contexts, Owner, frozen_choices
from treadle.runtime.directory import Choices
from treadle.runtime.fields import FieldsInvalid, read_fields, rebuild
from treadle.runtime.host import PluginHost
from treadle.runtime.ids import new_id
from treadle.runtime.misses import Misses
from treadle.runtime.net.scoped import Fresh
from treadle.runtime.oauth.keeper import TokenKeeper, by_consent
from treadle.runtime.ports import ConnectionRow, NameTaken, Store
from treadle.runtime.redaction import Redactor
from treadle.runtime.vault import Vault, VaultError
from treadle.sdk.connection import Connection

__all__ = ["Connected", "ConnectionUnknown", "ConnectionView", "Connections", "FieldsInvalid", "NameTaken"]

_AGAIN = 1.0  # seconds between two looks for changes made elsewhere


class ConnectionUnknown(Exception):
    """There is no connection of that name."""


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A connection as people see it: no secrets but the one in the path of its hook, which is there to be copied.

    `hook_url` is shown to who may edit, for who knows it can put events in. `state` says whether a person has to
    connect the account (`consent_needed`) or to do so again (`reconnect_needed`, with the `reason`). `old_hook_until`
    is until when the address before is heard too.
    """

    id: UUID
    name: str
    plugin: str
    kind: str
    settings: dict[str, Any]
    is_default: bool
    hook_url: str | None
    state: Literal["ready", "consent_needed", "reconnect_needed"] = "ready"
    reason: str | None = None
    old_hook_until: datetime | None = None


class Connected(msgspec.Struct, frozen=True):
    """A connection ready to use: its row, the plugin's instance with its secrets, the hook's secret and the one before,
    the look-up.
    """

    row: ConnectionRow
    instance: Connection
    hook: bytes
    choices: Choices
    old_hook: bytes | None = None

    @property
    def name(self) -> str:
        """Its name, unique in the installation."""
        return self.row.name

    def knows(self, hook: bytes, now: datetime) -> bool:
        """Whether this is the secret of its hook, or the one before while that counts."""
        until, before = self.row.old_hook_until, self.old_hook or self.hook
        known = hmac.compare_digest(hook, self.hook)
        return known or (hmac.compare_digest(hook, before) and until is not None and now < until)


class Connections:
    """All connections of the workspace. `find` and `default` answer from the cache; the coroutines keep it fresh."""

    def __init__(self, store: Store, host: PluginHost, vault: Vault, redactor: Redactor, contexts: Contexts) -> None:
        self._store = store
        self.contexts = contexts
        self._host = host
        self._vault = vault
        self._redactor = redactor
        self._by_name: dict[str, Connected] = {}
        self._refreshed = float("-inf")
        self._refreshing = asyncio.Lock()
        self._misses = Misses(self.refresh)
        self.keeper: TokenKeeper | None = None
        """Who keeps the tokens of accounts connected by consent; none on a store in memory."""
        self.faults: dict[str, str] = {}
        """Why a stored connection cannot be used, by name."""

    # --- from the cache ---------------------------------------------------------------------------------------------

    def find(self, name: str) -> Connected | None:
        """The connection of that name, as far as this process knows."""
        return self._by_name.get(name)

    def default(self, plugin: str) -> Connected | None:
        """The one that `use PLUGIN` alone means."""
        return next(
            (each for each in self._by_name.values() if each.row.plugin == plugin and each.row.is_default), None
        )

    def chosen(self, plugin: str, name: str | None) -> Connected | None:
        """The named one when it is of this plugin, the plugin's default for None."""
        if name is None:
            return self.default(plugin)
        found = self.find(name)
        return found if found and found.row.plugin == plugin else None

    def heard_by(self, hear: Hear) -> UUID | None:
        """The connection whose events a run listens for; None for events of one's own."""
        found = self.chosen(hear.plugin, hear.connection) if hear.plugin is not None else None
        return found.row.id if found else None

    def by_id(self, id: UUID) -> Connected | None:
        """The connection with this id."""
        return next((each for each in self._by_name.values() if each.row.id == id), None)

    def accounts(self) -> dict[str, Account]:
        """What the connected accounts hold, for the catalogue, by connection name."""
        return {
            each.name: Account(each.row.plugin, each.name, _shown(each.choices), each.row.is_default)
            for each in self._by_name.values()
            if each.row.choices is not None  # never looked up: that is not to hold nothing
        }

    def looked_up(self) -> datetime | None:
        """When the connection whose account was looked up longest ago was; None when none ever was."""
        return min((each.row.looked_up_at for each in self._by_name.values() if each.row.looked_up_at), default=None)

    # --- keeping it fresh --------------------------------------------------------------------------------------------

    async def look_again(self, name: str) -> Connected | None:
        """The connection of that name as the store has it now, for a name or a secret that is not known here."""
        await self._misses.look()
        return self.find(name)

    async def refresh(self, *, older: float = 0.0) -> None:
        """Ask the store, unless that was done less than `older` seconds ago."""
        async with self._refreshing:
            if steady() - self._refreshed >= older:
                await self._refresh()

    async def _refresh(self) -> None:
        rows = await self._store.connections()
        self._refreshed = steady()
        opened: dict[str, Connected] = {}
        for row in rows:
            known = self._by_name.get(row.name)
            if known is not None and known.row == row:
                opened[row.name] = known
            elif (fresh := self._opened(row)) is not None:
                opened[row.name] = fresh
        self._by_name = opened

    def _opened(self, row: ConnectionRow) -> Connected | None:
        plugin = self._host.plugins.get(row.plugin)
        kind = plugin.connections.get(row.kind) if plugin else None
        if kind is None:
            self.faults[row.name] = f"the plugin {row.plugin} with the connection kind {row.kind} is not installed"
            return None
        try:
            opened = {field: self._open(row, field, sealed) for field, sealed in row.sealed.items()}
            hook = self._open(row, "hook", row.hook)
            before = self._open(row, "old_hook", row.old_hook) if row.old_hook else None
            self._redactor.add([*opened.values(), hook, before or hook])
            instance = rebuild(kind, row.settings, opened)
        except (VaultError, msgspec.ValidationError) as error:
            self.faults[row.name] = str(error)
            return None
        self.faults.pop(row.name, None)
        choices = msgspec.json.decode(row.choices, type=Choices) if row.choices else {}
        return Connected(row, instance, hook.encode(), choices, before.encode() if before else None)

    def _open(self, row: ConnectionRow, field: str, sealed: str) -> str:
        return self._vault.open(sealed, workspace_id=self._store.workspace_id, connection_id=row.id, field=field)

    # --- administration ---------------------------------------------------------------------------------------------

    async def all(self) -> list[Connected]:
        """All that can be used, by name, as the store has them now."""
        await self.refresh()
        return sorted(self._by_name.values(), key=lambda each: each.name)

    async def list(self) -> list[ConnectionView]:
        """All of them, by name, as people see them."""
        return [view(each) for each in await self.all()]

    async def add(self, plugin: str, name: str | None, fields: Mapping[str, str]) -> ConnectionView:
        """Store a new one. Raises `FieldsInvalid` for what does not fit and `NameTaken`."""
        kinds = self._host.plugins[plugin].connections if plugin in self._host.plugins else {}
        if not kinds:
            known = ", ".join(sorted(name for name, each in self._host.plugins.items() if each.connections))
            raise FieldsInvalid(f"there is no plugin {plugin!r} with connections; there are {known or 'none'}")
        kind, declared = next(iter(kinds.items()))
        settings, secrets = read_fields(declared, fields)
        await self.refresh()
        chosen = name or f"{plugin}-main"
        if chosen in self._by_name:
            raise NameTaken(chosen)
        ident, hook = new_id(), new_hook(self._store.workspace_id)

        def seal(field: str, text: str) -> str:
            return self._vault.seal(text, workspace_id=self._store.workspace_id, connection_id=ident, field=field)

        row = ConnectionRow(
            id=ident,
            plugin=plugin,
            kind=kind,
            name=chosen,
            settings=settings,
            sealed={field: seal(field, text) for field, text in secrets.items()},
            hook=seal("hook", hook),
            is_default=self.default(plugin) is None,
        )
        await self._store.save_connection(row)
        await self.refresh()
        return view(self.get(chosen))

    def get(self, name: str) -> Connected:
        """The connection of that name. Raises `ConnectionUnknown`, with the reason when it is there and unusable."""
        if (found := self.find(name)) is None:
            reason = self.faults.get(name)
            raise ConnectionUnknown(f"{name}: {reason}" if reason else f"there is no connection {name!r}")
        return found

    # --- asking the service -----------------------------------------------------------------------------------------

    def owner(self, found: Connected | None, plugin: str = "") -> Owner:
        """Whose call it is, for a call through this connection or for a plugin that has none."""
        if found is None:
            return Owner(plugin)
        row = found.row
        return Owner(
            row.plugin, row.id, found.instance, found.choices, lambda: self.look_up(row.name), self._fresh(found)
        )

    def _fresh(self, found: Connected) -> Fresh | None:
        keeper = self.keeper
        if keeper is None or not by_consent(found.instance):
            return None

        def fresh(refused: Connection | None) -> Awaitable[Connection]:
            stale = getattr(refused, "access_token", None)
            return keeper.fresh(found.row.id, found.instance, stale.reveal() if stale else None)

        return fresh

    async def test(self, name: str) -> str:
        """What the service answers to "who are we". Raises `ConnectionUnknown` and `Failure`."""
        await self.refresh()
        found = self.get(name)
        return await found.instance.test(self.contexts.make(self.owner(found)))

    async def look_up(self, name: str) -> Choices:
        """Ask the service what the account holds, and keep it. Raises `ConnectionUnknown` and `Failure`."""
        found = self.get(name)
        now = frozen_choices(await found.instance.look_up(self.contexts.make(self.owner(found))))
        choices = remembering(found.choices, now)
        await self._store.keep_choices(found.row.id, msgspec.json.encode(choices))
        await self.refresh()
        return choices


def _shown(choices: Choices) -> Choices:
    """Without the kinds that a plugin keeps for itself."""
    return {kind: many for kind, many in choices.items() if not kind.startswith("_")}


def view(each: Connected) -> ConnectionView:
    """What people see of it, as far as its row tells."""
    return ConnectionView(
        id=each.row.id,
        name=each.name,
        plugin=each.row.plugin,
        kind=each.row.kind,
        settings=each.row.settings,
        is_default=each.row.is_default,
        hook_url=f"/hooks/{each.name}/{each.hook.decode()}",
        old_hook_until=each.row.old_hook_until,
    )
