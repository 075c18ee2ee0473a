"""Many rules of one trigger, told apart by the text that most of them want on one path: `lead.pipeline == "Sales"`.

Owns when a set of rules is worth splitting and where. An event then meets one part: the rules that want its text, and
those that want none there, which stand in every part. A part is made when the first event comes to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from treadle.dsl.indexing.asking import Terms
from treadle.dsl.indexing.leaf import Entry, Leaf
from treadle.dsl.indexing.paths import NoValue, Path, reader
from treadle.dsl.indexing.predicates import Need
from treadle.dsl.values import Value

SMALL = 512
"""Rules that are not worth splitting."""
_MOST_COPIES = 4  # of each rule, on average, over all parts
_MOST_TEXTS = 8  # that one rule takes: it stands in a part for each
_NO_TEXT = frozenset({type(None), bool, int, Decimal, list, dict, NoValue})
_TEXT = frozenset({"text"})


T = TypeVar("T")


class Unsure(Exception):
    """The value that tells parts apart is of a type that only the evaluator compares with texts."""


class Split(Generic[T]):
    """Rules apart by what they take on one path."""

    def __init__(self, path: Path, entries: Sequence[Entry], make: Callable[[Sequence[Entry]], Node[T]]) -> None:
        self._read = reader(path)
        self._make = make
        self._others: list[Entry] = []
        self._takers: dict[Value, list[Entry]] = {}
        for entry in entries:
            texts = _texts(entry, path)
            if texts is None:
                self._others.append(entry)
                continue
            met = Entry(entry.number, entry.rule, [each for each in entry.needs if each[0] != path])
            for text in texts:
                self._takers.setdefault(text, []).append(met)
        self._parts: dict[Value, Node[T]] = {}
        self._rest = make(self._others)

    def decide(self, event: dict[str, Value], now: datetime) -> list[T]:
        """As `Leaf.decide`. Raises `Unsure` too."""
        value = self._read(event)
        if type(value) is str:
            part = self._parts.get(value)
            return (self._part(value) if part is None else part).decide(event, now)
        if type(value) not in _NO_TEXT:
            raise Unsure
        return self._rest.decide(event, now)

    def _part(self, text: str) -> Node[T]:
        takers = self._takers.pop(text, None)
        if takers is None:
            return self._rest
        found = self._make(sorted([*takers, *self._others], key=lambda entry: entry.number))
        self._parts[text] = found
        return found


Node = Leaf[T] | Split[T]


def node_of(entries: Sequence[Entry], answers: Sequence[T], terms: Terms, room: int, small: int) -> Node[T]:
    """The rules in one set of tables, or split where that at least halves what an event meets. `answers` are by the
    number of the rule.
    """
    path = _best(entries) if len(entries) > small else None
    if path is None:
        return Leaf(entries, answers, terms, room)
    return Split(path, entries, lambda part: node_of(part, answers, terms, room, small))


def _best(entries: Sequence[Entry]) -> Path | None:
    """The path that leaves an event the fewest rules on average."""
    takers: Counter[Path] = Counter()
    stand: Counter[Path] = Counter()
    texts: dict[Path, set[Value]] = {}
    for entry in entries:
        for path, need in entry.needs:
            if (taken := _taken(need)) is not None:
                takers[path] += 1
                stand[path] += len(taken)
                texts.setdefault(path, set()).update(taken)
    everybody = len(entries)
    met = {path: everybody - count + stand[path] / max(len(texts[path]), 1) for path, count in takers.items()}
    fit = [path for path in met if met[path] * max(len(texts[path]), 1) <= _MOST_COPIES * everybody]
    return min((path for path in fit if met[path] * 2 <= everybody), key=lambda path: met[path], default=None)


def _texts(entry: Entry, path: Path) -> list[Value] | None:
    return next((_taken(need) for at, need in entry.needs if at == path), None)


def _taken(need: Need) -> list[Value] | None:
    if need.takes is None or need.ordered or need.kinds != _TEXT or len(need.takes) > _MOST_TEXTS:
        return None
    return [each.value for each in need.takes]
