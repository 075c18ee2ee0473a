"""The live rules, ready to hear. Owns which rules listen to which trigger of which connection, and following the store.

A publication is compiled once a process; graphs of older publications are fetched when a run pinned to one comes by.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from treadle.dsl.graph import Graph, Limit
from treadle.dsl.typesystem import Record
from treadle.dsl.values import Value
from treadle.runtime.audience import Audience, Heard
from treadle.runtime.clock import steady
from treadle.runtime.connections import Connected
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.state import State, encode
from treadle.runtime.ports import Publication, Store, Switch

_MOST_KEPT = 2000  # programs of old publications
_AT_ONCE = 4  # programs that are compiled before others have their turn: some milliseconds
_OLD = 1.0  # seconds after which a switch is asked for again before a run is ended for it

_graph_decoder = msgspec.json.Decoder(Graph)
_limits_decoder = msgspec.json.Decoder(tuple[Limit, ...])
_events_decoder = msgspec.json.Decoder(dict[str, Record])


class GraphGone(Exception):
    """A run is pinned to a graph that the store does not have."""


class Listener:
    """One `when` line of one live rule. `running` and `matching` are the first states of a run that it starts."""

    __slots__ = ("decides_later", "heard", "matching", "name", "program", "quiet", "running", "suspect")

    def __init__(self, program: Program, heard: int, *, rehearse: bool = False) -> None:
        first = State(at=program.graph.entry, heard=heard, rehearse=rehearse)
        self.program = program
        self.heard = heard
        self.name = program.heard[heard].name
        self.decides_later = program.decides
        self.running = encode(first)
        self.matching = encode(replace(first, matched=False))
        self.suspect = encode(replace(first, matched=False, suspect=True))
        self.quiet = encode(replace(first, matched=False, phase="quiet"))

    @property
    def rule(self) -> str:
        """The rule's name."""
        return self.program.graph.name

    def event(self, data: Any) -> Value:
        """Plain JSON data of an event as this rule sees it."""
        return self.program.revived(self.name, data)


Named = dict[tuple[str, str], tuple[Listener, ...]]
"""The rules that name a connection, by it and the trigger."""
Default = dict[str, tuple[Listener, ...]]
"""Those that mean the default one, by the trigger."""


