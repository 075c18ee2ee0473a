"""Rules that one event may fire and that set one field of one thing to different values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import chain
from typing import Any, NamedTuple

from treadle.dsl.analysis.domains import Domain, aligned
from treadle.dsl.analysis.facts import Facts, Write

PAIRS = 1_000
"""Pairs of writes that are compared; beyond, no more conflicts are looked for."""


class Conflict(NamedTuple):
    """Two rules and what each writes; the second stands later in the files."""

    first: Facts
    one: Write
    second: Facts
    two: Write


_End = tuple[int, Any]  # a cut, or beyond all of them


class _Written(NamedTuple):
    rule: Facts
    write: Write


def conflicts(rules: Iterable[Facts]) -> list[Conflict]:
    """For each rule and field the first write that it conflicts with."""
    groups: dict[tuple[object, ...], list[_Written]] = {}
    for rule in rules:
        for write in () if rule.mute else rule.writes:
            for channel in rule.channels:
                groups.setdefault((channel, write.entity, write.field), []).append(_Written(rule, write))
    found: dict[tuple[str, str, str], Conflict] = {}
    left = PAIRS
    for group in groups.values():
        for each, others in _near(group) if len(group) > 1 else ():
            for other in others:
                left -= 1
                if left < 0:
                    return list(found.values())
                if _conflict(other, each):
                    _keep(found, other, each)
                    break
    return list(found.values())


def _keep(found: dict[tuple[str, str, str], Conflict], one: _Written, two: _Written) -> None:
    first, second = (one, two) if one.rule.place < two.rule.place else (two, one)
    key = (second.rule.name, second.write.field, second.write.entity)
    found.setdefault(key, Conflict(first.rule, first.write, second.rule, second.write))


def _conflict(one: _Written, two: _Written) -> bool:
    return (
        one.rule is not two.rule
        and one.write.value != two.write.value
        and not aligned(one.write.value, two.write.value).meets(two.write.value)
        and one.write.box.overlaps(two.write.box)
        and not _stops(one.rule, two.rule)
        and not _stops(two.rule, one.rule)
    )


def _stops(one: Facts, two: Facts) -> bool:
    """Whether the first rule keeps the second from firing whenever it fires."""
    return one.stop_after and one.priority > two.priority


def _near(group: Sequence[_Written]) -> Iterator[tuple[_Written, Iterable[_Written]]]:
    """Each write with those before it that the field by which most are told apart does not keep apart from it."""
    path = _busiest(group)
    anywhere: list[_Written] = []
    placed: dict[str, list[tuple[_End, _End, int, _Written]]] = {}
    for at, each in enumerate(group):
        reach = _reach(each.write.box.paths.get(path)) if path else None
        if reach is None:
            yield each, tuple(anywhere)
            anywhere.append(each)
        else:
            sort, low, high = reach
            placed.setdefault(sort, []).append((low, high, at, each))
    for of_sort in placed.values():
        for each, others in _sweep(of_sort):
            yield each, chain(others, anywhere)


def _sweep(placed: list[tuple[_End, _End, int, _Written]]) -> Iterator[tuple[_Written, Iterable[_Written]]]:
    """Each write with those that begin before it, along the values of one field, and have not ended."""
    standing: list[tuple[_End, int, _Written]] = []
    for low, high, at, each in sorted(placed, key=lambda entry: (entry[0], entry[2])):
        while standing and standing[0][0] <= low:
            heappop(standing)
        yield each, (other for _, _, other in standing)
        heappush(standing, (high, at, each))


def _busiest(group: Sequence[_Written]) -> str | None:
    counts = Counter(path for each in group for path in each.write.box.paths)
    return max(counts, key=lambda path: counts[path], default=None)


def _reach(domain: Domain | None) -> tuple[str, _End, _End] | None:
    """The sort of the values, the lowest and the highest; None when they are not of one sort."""
    if domain is None or domain.missing or len(domain.parts) != 1:
        return None
    sort, own = domain.parts[0]
    stretches = own.stretches()
    start, end = stretches[0][0], stretches[-1][1]
    return sort, ((0, start) if start else (-1, ())), ((0, end) if end else (1, ()))
