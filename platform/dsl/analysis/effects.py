"""What one step does to the world: the events that it causes, the fields that it writes, the sequences it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from treadle.dsl import expressions as ex
from treadle.dsl import graph as g
from treadle.dsl.analysis.boxes import Box, root
from treadle.dsl.analysis.domains import MISSING, Domain, aligned, value_of
from treadle.dsl.analysis.facts import Argument, Heard, Outcome, Started, Write, few_of, known_of
from treadle.dsl.analysis.terms import EVENT, Terms
from treadle.dsl.analysis.wording import show
from treadle.dsl.analysis.world import ANEW, World, filled
from treadle.dsl.catalogue import ActionSpec

NOTHING_KNOWN = Argument()


class Known(Protocol):
    """What the walk knows at a step."""

    @property
    def box(self) -> Box: ...
    @property
    def certain(self) -> bool: ...
    @property
    def later(self) -> bool: ...
    @property
    def names(self) -> Mapping[str, Argument]: ...


class Effects:
    """Reads the steps of one graph."""

    def __init__(self, graph: g.Graph, world: World, terms: Terms, hears: Sequence[Heard]) -> None:
        self._agents = graph.agents
        self._world = world
        self._terms = terms
        self._connections = {each.connection for each in hears}
        self._triggers = {each.trigger for each in hears}
        specs = [world.trigger(each.trigger) for each in hears]
        self._entities = {spec.entity for spec in specs if spec and spec.entity}

    def of(self, node: g.Node, at: Known) -> Iterator[Outcome | Started | Write]:
        """All that the step does."""
        match node:
            case g.Call():
                args = {name: self.argument(value, at) for name, value in node.args.items()}
                yield from self._call(node, args, at)
            case g.Start(sequence=name, args=given) | g.Run(sequence=name, args=given):
                args = {param: self.argument(value, at) for param, value in given.items()}
                yield Started(sequence=name, span=node.span, args=args, certain=at.certain)
            case g.Emit(event=name, data=data):
                carried = {field: self.argument(value, at) for field, value in data.items()}
                known = known_of(carried)
                yield Outcome(
                    trigger=f"event.{name}",
                    connection=None,
                    words=f"emits {name}",
                    span=node.span,
                    carried=carried,
                    known=known,
                    few=few_of(known),
                    certain=at.certain,
                    happens=True,
                    fresh=True,
                )
            case g.Ask(agent=name) if name in self._agents:
                yield from self._tools(node, self._agents[name])

    def argument(self, expr: ex.Expr, at: Known) -> Argument:
        """What is known of a value at a step."""
        if found := self._terms.constant(expr):
            return Argument(value_of(found[0]))
        if isinstance(expr, ex.Choose):
            one, two = self.argument(expr.then, at).domain, self.argument(expr.other, at).domain
            return Argument(None if one is None or two is None else one | two)
        path = self._terms.path(expr)
        if path is None:
            return NOTHING_KNOWN
        name = root(path[0])
        if name in at.names:
            return renamed(path[0], at.names[name], at.box)
        return Argument(at.box.paths.get(path[0]), path[0])

    def _tools(self, node: g.Ask, agent: g.Agent) -> Iterator[Outcome]:
        for tool in agent.tools:
            spec = self._world.action(tool.plugin, tool.action)
            for cause in spec.causes if spec else ():
                words = f"lets {agent.name} call {tool.plugin}.{tool.action}"
                yield Outcome(trigger=cause.trigger, connection=tool.connection, words=words, span=node.span)

    def _call(self, node: g.Call, args: Mapping[str, Argument], at: Known) -> Iterator[Outcome | Write]:
        spec = self._world.action(node.plugin, node.action)
        if spec is None or spec.reads:
            return
        given = {name: value for name, value in args.items() if value.domain != MISSING}
        own = self._connections == {node.connection} and self._own(spec, given, at)
        words = f"calls {node.plugin}.{node.action}{_shown(spec, given)}"
        kept = self._kept(spec, given, at) if own else {}
        happens = _anew(spec) or (own and self._changes(spec, given, at.box))
        adds = f"{node.plugin}.{node.action}" if self._same_each_time(spec, node) else None
        for cause in spec.causes:
            carried = {field: given[param] for field, param in cause.carries.items() if param in given}
            same = self._world.settable(cause.trigger)
            known = {field: domain for field, domain in kept.items() if field in same} | known_of(carried)
            yield Outcome(
                trigger=cause.trigger,
                connection=node.connection,
                words=words,
                span=node.span,
                carried=carried,
                known=known,
                few=few_of(known),
                certain=at.certain,
                happens=happens,
                fresh=_anew(spec),
                plugin=node.plugin,
                message=spec.messages,
                adds=adds,
            )
        if not at.later:
            yield from _writes(node, spec, given, at.box, words)

    def _same_each_time(self, spec: ActionSpec, node: g.Call) -> bool:
        """Whether the call adds to a thing what it has already when the call was made before."""
        entity = spec.writes or ""
        added = (value for name, value in node.args.items() if f"{{{name}}}" not in entity)
        return spec.adds and not _anew(spec) and all(self._terms.constant(value) for value in added)

    def _own(self, spec: ActionSpec, given: Mapping[str, Argument], at: Known) -> bool:
        """Whether the call surely writes the entity that the event is about."""
        written = filled(spec.writes, lambda name: given.get(name, NOTHING_KNOWN)) if spec.writes else None
        about = {filled(entity, lambda name: _field(name, at.box)) for entity in self._entities}
        return written is not None and about == {written}

    def _kept(self, spec: ActionSpec, given: Mapping[str, Argument], at: Known) -> dict[str, Domain]:
        """Fields of the event's entity that are as they were when the event came, as far as the call goes."""
        changed = {field for cause in spec.causes for field, param in cause.carries.items() if param in given}
        kept = set.intersection(*(self._world.settable(each) for each in self._triggers)) - changed
        return {field: at.box.paths[path] for field in kept if (path := f"{EVENT}.{field}") in at.box.paths}

    def _changes(self, spec: ActionSpec, given: Mapping[str, Argument], box: Box) -> bool:
        """Whether a field surely gets another value than the event said that it has."""
        for cause in spec.causes if self._triggers <= {each.trigger for each in spec.causes} else ():
            for field, param in cause.carries.items() if cause.trigger in self._triggers else ():
                before, value = box.paths.get(f"{EVENT}.{field}"), given.get(param, NOTHING_KNOWN).domain
                if before is not None and value is not None and not aligned(value, before).meets(before):
                    return True
        return False


