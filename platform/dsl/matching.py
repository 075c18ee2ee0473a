"""Which items of two rows are the same: those that stayed, those that went elsewhere, and those that were edited. Pure.

Those with the same content come first, in order and then wherever they went; between those that stayed, two of the same
kind are one that was edited. Owns no meaning: content and kind are whatever the caller calls so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

Pair = tuple[str, str]
"""The name of an item in the new row, and in the old one."""

_MOST_COMPARED = 1_000_000  # pairs of items; beyond that, only the ends of the rows are compared in order


class Row(NamedTuple):
    """Items by name, in order, with what they say and what makes one the same after an edit."""

    names: Sequence[str]
    content: Mapping[str, bytes]
    kinds: Mapping[str, bytes]


class Pairs(NamedTuple):
    """What was found, each pair once."""

    stayed: list[Pair]
    moved: list[Pair]
    edited: list[Pair]


def pair(new: Row, old: Row) -> Pairs:
    """The items of the new row with those of the old one that they are."""
    stayed = _in_order(new.names, new.content, old.names, old.content)
    here, there = {a for a, _ in stayed}, {b for _, b in stayed}
    left, free = [each for each in new.names if each not in here], [each for each in old.names if each not in there]
    moved = list(_anywhere(left, new.content, free, old.content))
    gone_here, gone_there = {a for a, _ in moved}, {b for _, b in moved}
    edited: list[Pair] = []
    for some, others in _gaps(new.names, old.names, stayed):
        ours, theirs = _without(some, gone_here), _without(others, gone_there)
        edited += _in_order(ours, new.kinds, theirs, old.kinds)
    return Pairs(stayed, moved, edited)


def _without(names: Iterable[str], gone: set[str]) -> list[str]:
    return [name for name in names if name not in gone]


def _anywhere(
    ours: Sequence[str], fresh: Mapping[str, bytes], theirs: Sequence[str], known: Mapping[str, bytes]
) -> Iterator[Pair]:
    """Items of the same content, wherever they stand: the first with the first."""
    waiting: defaultdict[bytes, list[str]] = defaultdict(list)
    for name in reversed(theirs):
        waiting[known[name]].append(name)
    for name in ours:
        if waiting[fresh[name]]:
            yield name, waiting[fresh[name]].pop()


def _gaps(ours: Sequence[str], theirs: Sequence[str], anchors: Sequence[Pair]) -> Iterator[tuple[list[str], list[str]]]:
    """The stretches between items that are known to be the same."""
    here = there = 0
    places = {name: at for at, name in enumerate(ours)}, {name: at for at, name in enumerate(theirs)}
    for ours_at, theirs_at in [*((places[0][a], places[1][b]) for a, b in anchors), (len(ours), len(theirs))]:
        yield list(ours[here:ours_at]), list(theirs[there:theirs_at])
        here, there = ours_at + 1, theirs_at + 1


def _in_order(
    ours: Sequence[str], fresh: Mapping[str, bytes], theirs: Sequence[str], known: Mapping[str, bytes]
) -> list[Pair]:
    """The longest row of items that are equal by the marks and stand in the same order."""
    head = 0
    while head < min(len(ours), len(theirs)) and fresh[ours[head]] == known[theirs[head]]:
        head += 1
    tail = 0
    while tail < min(len(ours), len(theirs)) - head and fresh[ours[-1 - tail]] == known[theirs[-1 - tail]]:
        tail += 1
    inner_ours, inner_theirs = ours[head : len(ours) - tail], theirs[head : len(theirs) - tail]
    ends = zip(ours[len(ours) - tail :], theirs[len(theirs) - tail :], strict=True)
    return [*zip(ours[:head], theirs[:head], strict=True), *_longest(inner_ours, fresh, inner_theirs, known), *ends]


def _longest(
    ours: Sequence[str], fresh: Mapping[str, bytes], theirs: Sequence[str], known: Mapping[str, bytes]
) -> list[Pair]:
    if len(ours) * len(theirs) > _MOST_COMPARED:
        return []
    lengths = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i in range(len(ours) - 1, -1, -1):
        for j in range(len(theirs) - 1, -1, -1):
            same = fresh[ours[i]] == known[theirs[j]]
            lengths[i][j] = lengths[i + 1][j + 1] + 1 if same else max(lengths[i + 1][j], lengths[i][j + 1])
    found: list[Pair] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if fresh[ours[i]] == known[theirs[j]]:
            found.append((ours[i], theirs[j]))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return found
