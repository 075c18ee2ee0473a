"""Puts names that need each other in order: what is needed comes first, circles stay together. Pure, no recursion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

Needs = Mapping[str, Sequence[str]]


def components(needs: Needs) -> list[list[str]]:
    """The strongly connected components, each after all that it needs (Tarjan 1972). Other needs are ignored."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    standing: set[str] = set()
    found: list[list[str]] = []
    for root in needs:
        work: list[tuple[str, Iterator[str]]] = (
            [] if root in index else [_enter(root, needs, index, low, stack, standing)]
        )
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
    name: str, needs: Needs, index: dict[str, int], low: dict[str, int], stack: list[str], standing: set[str]
) -> tuple[str, Iterator[str]]:
    index[name] = low[name] = len(index)
    stack.append(name)
    standing.add(name)
    return name, iter(needs[name])


def _leave(name: str, stack: list[str], standing: set[str]) -> list[str]:
    at = stack.index(name)
    members = stack[at:]
    del stack[at:]
    standing.difference_update(members)
    return members


def circle(members: Sequence[str], needs: Needs) -> list[str] | None:
    """The shortest way of a component's first name back to itself, or None when it does not need itself."""
    start, inside = min(members), set(members)
    came: dict[str, str] = {}
    left = [start]
    for name in left:
        for each in needs[name]:
            if each == start:
                return _way(name, start, came)
            if each in inside and each not in came:
                came[each] = name
                left.append(each)
    return None


def _way(name: str, start: str, came: Mapping[str, str]) -> list[str]:
    way = [name]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]
