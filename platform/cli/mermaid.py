"""A graph as a Mermaid flowchart. Pure: a graph and the text of its file in, text out."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl.graph import Branch, Fail, Graph, Node, Stop

END = "End"


def mermaid(graph: Graph, text: str) -> str:
    """The flowchart: what the rule hears, its conditions, each step with the first line of its source."""
    return "\n".join(["flowchart TD", *_head(graph), *_nodes(graph, text), *_edges(graph), ""])


def _head(graph: Graph) -> Iterator[str]:
    hears = [f"when {hear.plugin}.{hear.trigger}" for hear in graph.hears]
    where = [f"where {condition.text}" for condition in graph.where]
    yield f'  Begin(["{"<br/>".join(_safe(line) for line in [f"{graph.kind} {graph.name}", *hears, *where])}"])'
    yield f"  Begin --> {_name(graph, graph.entry)}"


def _nodes(graph: Graph, text: str) -> Iterator[str]:
    for node in graph.nodes.values():
        lines = text[node.span.start : node.span.end].strip().splitlines() or [node.id]
        left, right = ("{", "}") if isinstance(node, Branch) else ("[", "]")
        yield f'  {_name(graph, node.id)}{left}"{_safe(lines[0])}"{right}'
    yield f"  {END}((end))"


def _edges(graph: Graph) -> Iterator[str]:
    for node in graph.nodes.values():
        for label, target in _ways(node):
            arrow = f"-->|{label}|" if label else "-->"
            yield f"  {_name(graph, node.id)} {arrow} {_name(graph, target)}"


def _ways(node: Node) -> Iterator[tuple[str, str | None]]:
    match node:
        case Branch():
            for number, arm in enumerate(node.arms):
                yield "yes" if number == 0 else f"else if {number}", arm.to or node.next
            yield "else", node.otherwise or node.next
        case Stop() | Fail():
            yield "", None
        case _:
            yield "", node.next


def _name(graph: Graph, id: str | None) -> str:
    """A step id as Mermaid takes one; its own words, such as `end`, are avoided by the letter in front."""
    return END if id is None else f"s{list(graph.nodes).index(id) + 1}"


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
