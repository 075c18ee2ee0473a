"""What is replayed: two versions of the rules, and what both run against. Owns shapes only."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from treadle.dsl import graph as g
from treadle.dsl.catalogue import Catalogue
from treadle.runtime.connections import Connected
from treadle.runtime.virtual import connection_id


class Version(msgspec.Struct, frozen=True):
    """A set of rules: their graphs and the limits of all."""

    graphs: tuple[g.Graph, ...]
    limits: tuple[g.Limit, ...] = ()


class Setting(msgspec.Struct, frozen=True):
    """What both versions run against: the plugins, and the connections of then by id."""

    catalogue: Catalogue
    connections: Mapping[UUID, Connected] = {}

    def where(self, hear: g.Hear) -> UUID | None:
        """The connection whose events are meant."""
        if hear.plugin is None:
            return None
        for each in self.connections.values():
            named = each.name == hear.connection if hear.connection else each.row.is_default
            if each.row.plugin == hear.plugin and named:
                return each.row.id
        return connection_id(hear.plugin, hear.connection)
