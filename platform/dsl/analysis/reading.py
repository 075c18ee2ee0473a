"""From a graph to its facts: the header and its conditions. The steps are walked in `walking`."""

from __future__ import annotations

from treadle.dsl import graph as g
from treadle.dsl.analysis.boxes import Box
from treadle.dsl.analysis.domains import Domain, value_of
from treadle.dsl.analysis.facts import Facts, Heard, channels_of, few_of
from treadle.dsl.analysis.terms import EVENT, Terms
from treadle.dsl.analysis.walking import Walk
from treadle.dsl.analysis.world import World
from treadle.dsl.spans import Span


def facts_of(graph: g.Graph, world: World) -> Facts:
    """The facts of one graph: the same for the same graph and catalogue."""
    event = next((each.name for each in graph.hears), None)
    terms = Terms(graph.names, graph.records, graph.functions, event)
    box, dead = terms.conditions(graph.where)
    hears = tuple(_heard(each, graph, terms, box) for each in graph.hears)
    walk = Walk(graph, world, terms, hears)
    if dead is None:
        walk.run(box)
    return Facts(
        kind=graph.kind,
        name=graph.name,
        file=graph.file,
        head=_head(graph),
        hears=hears,
        channels=channels_of(hears),
        causes=channels_of(walk.outcomes),
        elsewise=bool(graph.schedules or graph.webhooks or graph.by_hand),
        box=box,
        never=dead is not None,
        once=graph.once.within if graph.once else None,
        held=_held(graph),
        off=graph.off,
        mute=graph.rehearse,
        priority=graph.priority,
        stop_after=graph.stop_after,
        own_changes=graph.own_changes,
        params=graph.params,
        outcomes=tuple(walk.outcomes),
        starts=tuple(walk.starts),
        writes=tuple(walk.writes),
        dead=tuple(walk.dead) if dead is None else (dead,),
    )


def _heard(hear: g.Hear, graph: g.Graph, terms: Terms, box: Box) -> Heard:
    fields: dict[str, Domain] = {}
    plain = box.exact and not (graph.once or _held(graph))
    for path, wanted in box.paths.items():
        before, _, field = path.partition(".")
        if before == EVENT and field.isidentifier():
            fields[field] = wanted
        else:
            plain = False
    for name, value in hear.args.items():
        found = terms.constant(value)
        domain = value_of(found[0]) if found else None
        plain = plain and domain is not None and name not in fields
        if domain is not None:
            fields.setdefault(name, domain)
    return Heard(hear.full, hear.connection, bool(hear.args), fields, few_of(fields), plain)


def _held(graph: g.Graph) -> bool:
    return bool(graph.at_most or graph.quiet or graph.alone or graph.stops)


def _head(graph: g.Graph) -> Span:
    """The first line of the declaration, as far as it is known from here."""
    span = graph.span
    length = min(len(graph.kind) + len(graph.name) + 3, span.end - span.start)
    return Span(span.start, span.start + length, span.line, span.col, span.line, span.col + length)
