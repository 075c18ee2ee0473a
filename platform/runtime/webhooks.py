"""The addresses of `when webhook` lines: a name that a rule gives, and a secret that stays. Owns cache and secrets.

Secrets are opened here and nowhere else, and told to the redactor before anybody can use them.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from urllib.parse import quote
from uuid import UUID

import msgspec
import structlog

from treadle.dsl.graph import Graph
from treadle.runtime.belonging import new_hook
from treadle.runtime.ids import new_id
from treadle.runtime.misses import Misses
from treadle.runtime.ports import Store, WebhookRow
from treadle.runtime.redaction import Redactor
from treadle.runtime.vault import Vault, VaultError


class Webhook(msgspec.Struct, frozen=True):
    """One address. `id` stands for a connection in what comes through it."""

    id: UUID
    name: str
    secret: bytes

    @property
    def address(self) -> str:
        """The path to post to."""
        return f"/hooks/web/{quote(self.name, safe='')}/{self.secret.decode()}"

    def knows(self, presented: bytes) -> bool:
        """Whether this is its secret."""
        return hmac.compare_digest(presented, self.secret)


class Webhooks:
    """All webhooks of the workspace. `find` answers from the cache; the coroutines keep it fresh."""

    def __init__(self, store: Store, vault: Vault, redactor: Redactor) -> None:
        self._store = store
        self._vault = vault
        self._redactor = redactor
        self._by_name: dict[str, Webhook] = {}
        self._misses = Misses(self.refresh)

    def find(self, name: str) -> Webhook | None:
        """The one of that name, as far as this process knows."""
        return self._by_name.get(name)

    async def look_again(self) -> None:
        """Ask the store, for a name or a secret that is not known here."""
        await self._misses.look()

    async def refresh(self) -> None:
        """Ask the store. One whose secret does not open is left out and logged."""
        for row in await self._store.webhooks():
            if row.name not in self._by_name and (opened := self._opened(row)) is not None:
                self._by_name[row.name] = opened

    async def new_rows(self, graphs: Iterable[Graph]) -> list[WebhookRow]:
        """What is to be stored for the webhooks of these graphs that have no address yet."""
        await self.refresh()
        names = {each.trigger for graph in graphs for each in graph.webhooks}
        return [self._row(name) for name in sorted(names - self._by_name.keys())]

    def _row(self, name: str) -> WebhookRow:
        ident, secret = new_id(), new_hook(self._store.workspace_id)
        workspace = self._store.workspace_id
        sealed = self._vault.seal(secret, workspace_id=workspace, connection_id=ident, field="hook")
        return WebhookRow(ident, name, sealed)

    def _opened(self, row: WebhookRow) -> Webhook | None:
        workspace = self._store.workspace_id
        try:
            secret = self._vault.open(row.hook, workspace_id=workspace, connection_id=row.id, field="hook")
        except VaultError as error:
            structlog.get_logger("treadle.webhooks").error("webhook_sealed", webhook=row.name, error=str(error))
            return None
        self._redactor.add([secret])
        return Webhook(row.id, row.name, secret.encode())