class LiveRules:
    """What is live in this process. `publication` is its id, None before the first. `events` are those of one's own
    with their fields, `webhooks` the names of those that a rule declares, whether it is off or not. `switches` are the
    rules that somebody switched, beside their text; `changes` counts how often any of that became another. `asked` is
    when the store was asked last, by `steady`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.publication: UUID | None = None
        self.sources: dict[str, str] = {}
        self.limits: tuple[Limit, ...] = ()
        self.events: dict[str, Record] = {}
        self.webhooks: frozenset[str] = frozenset()
        self.switches: dict[str, Switch] = {}
        self.changes = 0
        self.asked = float("-inf")
        self._reading = asyncio.Lock()
        self._programs: dict[str, Program] = {}
        self._live: tuple[str, ...] = ()
        self._sequences: dict[str, Program] = {}
        self._named: Named = {}
        self._default: Default = {}
        self._off: tuple[Named, Default] = ({}, {})
        self._audiences: dict[tuple[str | None, str], Audience] = {}

    # --- hearing ----------------------------------------------------------------------------------------------------

    def listeners(self, trigger: str, connection: Connected | None) -> tuple[Listener, ...]:
        """The rules that hear this trigger (`acme.order_placed`) of this connection, in the order of their files."""
        return _of(self._named, self._default, trigger, connection)

    def switched_off(self, trigger: str, connection: Connected | None) -> tuple[Listener, ...]:
        """Those that would hear it, had nobody switched them off."""
        return _of(*self._off, trigger, connection)

    def of(self, trigger: str, connection: str | None) -> tuple[Listener, ...]:
        """The rules that name this connection of the trigger's plugin; None is the default one."""
        return self._default.get(trigger, ()) if connection is None else self._named.get((connection, trigger), ())

    def hear(self, trigger: str, connection: Connected | None, data: Any, now: datetime) -> tuple[Heard, ...]:
        """Those of `listeners` that the event does not speak against; `data` is plain JSON data."""
        heard: list[Heard] = []
        if connection is None or connection.row.is_default:
            heard += self._audience(None, trigger, self._default.get(trigger, ()), data, now)
        if connection is not None:
            named = self._named.get((connection.name, trigger), ())
            heard += self._audience(connection.name, trigger, named, data, now)
        return tuple(heard)

    def _audience(
        self, connection: str | None, trigger: str, listeners: tuple[Listener, ...], data: Any, now: datetime
    ) -> list[Heard]:
        if not listeners:
            return []
        found = self._audiences.get((connection, trigger))
        if found is None or (found.listeners is not listeners and not found.adopt(listeners)):
            found = self._audiences[connection, trigger] = Audience(listeners, found)
        return found.hear(data, now)

    def anywhere(self, trigger: str) -> tuple[Listener, ...]:
        """The rules that hear this trigger of any connection."""
        named = (each for (_, heard), many in self._named.items() if heard == trigger for each in many)
        return (*self._default.get(trigger, ()), *named)

    def sequence(self, name: str) -> Program | None:
        """The live sequence of that name."""
        return self._sequences.get(name)

    def is_off(self, graph: Graph) -> bool:
        """Whether somebody switched the rule off; what its text says is another thing."""
        return graph.kind == "rule" and self.switches.get(graph.name) == "off"

    def rehearses(self, graph: Graph) -> bool:
        """Whether new runs of the rule only rehearse, because somebody switched it so."""
        return graph.kind == "rule" and self.switches.get(graph.name) == "rehearse"

    def graphs(self) -> dict[tuple[str, str], Graph]:
        """The live graphs by their kind and name."""
        live = [self._programs[version].graph for version in self._live]
        return {(graph.kind, graph.name): graph for graph in live}

    def programs(self) -> list[Program]:
        """The live programs."""
        return [self._programs[version] for version in self._live]

    def versions(self) -> set[str]:
        """The versions of the live graphs."""
        return set(self._live)

    # --- following the store ----------------------------------------------------------------------------------------

    async def surely_off(self, graph: Graph) -> bool:
        """Whether the rule is switched off, asked anew when the last answer is old: who was frozen knows old things."""
        if steady() - self.asked > _OLD:
            await self.refresh()
        return self.is_off(graph)

    async def refresh(self) -> bool:
        """Ask what is live and switch when it is another; whether it was."""
        asked = steady()
        current, switches = await self._store.live(), await self._store.switches()
        self.asked = asked
        switched, self.switches = switches != self.switches, switches
        if current is None or current == self.publication:
            if switched:
                self._index(self.programs())
            return switched
        async with self._reading:
            if current != self.publication and (found := await self._store.publication(current)) is not None:
                await self._take_over(found)
        return True

    async def _take_over(self, found: Publication) -> None:
        """Switch to it. What is new is compiled a little at a time: deliveries have their turn between."""
        fresh: dict[str, Program] = {}
        for version, text in found.graphs.items():
            if version not in self._programs:
                fresh[version] = Program(_graph_decoder.decode(text), version)
                if len(fresh) % _AT_ONCE == 0:
                    await asyncio.sleep(0)
        self._programs |= fresh
        graphs = {version: self._programs[version].graph for version in found.graphs}
        self.switch(found.id, graphs, _limits_decoder.decode(found.limits))
        self.sources, self.events = found.sources, _events_decoder.decode(found.events)

    def switch(self, publication: UUID, graphs: dict[str, Graph], limits: tuple[Limit, ...] = ()) -> None:
        """Make these graphs, by version, the live ones, under these limits."""
        self.limits = limits
        known = self._programs
        programs = {each: known.get(each) or Program(graph, each) for each, graph in graphs.items()}
        self.publication = publication
        self._programs |= programs
        self._live = tuple(programs)
        self._forget()
        sequences = (each for each in programs.values() if each.graph.kind == "sequence")
        self._sequences = {each.graph.name: each for each in sequences}
        self.webhooks = frozenset(hear.trigger for each in programs.values() for hear in each.graph.webhooks)
        self._index(programs.values())

    def then(self, publication: UUID, graphs: Mapping[str, bytes]) -> LiveRules:
        """The rules of another publication, as nobody has switched them. What is the same as here is shared."""
        other = LiveRules(self._store)
        known = other._programs = {each: self._programs[each] for each in graphs.keys() & self._programs.keys()}
        texts = graphs.items()
        found = {each: known[each].graph if each in known else _graph_decoder.decode(text) for each, text in texts}
        other.switch(publication, found)
        return other

    def adopt(self, publication: UUID, programs: Iterable[Program], limits: tuple[Limit, ...] = ()) -> None:
        """Make these, compiled already, the live ones."""
        made = {each.version: each for each in programs}
        self._programs |= made
        self.switch(publication, {version: each.graph for version, each in made.items()}, limits)

    async def program(self, version: str) -> Program:
        """The graph that a run is pinned to. Raises `GraphGone`."""
        if (known := self._programs.get(version)) is not None:
            return known
        if (found := await self._store.graph(version)) is None:
            raise GraphGone(f"the version {version} of this rule is not stored any more")
        return self._known(version, _graph_decoder.decode(found))

    def _known(self, version: str, graph: Graph) -> Program:
        if (found := self._programs.get(version)) is None:
            found = self._programs[version] = Program(graph, version)
            self._forget()
        return found

    def _forget(self) -> None:
        """Programs of old publications that are too many, those that came first."""
        if len(self._programs) - len(self._live) > _MOST_KEPT:
            live = self.versions()
            old = [each for each in self._programs if each not in live]
            for each in old[:-_MOST_KEPT]:
                del self._programs[each]

    def _index(self, programs: Iterable[Program]) -> None:
        self.changes += 1
        heard = [program for program in programs if not program.graph.off]
        self._named, self._default = self._tables(each for each in heard if not self.is_off(each.graph))
        self._off = self._tables(each for each in heard if self.is_off(each.graph))

    def _tables(self, programs: Iterable[Program]) -> tuple[Named, Default]:
        named: dict[tuple[str, str], list[Listener]] = {}
        default: dict[str, list[Listener]] = {}
        for program in programs:
            rehearse = self.rehearses(program.graph)
            for heard, hear in enumerate(program.heard):
                trigger = hear.full if heard < len(program.graph.hears) else f"webhook.{hear.trigger}"
                listener = Listener(program, heard, rehearse=rehearse)
                if hear.connection is None:
                    default.setdefault(trigger, []).append(listener)
                else:
                    named.setdefault((hear.connection, trigger), []).append(listener)
        return {key: tuple(each) for key, each in named.items()}, {key: tuple(each) for key, each in default.items()}


def _of(named: Named, default: Default, trigger: str, connection: Connected | None) -> tuple[Listener, ...]:
    if connection is None:
        return default.get(trigger, ())
    mine = named.get((connection.name, trigger), ())
    return default.get(trigger, ()) + mine if connection.row.is_default else mine
