"""Nodes that give a thread children: `together`, `for each`. Owns when children start and when the parent goes on."""

from __future__ import annotations

from msgspec.structs import replace

from treadle.dsl import graph as g
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.dsl.values import Value
from treadle.runtime.machine.decisions import Record
from treadle.runtime.machine.passing import Passed, Passing
from treadle.runtime.machine.state import Fork
from treadle.runtime.machine.threads import Place

MOST_ITEMS = 10_000
"""Items that one `for each` may go through."""


class Forking(Passing):
    """See `Passing`."""

    __slots__ = ()

    def together(self, place: Place, node: g.Together) -> Passed:
        """A child for each branch."""
        place.fork = Fork(len(node.branches))
        return None

    def for_each(self, place: Place, node: g.ForEach) -> Passed:
        """A child for each item, so many at once."""
        items = self.single(place, node)
        if not isinstance(items, list):
            raise EvaluationError("mismatch", f"for each goes through a list, not {quote(items)}")
        if len(items) > MOST_ITEMS:
            raise EvaluationError("limit", f"for each goes through {MOST_ITEMS:,} items at most, not {len(items):,}")
        self.lists[place.number] = items
        place.fork = Fork(len(items), self.now)
        self.records.append(Record(node=node.id, what="for_each", input=len(items)))
        return None

    def join(self, place: Place) -> bool:
        """Start the children that may start now; True when there are none left and the thread goes on."""
        node, fork = self.threads.graph.nodes[str(place.at)], place.fork
        assert fork is not None, "only a thread with children joins them"
        living = self.threads.children(place)
        at_once = node.at_once if isinstance(node, g.ForEach) else fork.count
        while fork.failed is None and fork.next < fork.count and living < at_once:
            self._spawn(place, node, fork.next)
            fork = replace(fork, next=fork.next + 1)
            living += 1
        place.fork = fork
        if living:
            return False
        place.fork = None
        self.lists.pop(place.number, None)
        place.at, place.trouble = node.next, fork.failed
        return True

    def _spawn(self, place: Place, node: g.Node, number: int) -> None:
        if isinstance(node, g.Together):
            self.threads.spawn(place, node.branches[number], {})
        elif isinstance(node, g.ForEach):
            self.threads.spawn(place, node.body, {node.name: self._items(place, node)[number]})

    def _items(self, place: Place, node: g.ForEach) -> list[Value]:
        """The list; after a claim computed again as it was when the loop began."""
        found = self.lists.get(place.number)
        if found is None:
            assert place.fork is not None, "the loop is under way"
            scope = self.program.scope({**place.names, "now": place.fork.now})
            items = self.program.single[node.id](scope)
            found = self.lists[place.number] = items if isinstance(items, list) else []
        return found
