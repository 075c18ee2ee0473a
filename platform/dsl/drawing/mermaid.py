"""A graph as the text of a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl.drawing.outline import Item, Way, outline
from treadle.dsl.drawing.words import Sort, Words, of_head, of_node
from treadle.dsl.graph import Graph

_SHAPES: dict[Sort, tuple[str, str]] = {
    "head": ("([", "])"), "choice": ("{", "}"), "time": ("[/", "/]"), "end": ("([", "])"), "bad": ("([", "])"),
    "block": ("[[", "]]"),
}  # fmt: skip
_MOST_LINES = 6
_Open = list[tuple[str, str]]  # where the next step is reached from, and with which label


def mermaid(graph: Graph) -> str:
    """The flowchart: the header, a node a step, an edge for each way on, a subgraph a block."""
    return "\n".join(_Chart().run(graph)) + "\n"


class _Chart:
    def __init__(self) -> None:
        self.lines = ["flowchart TD"]
        self.count = 0
        self.indent = "  "

    def run(self, graph: Graph) -> list[str]:
        self._node("start", of_head(graph))
        behind = self._chain(outline(graph), [("start", "")])
        if behind:
            self._say("done([end])")
            self._arrows(behind, "done")
        return self.lines

    def _chain(self, items: tuple[Item, ...], behind: _Open) -> _Open:
        for item in items:
            behind = self._item(item, behind)
        return behind

    def _item(self, item: Item, behind: _Open) -> _Open:
        name = f"n{self.count}"
        self.count += 1
        if item.encloses:
            return self._block(name, item, behind)
        self._node(name, of_node(item.node))
        self._arrows(behind, name)
        if not item.ways:
            return [] if item.ends else [(name, "")]
        return [end for way in item.ways for end in self._chain(way.items, [(name, way.label)])]

    def _block(self, name: str, item: Item, behind: _Open) -> _Open:
        """A title node with the blocks in a subgraph; the ways on leave from where each block ends."""
        self._node(name, of_node(item.node))
        self._arrows(behind, name)
        self._say(f"subgraph {name}s [ ]")
        self.indent += "  "
        ends = [self._inside(name, way) for way in item.ways]
        self.indent = self.indent[:-2]
        self._say("end")
        found = [end for each in ends for end in each]
        return list(dict.fromkeys(found)) or [(name, "")]

    def _inside(self, name: str, way: Way) -> _Open:
        return self._chain(way.items, [(name, way.label)])

    def _node(self, name: str, words: Words) -> None:
        opening, closing = _SHAPES.get(words.sort, ("[", "]"))
        text = "<br>".join(_escaped(line) for line in (words.title, *words.lines[:_MOST_LINES]))
        self._say(f'{name}{opening}"{text}"{closing}')

    def _arrows(self, behind: _Open, name: str) -> None:
        for before, label in behind:
            shown = f'|"{_escaped(label)}"|' if label else ""
            self._say(f"{before} -->{shown} {name}")

    def _say(self, line: str) -> None:
        self.lines.append(self.indent + line)


def _escaped(text: str) -> str:
    plain: Iterator[str] = (f"#{ord(sign)};" if sign in '#"<>&{}|`' else sign for sign in text)
    return "".join(plain)
