"""The memory store's publications, connections and their rates, API keys and values of plugins."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from treadle.runtime.ports import ConnectionRow, NameTaken, Publication, WebhookRow


class MemoryWorld:
    """Methods of `ports.Store` about what rules run against."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._publications: dict[UUID, Publication] = {}
        self._live: UUID | None = None
        self._graphs: dict[str, bytes] = {}
        self._connections: dict[UUID, ConnectionRow] = {}
        self._values: dict[tuple[UUID, str], tuple[bytes, datetime | None]] = {}
        self._places: dict[UUID, deque[datetime]] = {}
        self._api_keys: set[bytes] = set()
        self._webhooks: dict[str, WebhookRow] = {}

    async def webhooks(self) -> list[WebhookRow]:
        """See `ports.Store.webhooks`."""
        return [self._webhooks[name] for name in sorted(self._webhooks)]

    async def live(self) -> UUID | None:
        """See `ports.Store.live`."""
        return self._live

    async def publication(self, id: UUID) -> Publication | None:
        """See `ports.Store.publication`."""
        return self._publications.get(id)

    async def graph(self, version: str) -> bytes | None:
        """See `ports.Store.graph`."""
        found = (one.graphs[version] for one in self._publications.values() if version in one.graphs)
        return next(found, self._graphs.get(version))

    async def connections(self) -> list[ConnectionRow]:
        """See `ports.Store.connections`."""
        return sorted(self._connections.values(), key=lambda row: row.id)

    async def save_connection(self, row: ConnectionRow) -> None:
        """See `ports.Store.save_connection`."""
        if any(other.name == row.name and other.id != row.id for other in self._connections.values()):
            raise NameTaken(row.name)
        self._connections[row.id] = row

    async def keep_choices(self, connection_id: UUID, choices: bytes) -> None:
        """See `ports.Store.keep_choices`."""
        if (row := self._connections.get(connection_id)) is not None:
            self._connections[connection_id] = replace(row, choices=choices, looked_up_at=self._clock())

    async def remove_connection(self, connection_id: UUID) -> bool:
        """See `ports.Store.remove_connection`."""
        self._values = {key: value for key, value in self._values.items() if key[0] != connection_id}
        return self._connections.pop(connection_id, None) is not None

    async def save_key(self, id: UUID, name: str, digest: bytes) -> None:
        """See `ports.Store.save_key`."""
        self._api_keys.add(digest)

    async def has_keys(self) -> bool:
        """See `ports.Store.has_keys`."""
        return bool(self._api_keys)

    async def knows_key(self, digest: bytes) -> bool:
        """See `ports.Store.knows_key`."""
        return digest in self._api_keys

    async def take_place(self, connection_id: UUID, count: int, period: float, within: float) -> float:
        """See `ports.Store.take_place`."""
        now, places = self._clock(), deque(self._places.get(connection_id, ()), maxlen=count)
        place = max(now, places[0] + timedelta(seconds=period)) if len(places) == count else now
        wait = (place - now).total_seconds()
        if wait <= within:
            places.append(place)
            self._places[connection_id] = places
        return wait

    async def get_value(self, connection_id: UUID, key: str) -> bytes | None:
        """See `ports.Store.get_value`."""
        value, until = self._values.get((connection_id, key), (None, None))
        return None if until is not None and until <= self._clock() else value

    async def put_value(self, connection_id: UUID, key: str, value: bytes, ttl: float | None) -> None:
        """See `ports.Store.put_value`."""
        until = None if ttl is None else self._clock() + timedelta(seconds=ttl)
        self._values[connection_id, key] = (value, until)

    async def swap_value(
        self, connection_id: UUID, key: str, expected: bytes | None, value: bytes | None, ttl: float | None = None
    ) -> bool:
        """See `ports.Store.swap_value`."""
        if await self.get_value(connection_id, key) != expected:
            return False
        if value is None:
            self._values.pop((connection_id, key), None)
        else:
            await self.put_value(connection_id, key, value, ttl)
        return True
