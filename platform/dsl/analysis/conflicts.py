"""Rules that one event may fire and that set one field of one thing to different values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from treadle.dsl.analysis.domains import Domain, aligned
from treadle.dsl.analysis.facts import Facts, Write
from treadle.dsl.analysis.lines import Line

PAIRS = 20_000
"""Pairs of writes that are compared; beyond, no more conflicts are looked for."""


class Conflict(NamedTuple):
    """Two rules and what each writes; the second stands later in the files."""

    first: Facts
    one: Write
    second: Facts
    two: Write


class _Written(NamedTuple):
    rule: Facts
    write: Write


def conflicts(rules: Iterable[Facts]) -> list[Conflict]:
    """For each write the first one that it conflicts with."""
    groups: dict[tuple[object, ...], list[_Written]] = {}
    for rule in rules:
        for write in () if rule.mute else rule.writes:
            for heard in {(each.trigger, each.connection): None for each in rule.hears}:
                groups.setdefault((*heard, write.entity, write.field), []).append(_Written(rule, write))
    found: dict[tuple[str, str, str], Conflict] = {}
    left = PAIRS
    for group in groups.values():
        if len(group) < 2 or all(each.write.value == group[0].write.value for each in group):
            continue
        for one, two in _near(group):
            left -= 1
            if left < 0:
                return list(found.values())
            if _conflict(one, two):
                first, second = sorted((one, two), key=lambda each: (each.rule.file, each.rule.head.start))
                key = (second.rule.name, second.write.field, second.write.entity)
                found.setdefault(key, Conflict(first.rule, first.write, second.rule, second.write))
    return list(found.values())


def _conflict(one: _Written, two: _Written) -> bool:
    return (
        one.rule is not two.rule
        and (aligned(one.write.value, two.write.value) & two.write.value).empty
        and one.write.box.overlaps(two.write.box)
        and not _stops(one.rule, two.rule)
        and not _stops(two.rule, one.rule)
    )


def _stops(one: Facts, two: Facts) -> bool:
    """Whether the first rule keeps the second from firing whenever it fires."""
    return one.stop_after and one.priority > two.priority


def _near(group: Sequence[_Written]) -> Iterator[tuple[_Written, _Written]]:
    """The pairs that the field by which most are told apart does not keep apart: a sweep along its values."""
    path = _busiest(group)
    placed: list[tuple[Any, Any, int, _Written]] = []
    anywhere: list[_Written] = []
    for at, each in enumerate(group):
        reach = _reach(each.write.box.paths.get(path)) if path else None
        if reach is None:
            yield from ((other, each) for other in anywhere)
            anywhere.append(each)
        else:
            placed.append((*reach, at, each))
    yield from ((one, two[3]) for one in anywhere for two in placed)
    yield from _sweep(placed)


def _sweep(placed: list[tuple[Any, Any, int, _Written]]) -> Iterator[tuple[_Written, _Written]]:
    standing: list[tuple[Any, _Written]] = []
    for low, high, _, each in sorted(placed, key=lambda entry: (entry[0], entry[2])):
        standing = [(end, other) for end, other in standing if end > low]
        yield from ((other, each) for _, other in standing)
        standing.append((high, each))


def _busiest(group: Sequence[_Written]) -> str | None:
    counts: dict[str, int] = {}
    for each in group:
        for path, domain in each.write.box.paths.items():
            if _reach(domain) is not None:
                counts[path] = counts.get(path, 0) + 1
    return max(counts, key=lambda path: counts[path], default=None)


def _reach(domain: Domain | None) -> tuple[tuple[int, Any], tuple[int, Any]] | None:
    """The lowest and the highest value, comparable within one path; None when it has no such ends."""
    if domain is None or domain.missing or len(domain.parts) != 1:
        return None
    return _ends(domain.parts[0][1])


def _ends(own: Line) -> tuple[tuple[int, Any], tuple[int, Any]]:
    stretches = own.stretches()
    start, end = stretches[0][0], stretches[-1][1]
    return ((0, start) if start else (-1, ())), ((0, end) if end else (1, ()))
