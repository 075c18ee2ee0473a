"""The threads of a run while they are walked: taken out of the state, changed in place, put back.

Owns how threads come and go, how a failure finds its handler, and which names a thread sees.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import Any

from msgspec.structs import replace

from treadle.dsl.graph import Graph, Together, Try
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value
from treadle.runtime.machine.state import ROOT, Fork, Frame, Rest, State, Thread, Trouble, thread_of, threads_of


class Place:
    """A thread, changed in place. `names` is everything in its scope."""

    __slots__ = (
        "at", "attempt", "fork", "frames", "names", "number", "parent", "rest", "scope", "talk", "trouble",
        "vars",
    )  # fmt: skip

    def __init__(self, number: int, thread: Thread, names: dict[str, Value]) -> None:
        self.number = number
        self.names = names
        self.at = thread.at
        self.vars = thread.vars
        self.attempt = thread.attempt
        self.parent = thread.parent
        self.frames = thread.frames
        self.rest: Rest | None = thread.rest
        self.fork: Fork | None = thread.fork
        self.trouble: Trouble | None = thread.trouble
        self.talk = thread.talk
        self.scope: Scope | None = None

    def give(self, name: str, value: Value) -> None:
        """A name gets its value."""
        self.names[name] = value
        self.vars = {**self.vars, name: value}

    def enter(self, frame: Frame, at: str | None) -> None:
        """Go into a block."""
        self.frames = (*self.frames, frame)
        self.at = at

    def leave_block(self, graph: Graph) -> bool:
        """Go on behind the innermost block; False when there is none."""
        if not self.frames:
            return False
        self.at = graph.nodes[self.frames[-1].node].next
        self.frames = self.frames[:-1]
        return True

    def changes(self, thread: Thread) -> dict[str, Any]:
        """What is another than in `thread`, by the names of its fields."""
        changed: dict[str, Any] = {}
        if self.at != thread.at:
            changed["at"] = self.at
        for name in _KEPT:
            mine = getattr(self, name)
            if mine is not getattr(thread, name):
                changed[name] = mine
        return changed


_KEPT = ("vars", "rest", "frames", "fork", "trouble", "talk")


class Threads:
    """All threads of one run. `last` is the highest number given to a thread or a slot."""

    __slots__ = ("_places", "_ready", "_state", "graph", "last", "rehearse")

    def __init__(self, graph: Graph, state: State, names: dict[str, Value]) -> None:
        self.graph = graph
        self.last = state.last
        self.rehearse = state.rehearse
        self._state = state
        self._places = {ROOT: Place(ROOT, state, names)}
        self._ready = deque((ROOT,))
        for number, thread in sorted(state.threads.items()) if state.threads else ():
            seen = {**self._places[thread.parent].names, **thread.vars}
            self._places[number] = Place(number, thread, seen)
            self._ready.append(number)

    def next_ready(self, busy: Collection[int]) -> Place | None:
        """The next thread to look at; each is looked at once, and again when something happened to it."""
        while self._ready:
            place = self._places.get(self._ready.popleft())
            if place is not None and place.number not in busy:
                return place
        return None

    def number(self) -> int:
        """A number that nothing else in the run has."""
        self.last += 1
        return self.last

    def children(self, place: Place) -> int:
        """How many children of this thread live."""
        return sum(each.parent == place.number for each in self._places.values() if each.number != ROOT)

    def spawn(self, parent: Place, at: str | None, given: dict[str, Value]) -> None:
        """A child that begins there with these names of its own."""
        number = self.number()
        thread = Thread(at=at, vars=given, parent=parent.number)
        self._places[number] = Place(number, thread, {**parent.names, **given})
        self._ready.append(number)

    def finish(self, place: Place) -> None:
        """The child is over; its failure, or what `together` named, goes to the parent."""
        del self._places[place.number]
        parent = self._places[place.parent]
        fork = parent.fork
        if fork is not None and place.trouble is not None:
            parent.fork = replace(fork, failed=fork.failed or place.trouble)
        elif isinstance(self.graph.nodes[str(parent.at)], Together):
            for name, value in place.vars.items():
                parent.give(name, value)
        if parent.number not in self._ready:
            self._ready.append(parent.number)

    def catch(self, place: Place) -> bool:
        """Go to the handler of the innermost `try` around the failure; False when there is none in this thread."""
        trouble = place.trouble
        while place.frames and trouble is not None:
            frame, place.frames = place.frames[-1], place.frames[:-1]
            node = self.graph.nodes[frame.node]
            if not isinstance(node, Try) or frame.part != "body":
                continue
            place.trouble = None
            if node.name is not None:
                place.give(node.name, seen_as(trouble))
            place.enter(Frame(node.id, "handler"), node.handler)
            return True
        return False

    def state(self) -> State:
        """The state as it is now."""
        old, changed = self._state, self._places[ROOT].changes(self._state)
        if old.threads or len(self._places) > 1:
            changed["threads"] = {number: self._kept(number) for number in self._places if number != ROOT}
        if self.last != old.last:
            changed["last"] = self.last
        return replace(old, **changed) if changed else old

    def _kept(self, number: int) -> Thread:
        place = self._places[number]
        thread = self._state.threads.get(number) or Thread(at=None, parent=place.parent)
        changed = place.changes(thread)
        return replace(thread, **changed) if changed else thread


def seen_as(trouble: Trouble) -> dict[str, Value]:
    """A failure as `on error as e` sees it."""
    step, unknown = trouble.step, trouble.unknown
    return {"code": trouble.code, "message": trouble.message, "step": step, "unknown": unknown}


def caught(graph: Graph, state: State, number: int) -> bool:
    """Whether a failure of this thread would meet an `on error`, its own or that of a thread above."""
    while True:
        thread = thread_of(state, number)
        if any(frame.part == "body" and isinstance(graph.nodes[frame.node], Try) for frame in thread.frames):
            return True
        if number == ROOT:
            return False
        number = thread.parent


def names_in(state: State, number: int, base: dict[str, Value]) -> dict[str, Value]:
    """What a thread sees; `base` is what the root sees."""
    if number == ROOT:
        return base
    thread = state.threads[number]
    return {**names_in(state, thread.parent, base), **thread.vars}


def resting(state: State, slot: str) -> int | None:
    """The number of the thread that waits for an answer in this slot."""
    return next((n for n, each in threads_of(state) if each.rest is not None and each.rest.slot == slot), None)
