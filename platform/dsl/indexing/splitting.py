"""Many rules of one trigger, told apart by the text that most of them want on one path: `lead.pipeline == "Sales"`.

Owns when a set of rules is worth splitting and where. An event then meets one part: the rules that want its text, and
those that want none there, which stand in every part. A part is made when the first event comes to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from treadle.dsl.indexing.asking import Terms
from treadle.dsl.indexing.leaf import Entry, Leaf
from treadle.dsl.indexing.paths import NoValue, reader
from treadle.dsl.indexing.predicates import Need
from treadle.dsl.values import Value

SMALL = 4096
"""Rules that are not worth splitting: the sets of a few thousand stay in the processor's cache, those of many parts do
not."""
_MOST_COPIES = 4  # of each rule, on average, over all parts
_NO_TEXT = frozenset({type(None), bool, int, Decimal, list, dict, NoValue})


T = TypeVar("T")


class Unsure(Exception):
    """The value that tells parts apart is of a type that only the evaluator compares with texts."""


class Split(Generic[T]):
    """Rules apart by what they take on one path, which is that of the `wanted` need, by its name."""

    def __init__(self, wanted: tuple[str, Need], entries: Sequence[Entry], make: Make[T]) -> None:
        self._name, need = wanted
        self._read = reader(need.path)
        self._make = make
        self._others: list[Entry] = []
        self._takers: dict[Value, list[Entry]] = defaultdict(list)
        for entry in entries:
            texts = next((need.texts for name, need in entry.needs if name == self._name), None)
            if texts is None:
                self._others.append(entry)
            else:
                for text in texts:
                    self._takers[text].append(entry)
        self._parts: dict[Value, Node[T]] = {}
        self._rest: Node[T] | None = None

    def decide(self, event: dict[str, Value], now: datetime) -> list[T]:
        """As `Leaf.decide`. Raises `Unsure` too."""
        value = self._read(event)
        part = self._parts.get(value) if type(value) is str else None
        if part is None:
            part = self._part(value)
        return part.decide(event, now)

    def _part(self, value: Value) -> Node[T]:
        takers = self._takers.pop(value, None) if type(value) is str else None
        if takers is not None:
            met = [each.without(self._name) for each in takers]
            self._parts[value] = part = self._make(sorted([*met, *self._others], key=lambda entry: entry.number))
            return part
        if type(value) is not str and type(value) not in _NO_TEXT:
            raise Unsure
        if self._rest is None:
            self._rest = self._make(self._others)
        return self._rest


Node = Leaf[T] | Split[T]
Make = Callable[[Sequence[Entry]], Node[T]]


def node_of(entries: Sequence[Entry], answers: Sequence[T], terms: Terms, room: int, small: int) -> Node[T]:
    """The rules in one set of tables, or split where that at least halves what an event meets. `answers` are by the
    number of the rule.
    """
    wanted = _best(entries) if len(entries) > small else None
    if wanted is None:
        return Leaf(entries, answers, terms, room)
    return Split(wanted, entries, lambda part: node_of(part, answers, terms, room, small))


def _best(entries: Sequence[Entry]) -> tuple[str, Need] | None:
    """Some rule's need of the path that leaves an event the fewest rules on average, with the path's name."""
    stand: dict[str, list[str]] = defaultdict(list)
    takers: Counter[str] = Counter()
    some: dict[str, Need] = {}
    for entry in entries:
        for name, need in entry.needs:
            if need.texts is not None:
                takers[name] += 1
                stand[name] += need.texts
                some[name] = need
    everybody = len(entries)
    parts = {name: len(set(texts)) for name, texts in stand.items() if texts}
    met = {name: everybody - takers[name] + len(stand[name]) / count for name, count in parts.items()}
    fit = [name for name in met if met[name] * 2 <= everybody and met[name] * parts[name] <= _MOST_COPIES * everybody]
    best = min(fit, key=lambda name: met[name], default=None)
    return None if best is None else (best, some[best])
