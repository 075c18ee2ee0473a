"""What rules run against, as stored: publications, graphs, connections and their rates, API keys, plugins' values."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import psycopg

from treadle.runtime.ports import ConnectionRow, NameTaken, Publication, WebhookRow
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean
from treadle.runtime.store.statements import Statements

_LIVE, _PUBLICATION, _GRAPH = query("live"), query("publication"), query("graph")
_WEBHOOKS = query("webhooks")
_CONNECTIONS, _SAVE_CONNECTION = query("connections"), query("save_connection")
_KEEP_CHOICES, _REMOVE_CONNECTION = query("keep_choices"), query("remove_connection")
_GET_VALUE, _PUT_VALUE, _ADD_VALUE = query("get_value"), query("put_value"), query("add_value")
_CHANGE_VALUE, _REMOVE_VALUE = query("change_value"), query("remove_value")
_TAKE_PLACE = query("take_place")
_SAVE_KEY, _HAS_KEYS, _KNOWS_KEY = query("save_key"), query("has_keys"), query("knows_key")


class World(Statements):
    """Methods of `ports.Store` about rules, connections and values."""

    async def live(self) -> UUID | None:
        """See `ports.Store.live`."""
        found = await self._ask(_LIVE)
        return found[0][0] if found else None

    async def publication(self, id: UUID) -> Publication | None:
        """See `ports.Store.publication`."""
        found = await self._ask(_PUBLICATION, {"id": id})
        if not found:
            return None
        _, created_at, paths, texts, versions, graphs, limits, events, who, comment, restores = found[0]
        sources = dict(zip(paths, texts, strict=True))
        return Publication(
            id=id,
            created_at=created_at,
            sources=sources,
            graphs={version: graph.encode() for version, graph in zip(versions, graphs, strict=True)},
            limits=limits,
            events=events,
            who=who,
            comment=comment,
            restores=restores,
        )

    async def webhooks(self) -> list[WebhookRow]:
        """See `ports.Store.webhooks`."""
        return [WebhookRow(*row) for row in await self._ask(_WEBHOOKS)]

    async def graph(self, version: str) -> bytes | None:
        """See `ports.Store.graph`."""
        found = await self._ask(_GRAPH, {"version": version})
        return found[0][0] if found else None

    async def connections(self) -> list[ConnectionRow]:
        """See `ports.Store.connections`."""
        return [_connection(row) for row in await self._ask(_CONNECTIONS)]

    async def save_connection(self, row: ConnectionRow) -> None:
        """See `ports.Store.save_connection`."""
        params = msgspec.structs.asdict(row) | {
            "settings": msgspec.json.encode(row.settings),
            "sealed": msgspec.json.encode(row.sealed),
        }
        try:
            await self._change(_SAVE_CONNECTION, params)
        except psycopg.errors.UniqueViolation:
            raise NameTaken(row.name) from None

    async def keep_choices(self, connection_id: UUID, choices: bytes) -> None:
        """See `ports.Store.keep_choices`."""
        await self._change(_KEEP_CHOICES, {"id": connection_id, "choices": choices})

    async def remove_connection(self, connection_id: UUID) -> bool:
        """See `ports.Store.remove_connection`."""
        return bool(await self._ask(_REMOVE_CONNECTION, {"id": connection_id}))

    async def take_place(self, connection_id: UUID, count: int, period: float, within: float) -> float:
        """See `ports.Store.take_place`."""
        params = {"connection": connection_id, "count": count, "period": period, "within": within}
        wait: float = (await self._ask(_TAKE_PLACE, params))[0][0]
        return wait

    async def get_value(self, connection_id: UUID, key: str) -> bytes | None:
        """See `ports.Store.get_value`."""
        found = await self._ask(_GET_VALUE, {"connection": connection_id, "key": clean(key)})
        return found[0][0] if found else None

    async def put_value(self, connection_id: UUID, key: str, value: bytes, ttl: float | None) -> None:
        """See `ports.Store.put_value`."""
        params = {"connection": connection_id, "key": clean(key), "value": value, "ttl": ttl}
        await self._change(_PUT_VALUE, params)

    async def swap_value(
        self, connection_id: UUID, key: str, expected: bytes | None, value: bytes | None, ttl: float | None = None
    ) -> bool:
        """See `ports.Store.swap_value`."""
        params: dict[str, Any] = {"connection": connection_id, "key": clean(key), "expected": expected}
        params |= {"value": value, "ttl": ttl}
        if expected is None and value is None:
            return not await self._ask(_GET_VALUE, params)
        if expected is None:
            return bool(await self._ask(_ADD_VALUE, params))
        return bool(await self._ask(_REMOVE_VALUE if value is None else _CHANGE_VALUE, params))

    async def save_key(self, id: UUID, name: str, digest: bytes) -> None:
        """See `ports.Store.save_key`."""
        await self._change(_SAVE_KEY, {"id": id, "name": clean(name), "digest": digest})

    async def has_keys(self) -> bool:
        """See `ports.Store.has_keys`."""
        return bool((await self._ask(_HAS_KEYS))[0][0])

    async def knows_key(self, digest: bytes) -> bool:
        """See `ports.Store.knows_key`."""
        return bool((await self._ask(_KNOWS_KEY, {"digest": digest}))[0][0])


def _connection(row: tuple[Any, ...]) -> ConnectionRow:
    connection_id, plugin, kind, name, settings, sealed, hook, is_default, choices, looked_up_at, *old = row
    return ConnectionRow(
        id=connection_id,
        plugin=plugin,
        kind=kind,
        name=name,
        settings=msgspec.json.decode(settings),
        sealed=msgspec.json.decode(sealed),
        hook=hook,
        is_default=is_default,
        choices=choices,
        looked_up_at=looked_up_at,
        old_hook=old[0],
        old_hook_until=old[1],
    )
