"""A graph as the text of a Mermaid flowchart. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl.graph import Assign, Branch, Call, Fail, Graph, Log, Node, Start, Stop, Wait

_END = "done"


def mermaid(graph: Graph) -> str:
    """The flowchart: what the rule hears, its condition, a node a step, an edge for each way on."""
    ids = {step: f"n{at}" for at, step in enumerate(graph.nodes)}
    lines = ["flowchart TD", *_head(graph, ids)]
    for node in graph.nodes.values():
        lines.append(f"  {ids[node.id]}{_shape(node)}")
        lines += [f"  {ids[node.id]} {_arrow(label)} {_target(to, ids)}" for label, to in _ways(node)]
    if any(f" {_END}" in line for line in lines):
        lines.append(f"  {_END}([end])")
    return "\n".join(lines) + "\n"


def _head(graph: Graph, ids: dict[str, str]) -> Iterator[str]:
    heard = " or ".join(f"{each.plugin}.{each.trigger}" for each in graph.hears)
    title = f"when {heard}" if heard else f"sequence {graph.name}({', '.join(graph.params)})"
    yield f"  start([{_quoted(title)}])"
    at = "start"
    if graph.where:
        test = " and ".join(condition.text for condition in graph.where)
        yield f"  where{{{_quoted(test)}}}"
        yield f"  {at} --> where"
        at = "where"
    yield f"  {at} --> {_target(graph.entry, ids)}"


def _ways(node: Node) -> Iterator[tuple[str, str | None]]:
    match node:
        case Branch(arms=arms, otherwise=otherwise):
            for at, arm in enumerate(arms, start=1):
                yield ("yes" if len(arms) == 1 else f"case {at}"), arm.to
            yield ("no" if len(arms) == 1 else "else"), otherwise
        case Stop() | Fail():
            return
        case _:
            yield "", node.next


def _shape(node: Node) -> str:
    match node:
        case Call(plugin=plugin, action=action):
            return f"[{_quoted(f'{plugin}.{action}')}]"
        case Branch():
            return f"{{{_quoted(node.id)}}}"
        case Wait():
            return f"[/{_quoted(node.id)}/]"
        case Stop() | Fail():
            return f"([{_quoted(node.id)}])"
        case Start(sequence=sequence):
            return f"[[{_quoted(f'start {sequence}')}]]"
        case Assign(name=name):
            return f"[{_quoted(f'{name} = ...')}]"
        case Log():
            return f"[{_quoted(node.id)}]"


def _arrow(label: str) -> str:
    return f"-->|{label}|" if label else "-->"


def _target(id: str | None, ids: dict[str, str]) -> str:
    return _END if id is None else ids[id]


def _quoted(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    return f'"{escaped}"'
