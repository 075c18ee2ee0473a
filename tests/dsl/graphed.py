"""Cases of graphs as text: `cases/README.md` says how one is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.dsl.catalogue import CATALOGUE
from tests.dsl.harness import Case, cases, sections

from treadle.dsl import graph as g
from treadle.dsl.diagnostics import render
from treadle.dsl.facade import NO_GRAPHS, compile_files


class Graphed(NamedTuple):
    """A file, the file of the version before (may be empty), and the graphs wanted, by title."""

    name: str
    text: str
    before: str
    graphs: dict[str, list[str]]

    def __str__(self) -> str:
        return self.name


def graph_cases() -> list[Graphed]:
    """All cases under `cases/graph`."""
    return [_read(case) for case in cases("graph")]


def _read(case: Case) -> Graphed:
    first, *rest = sections(case.text)
    before = next((each.text for each in rest if each.title == "before"), "")
    wanted = {each.title.removeprefix("graph "): each.text.splitlines() for each in rest if each.title != "before"}
    assert wanted, f"{case} has no graph"
    return Graphed(case.name, first.text, before, wanted)


def assert_graphs(case: Graphed) -> None:
    """Each graph that is shown has these steps and these edges, in this order."""
    found = _compiled(case.text, _compiled(case.before, NO_GRAPHS) if case.before else NO_GRAPHS)
    shown = {f'{kind} "{name}"': list(lines(graph)) for (kind, name), graph in found.items()}
    for title, wanted in case.graphs.items():
        assert shown[title] == [line for line in wanted if line], "\n".join(shown[title])


def _compiled(text: str, previous: Mapping[tuple[str, str], g.Graph]) -> dict[tuple[str, str], g.Graph]:
    compiled = compile_files({"case.rule": text}, CATALOGUE, previous)
    assert not compiled.errors, "\n".join(render(each, text) for each in compiled.errors)
    return {(each.kind, each.name): each for each in compiled.partial}


def lines(graph: g.Graph) -> Iterator[str]:
    """`start -> ID`, and for each step its id, its kind and its edges."""
    yield f"start -> {graph.entry or 'end'}"
    for node in graph.nodes.values():
        edges = ", ".join(f"{way} -> {to or 'end'}" for way, to in _edges(node))
        yield f"{node.id}: {_kind(node)}" + (f" {edges}" if edges else "")


def _kind(node: g.Node) -> str:
    return str(node.__struct_config__.tag)


def _edges(node: g.Node) -> Iterator[tuple[str, str | None]]:
    match node:
        case g.Branch(arms=arms, otherwise=otherwise):
            for at, arm in enumerate(arms, start=1):
                yield f"arm {at}", arm.to
            yield "else", otherwise
        case g.ForEach(body=body):
            yield "each", body
        case g.Together(branches=branches):
            yield from ((f"branch {at}", each) for at, each in enumerate(branches, start=1))
        case g.Try(body=body, handler=handler):
            yield "try", body
            yield "error", handler
        case g.WaitFor(on_timeout=late) | g.Approve(on_timeout=late):
            yield "timeout", late
    if not isinstance(node, g.Stop | g.Fail | g.Return):
        yield "then", node.next
