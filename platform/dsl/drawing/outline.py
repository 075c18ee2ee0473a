"""The structure of a graph: its links read back as blocks inside blocks, in the order in which a run passes them.

Owns what follows what. Says nothing about how it looks.
"""

from __future__ import annotations

import msgspec

from treadle.dsl.graph import (
    Approve,
    Branch,
    Fail,
    ForEach,
    Graph,
    Node,
    Return,
    Stop,
    Together,
    Try,
    WaitFor,
)


class Way(msgspec.Struct, frozen=True):
    """One way through an item: what it is taken for (`label`, may be empty) and the items on it."""

    label: str
    items: tuple[Item, ...]

    @property
    def ends(self) -> bool:
        """Whether the run ends on this way."""
        return bool(self.items) and self.items[-1].ends


class Item(msgspec.Struct, frozen=True):
    """A node and the ways through it. `encloses` when the ways are blocks of its own and no mere branches."""

    node: Node
    ways: tuple[Way, ...] = ()
    encloses: bool = False

    @property
    def ends(self) -> bool:
        """Whether no run gets past it."""
        if isinstance(self.node, Stop | Fail | Return):
            return True
        return bool(self.ways) and not self.encloses and all(way.ends for way in self.ways)


def outline(graph: Graph) -> tuple[Item, ...]:
    """The steps of the graph, outermost first."""
    return _Reader(graph).chain(graph.entry, None)


class _Reader:
    """A graph of the language has no cycle and is as deep as its text was; a node is read once, whatever was made."""

    def __init__(self, graph: Graph) -> None:
        self.nodes = graph.nodes
        self.seen: set[str] = set()

    def chain(self, first: str | None, until: str | None) -> tuple[Item, ...]:
        """The items from `first` up to `until` or the end of the block."""
        found: list[Item] = []
        at = first
        while at is not None and at != until and at not in self.seen:
            self.seen.add(at)
            node = self.nodes[at]
            found.append(self._item(node, until))
            at = node.next
        return tuple(found)

    def _item(self, node: Node, until: str | None) -> Item:
        match node:
            case Branch():
                return Item(node, self._arms(node, until))
            case ForEach(body=body):
                return Item(node, (Way("", self.chain(body, None)),), encloses=True)
            case Together(branches=branches):
                return Item(node, tuple(Way("", self.chain(each, None)) for each in branches), encloses=True)
            case Try(body=body, handler=handler, name=name):
                label = f"on error as {name}" if name else "on error"
                ways = Way("", self.chain(body, None)), Way(label, self.chain(handler, None))
                return Item(node, ways, encloses=True)
            case WaitFor(on_timeout=late) | Approve(on_timeout=late) if late is not None:
                heard = "answered" if isinstance(node, Approve) else "heard"
                return Item(node, (Way(heard, ()), Way("on timeout", self.chain(late, None))))
            case _:
                return Item(node)

    def _arms(self, node: Branch, until: str | None) -> tuple[Way, ...]:
        behind = node.next if node.next is not None else until
        if len(node.arms) == 1 and node.subject is None:
            labels = ["yes"]  # the test stands on the card
        else:
            labels = [arm.text or f"case {at}" for at, arm in enumerate(node.arms, start=1)]
        ways = [Way(label, self.chain(arm.to, behind)) for label, arm in zip(labels, node.arms, strict=True)]
        return (*ways, Way("no" if labels == ["yes"] else "else", self.chain(node.otherwise, behind)))
