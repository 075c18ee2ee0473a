"""Which declarations of two sets are the same, and what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from treadle.dsl import nodes
from treadle.dsl.changes.inside import parts_changed
from treadle.dsl.changes.parts import parts_of, whole
from treadle.dsl.changes.shapes import Change
from treadle.dsl.editing.refs import Kind
from treadle.dsl.editing.source import Source, reference
from treadle.dsl.matching import Row, pair
from treadle.dsl.parser import parse

Key = tuple[Kind, str, int]
"""Kind, name, and which of those that are called so in a file."""


class _Declared(msgspec.Struct, frozen=True):
    source: Source
    at: int
    key: Key
    says: bytes

    @property
    def decl(self) -> nodes.Decl:
        return self.source.module.decls[self.at]

    @property
    def file(self) -> str:
        return self.source.file


Pair = tuple[_Declared, _Declared]  # old, new


def compare(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    """What became of each declaration, in the order of files and lines; texts by path. Never raises on a text: of a
    file that cannot be read at all nothing is told.
    """
    paths = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
    before, after = {path: _read(path, old) for path in paths}, {path: _read(path, new) for path in paths}
    unread = {path for side in (before, after) for path, found in side.items() if found is None}
    changes: list[Change] = []
    left, fresh = list[_Declared](), list[_Declared]()
    for path in paths:
        if path not in unread:
            ours, theirs = before[path] or [], after[path] or []
            changes += _within(ours, theirs)
            left += _others(ours, theirs)
            fresh += _others(theirs, ours)
    changes += _across(left, fresh)
    return tuple(sorted(changes, key=lambda each: (each.file, each.line, each.what)))


def _read(path: str, sources: Mapping[str, str]) -> list[_Declared] | None:
    """The declarations of a file; none for one that is not there, None for one that cannot be read."""
    parsed = parse(sources.get(path, ""), path)
    if parsed.diagnostics and not parsed.module.decls:
        return None
    aliases = frozenset((decl.alias or decl.plugin).text for decl in parsed.module.decls if isinstance(decl, nodes.Use))
    source = Source(parsed, (), aliases)
    counts = Counter[tuple[Kind, str]]()
    found: list[_Declared] = []
    for at, decl in enumerate(parsed.module.decls):
        ref = reference(decl)
        counts[ref.kind, ref.name] += 1
        key = (ref.kind, ref.name, counts[ref.kind, ref.name])
        found.append(_Declared(source, at, key, whole(decl, source.text)))
    return found


def _others(ours: Iterable[_Declared], theirs: Iterable[_Declared]) -> list[_Declared]:
    known = {each.key for each in theirs}
    return [each for each in ours if each.key not in known]


def _within(old: list[_Declared], new: list[_Declared]) -> Iterator[Change]:
    """Declarations of one file that kept their names."""
    before, after = {each.key: each for each in old}, {each.key: each for each in new}
    both = [key for key in after if key in before]
    went = pair(_row(both), _row([key for key in before if key in after])).moved
    moved = {name for name, _ in went}
    for key in both:
        was, now = before[key], after[key]
        if was.says != now.says:
            yield _change("moved" if str(key) in moved else "changed", (was, now))
        elif str(key) in moved:
            yield _told("moved", now)


def _row(keys: list[Key]) -> Row:
    names = {str(key): str(key).encode() for key in keys}
    return Row(list(names), names, names)


def _across(left: list[_Declared], fresh: list[_Declared]) -> Iterator[Change]:
    """The others: gone to another file, called otherwise, new, or gone."""
    homes = _match(left, fresh, lambda each: (each.key[0], each.key[1]))
    for was, now in homes:
        yield _change("moved", (was, now), was.file)
    left, fresh = _without(left, [a for a, _ in homes]), _without(fresh, [b for _, b in homes])
    names = _match(left, fresh, lambda each: (each.key[0], each.says))
    for was, now in names:
        yield _told("renamed", now, was.key[1])
    yield from (_told("removed", each) for each in _without(left, [a for a, _ in names]))
    yield from (_told("added", each) for each in _without(fresh, [b for _, b in names]))


def _match(left: list[_Declared], fresh: list[_Declared], by: Callable[[_Declared], object]) -> list[Pair]:
    waiting: dict[object, list[_Declared]] = {}
    for each in reversed(left):
        waiting.setdefault(by(each), []).append(each)
    return [(waiting[by(each)].pop(), each) for each in fresh if waiting.get(by(each))]


def _without(many: list[_Declared], gone: list[_Declared]) -> list[_Declared]:
    taken = {id(each) for each in gone}
    return [each for each in many if id(each) not in taken]


def _change(what: str, found: Pair, was: str | None = None) -> Change:
    old, new = found
    parts = (
        ()
        if old.says == new.says
        else parts_changed(parts_of(old.source, old.at), parts_of(new.source, new.at), new.decl.span.line)
    )
    return msgspec.structs.replace(_told(what, new, was), parts=parts)


def _told(what: str, declared: _Declared, was: str | None = None) -> Change:
    kind, name, _ = declared.key
    line = declared.decl.span.line
    return Change(what=what, kind=kind, name=name, file=declared.file, line=line, was=was)  # type: ignore[arg-type]