def renamed(path: str, value: Argument, box: Box) -> Argument:
    """A path whose first name stands for another value."""
    rest = path[len(root(path)) :]
    if not rest:
        return value
    longer = None if value.path is None else value.path + rest
    return NOTHING_KNOWN if longer is None else Argument(box.paths.get(longer), longer)


def _field(name: str, box: Box) -> Argument:
    path = f"{EVENT}.{name}"
    return Argument(box.paths.get(path), path)


def _anew(spec: ActionSpec) -> bool:
    """Whether each call makes a new thing, so that the account surely tells of it."""
    return bool(spec.writes and spec.writes.endswith(ANEW)) or (spec.adds and spec.effect != "idempotent")


def _writes(node: g.Call, spec: ActionSpec, given: Mapping[str, Argument], box: Box, words: str) -> Iterator[Write]:
    if spec.adds or spec.writes is None or spec.writes.endswith(ANEW):
        return
    entity = filled(spec.writes, lambda name: given.get(name, NOTHING_KNOWN))
    for field, param in sorted({pair for cause in spec.causes for pair in cause.carries.items()}):
        value = given.get(param, NOTHING_KNOWN).domain
        if entity is None or value is None or value.empty or f"{{{param}}}" in spec.writes:
            continue
        where = f"{node.connection or node.plugin} {entity}"
        yield Write(entity=where, field=field, value=value, words=words, box=box, span=node.span)


def _shown(spec: ActionSpec, given: Mapping[str, Argument]) -> str:
    """The constant arguments that an event carries on, in brackets."""
    params = {param for cause in spec.causes for param in cause.carries.values()}
    said = [
        f"{param.name}: {show(values[0])}"
        for param in spec.params
        if param.name in params and (domain := given.get(param.name, NOTHING_KNOWN).domain) is not None
        if (values := domain.values()) is not None and len(values) == 1
    ]
    return f"({', '.join(said)})" if said else ""
