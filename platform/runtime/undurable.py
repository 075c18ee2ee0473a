"""What is checked and can be tried, but cannot go live yet, because no worker plays it. Owns the list.

A construct leaves the list when the workers play it.
"""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl import graph as g
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.facade import Compiled
from treadle.dsl.publishing_codes import NOT_LIVE_YET
from treadle.dsl.spans import Span

_STEPS: dict[type[g.GraphNode], str] = {}


def undurable(compiled: Compiled) -> tuple[Diagnostic, ...]:
    """An error for each construct that would not survive a restart."""
    found = (_error(graph.file, *each) for graph in compiled.partial if not graph.off for each in _in_graph(graph))
    return tuple(found)


def _in_graph(graph: g.Graph) -> Iterator[tuple[str, Span]]:
    clauses = {
        "after ... of quiet": graph.quiet,
    }
    yield from ((name, graph.span) for name, given in clauses.items() if given)
    yield from ((_STEPS[type(node)], node.span) for node in graph.nodes.values() if type(node) in _STEPS)


def _error(file: str, construct: str, span: Span) -> Diagnostic:
    return NOT_LIVE_YET.at(file, span, construct=construct)
