"""Puts names that need each other in order: what is needed comes first, circles stay together. Pure, no recursion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T", str, tuple[str, str])
Needs = Mapping[T, Sequence[T]]


def components(needs: Needs[T]) -> list[list[T]]:
    """The strongly connected components, each after all that it needs (Tarjan 1972). Other needs are ignored."""
    index: dict[T, int] = {}
    low: dict[T, int] = {}
    stack: list[T] = []
    standing: set[T] = set()
    found: list[list[T]] = []
    for root in needs:
        work: list[tuple[T, Iterator[T]]] = [] if root in index else [_enter(root, needs, index, low, stack, standing)]
        while work:
            name, rest = work[-1]
            step = next((each for each in rest if each in needs and (each not in index or each in standing)), None)
            if step is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    found.append(_leave(name, stack, standing))
            elif step in index:
                low[name] = min(low[name], index[step])
            else:
                work.append(_enter(step, needs, index, low, stack, standing))
    return found


def _enter(
    name: T, needs: Needs[T], index: dict[T, int], low: dict[T, int], stack: list[T], standing: set[T]
) -> tuple[T, Iterator[T]]:
    index[name] = low[name] = len(index)
    stack.append(name)
    standing.add(name)
    return name, iter(needs[name])


def _leave(name: T, stack: list[T], standing: set[T]) -> list[T]:
    members = [stack.pop()]
    while members[-1] != name:
        members.append(stack.pop())
    standing.difference_update(members)
    return members[::-1]


def circle(members: Sequence[T], needs: Needs[T]) -> list[T] | None:
    """The shortest way of a component's first name back to itself, or None when it does not need itself."""
    start, inside = min(members), set(members)
    came: dict[T, T] = {}
    left = [start]
    for name in left:
        for each in needs[name]:
            if each == start:
                return _way(name, start, came)
            if each in inside and each not in came:
                came[each] = name
                left.append(each)
    return None


def _way(name: T, start: T, came: Mapping[T, T]) -> list[T]:
    way = [name]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]
