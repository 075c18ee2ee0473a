"""Which connections a rule needs and cannot use now: missing, unreadable, or to be connected again by a person.

A run that comes to a call through such a connection waits there, and goes on by itself once it can be used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

import msgspec

from treadle.dsl.graph import Call, Graph, WaitFor
from treadle.runtime.connections import Connections
from treadle.runtime.host import PluginHost
from treadle.runtime.machine.program import Program
from treadle.runtime.oauth.keeper import by_consent

Consents = Mapping[UUID, tuple[bool, str | None]]
"""By connection: whether the account's consent holds, and why not."""


class Need(msgspec.Struct, frozen=True):
    """A connection that cannot be used; without a name it is the plugin's default one."""

    plugin: str
    connection: str | None
    why: str


_MOST_KNOWN = 10_000
_known: dict[str, tuple[tuple[str, str | None], ...]] = {}  # by version of the graph, which says all of it


def needs_of(program: Program, host: PluginHost, connections: Connections, consents: Consents) -> list[Need]:
    """What the rule or sequence needs, in the order in which it comes."""
    wanted = _known.get(program.version)
    if wanted is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        wanted = _known[program.version] = tuple(dict.fromkeys(_through(program.graph)))
    connecting = (each for each in wanted if _connects(host, each[0]))
    found = ((plugin, name, _why_not(connections, consents, plugin, name)) for plugin, name in connecting)
    return [Need(plugin, name, why) for plugin, name, why in found if why is not None]


def _through(graph: Graph) -> Iterator[tuple[str, str | None]]:
    """Plugin and connection of all that it hears, calls and asks."""
    hears = [*graph.hears, *(each.hear for each in graph.nodes.values() if isinstance(each, WaitFor))]
    yield from ((each.plugin, each.connection) for each in hears if each.plugin is not None)
    yield from ((each.plugin, each.connection) for each in graph.nodes.values() if isinstance(each, Call))
    for agent in graph.agents.values():
        yield agent.plugin, agent.connection
        yield from ((each.plugin, each.connection) for each in agent.tools)


def _connects(host: PluginHost, plugin: str) -> bool:
    found = host.plugins.get(plugin)
    return found is not None and bool(found.connections)


def _why_not(connections: Connections, consents: Consents, plugin: str, name: str | None) -> str | None:
    found = connections.chosen(plugin, name)
    if found is None:
        fault = connections.faults.get(name or "")
        called = f"connection {name!r}" if name else "connection"
        return fault or f"there is no {called} of the plugin {plugin}"
    if not by_consent(found.instance):
        return None
    alive, reason = consents.get(found.row.id, (False, "nobody gave consent yet"))
    return None if alive else reason or "the account has to be connected again"
