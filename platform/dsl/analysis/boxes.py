"""What must hold of fields when a condition does: a set of values for each path, all of them at once.

A box never says too much: when the condition is true, every path has a value of its domain. Only an exact box says the
converse too. What cannot be read as a comparison of a path with constants makes a box inexact and nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from treadle.dsl.analysis.domains import NOTHING, Domain


class Box(msgspec.Struct, frozen=True):
    """`paths` by name (`@.stage` is a field of the event); those that are not there may have any value."""

    paths: dict[str, Domain] = {}
    exact: bool = True

    @property
    def empty(self) -> bool:
        """Whether the condition can never hold."""
        return any(domain.empty for domain in self.paths.values())

    def meet(self, other: Box) -> Box:
        """When both hold."""
        if not other.paths and self.exact == other.exact:
            return self
        paths = dict(self.paths)
        for path, domain in other.paths.items():
            paths[path] = paths[path] & domain if path in paths else domain
        return Box(paths, self.exact and other.exact)

    def join(self, other: Box) -> Box:
        """When one of both holds. Exact for one and the same path; else what both say of a path is kept."""
        if self.empty or other.empty:
            return other if self.empty else self
        paths = {path: self.paths[path] | other.paths[path] for path in self.paths.keys() & other.paths.keys()}
        alike = self.paths.keys() == other.paths.keys() and len(paths) <= 1
        return Box(paths, self.exact and other.exact and (alike or self.holds_always or other.holds_always))

    @property
    def holds_always(self) -> bool:
        """Whether the condition surely holds."""
        return self.exact and not self.paths

    def overlaps(self, other: Box) -> bool:
        """Whether both can hold at once, as far as is known."""
        few, many = sorted((self.paths, other.paths), key=len)
        return all(path not in many or many[path].meets(domain) for path, domain in few.items())

    def within(self, other: Box) -> bool:
        """Whether the other surely holds when this one does."""
        return other.exact and all(
            path in self.paths and self.paths[path].within(domain) for path, domain in other.paths.items()
        )

    def without(self, name: str) -> Box:
        """Forgets all paths that begin with a name."""
        kept = {path: domain for path, domain in self.paths.items() if root(path) != name}
        return self if len(kept) == len(self.paths) else Box(kept, self.exact)


ANY, UNKNOWN = Box(), Box(exact=False)
NEVER = Box({"": NOTHING})


def fold(boxes: Sequence[Box], both: Callable[[Box, Box], Box]) -> Box:
    """All of them by `both`, two and two, so that a long list of terms stays cheap. There must be one."""
    while len(boxes) > 1:
        odd = list(boxes[len(boxes) // 2 * 2 :])
        boxes = [both(a, b) for a, b in zip(boxes[::2], boxes[1::2], strict=False)] + odd
    return boxes[0]


def root(path: str) -> str:
    """The name that a path begins with."""
    return path.split(".", 1)[0].split("[", 1)[0]
