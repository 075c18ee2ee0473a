"""The values that one field may have: exact sets, closed under union, intersection and difference.

A domain has one line for each sort of value (numbers, text, days, ...) and knows whether the value may be missing.
Whole numbers, days and truth values are counted one by one, so that `1 < x < 2` is empty for an int; all else counts
as dense. Lists, records and whatever else has no order are one sort whose values are not told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import ceil, floor
from typing import Any, Literal

import msgspec

from treadle.dsl.analysis.lines import EMPTY, FULL, Cut, Line, line
from treadle.dsl.operations.clock import instant
from treadle.dsl.typesystem import Optional, Scalar, Type
from treadle.dsl.values import Value

Order = Literal["<", "<=", ">", ">="]
OTHER = "other"  # lists, records, maps: there or not, no more is known
_TRUTHS = Line(False, ((0, 0), (2, 0)))
_JSON = ("bool", "number", OTHER, "text")
_CUT: dict[str, tuple[int, bool]] = {"<": (0, True), "<=": (1, True), ">": (1, False), ">=": (0, False)}
_MOST = 64  # values that are worth counting one by one


class Domain(msgspec.Struct, frozen=True):
    """`parts` are the sorts with values in the set, in order of their names, none of them empty."""

    missing: bool = False
    parts: tuple[tuple[str, Line], ...] = ()

    @property
    def empty(self) -> bool:
        """Whether no value belongs."""
        return not self.missing and not self.parts

    def holds(self, value: Value) -> bool:
        """Whether a value belongs. A value that has no place on a line belongs where its whole sort does."""
        if value is None:
            return self.missing
        for sort, own in self.parts:
            key = _key(sort, value)
            if key is not None:
                return own.holds(key)
        return False

    def __and__(self, other: Domain) -> Domain:
        return _each(self, other, Line.meet, missing=self.missing and other.missing)

    def __or__(self, other: Domain) -> Domain:
        return _each(self, other, Line.join, missing=self.missing or other.missing)

    def __sub__(self, other: Domain) -> Domain:
        missing = self.missing and not other.missing
        return _each(self, other, lambda a, b: a.meet(b.complement()), missing=missing)

    def meets(self, other: Domain) -> bool:
        """Whether some value belongs to both."""
        if self.missing and other.missing:
            return True
        if len(self.parts) == len(other.parts) == 1:
            (sort, own), (other_sort, others) = self.parts[0], other.parts[0]
            return sort == other_sort and own.meets(others)
        theirs = dict(other.parts)
        return any(sort in theirs and own.meets(theirs[sort]) for sort, own in self.parts)

    def within(self, other: Domain) -> bool:
        """Whether every value belongs to the other too."""
        theirs = dict(other.parts)
        return (other.missing or not self.missing) and all(
            sort in theirs and not own.meets(theirs[sort].complement()) for sort, own in self.parts
        )

    def present(self) -> Domain:
        """Without the missing value."""
        return Domain(parts=self.parts)

    def values(self) -> tuple[Value, ...] | None:
        """All values in order when they are few and single, else None."""
        found: list[Value] = [None] if self.missing else []
        for sort, own in self.parts:
            if own.starts or len(own.cuts) > 2 * _MOST:
                return None
            for start, end in own.stretches():
                points = None if start is None or end is None else _points(sort, start, end)
                if points is None or len(found) + len(points) > _MOST:
                    return None
                found += points
        return tuple(found)


NOTHING = Domain()
MISSING = Domain(missing=True)


def universe(type: Type) -> Domain:
    """All values of a type; of a record, a list and the like no more than that they are there."""
    match type:
        case Optional(inner):
            return universe(inner) | MISSING
        case Scalar("json"):
            return Domain(missing=True, parts=tuple((sort, _all(sort)) for sort in _JSON))
        case Scalar(kind) if kind in _WHOLE:
            return _WHOLE[kind]
        case _:
            return Domain(parts=((OTHER, FULL),))


def among(values: Iterable[Value], whole: Domain) -> Domain | None:
    """Those of `whole` that equal one of the values; None when one of them has no place on its lines."""
    keys: dict[str, set[Any]] = {}
    missing = False
    for value in values:
        place = _place(whole, value)
        if value is None:
            missing = True
        elif place is None:
            return None
        else:
            keys.setdefault(place[0], set()).add(place[1])
    parts = {sort: line(False, [cut for key in of for cut in _around(sort, key)]) for sort, of in keys.items()}
    return _domain(parts, missing=missing and whole.missing)


def ordered(sign: Order, value: Value, whole: Domain) -> Domain | None:
    """Those of `whole` for which `x sign value` holds, never the missing one; None when the value has no order."""
    place = _place(whole, value)
    if place is None:
        return None
    sort, key = place
    side, starts = _CUT[sign]
    cut = _cut(sort, key, side)
    return _domain({sort: _all(sort).meet(Line(starts, () if cut is None else (cut,)))})


def value_of(value: Value) -> Domain | None:
    """The set of one value whose type is not known but by itself; None when it has no place on a line."""
    sort = next((each for each in _BY_VALUE if _key(each, value) is not None), None)
    return MISSING if value is None else among([value], Domain(parts=((sort, _all(sort)),))) if sort else None


def aligned(domain: Domain, other: Domain) -> Domain:
    """The same values with numbers on the line that `other` has them on, whole or not, so that both can be compared."""
    if len(domain.parts) == len(other.parts) == 1 and domain.parts[0][0] == other.parts[0][0]:
        return domain
    own, target = _numeric(domain), _numeric(other)
    if own is None or target is None or own == target:
        return domain
    rest = Domain(domain.missing, tuple(part for part in domain.parts if part[0] != own))
    numbers = Domain(parts=tuple(part for part in domain.parts if part[0] == own))
    values = numbers.values()
    if values is not None and (found := among(values, Domain(parts=((target, FULL),)))) is not None:
        return rest | found
    return rest | _domain({target: _counted(target, dict(domain.parts)[own])})


def _numeric(domain: Domain) -> str | None:
    return next((sort for sort, _ in domain.parts if sort in _NUMERIC), None)


def _each(one: Domain, two: Domain, both: Callable[[Line, Line], Line], *, missing: bool) -> Domain:
    if len(one.parts) == len(two.parts) == 1 and one.parts[0][0] == two.parts[0][0]:
        found = both(one.parts[0][1], two.parts[0][1])
        return Domain(missing, () if found.empty else ((one.parts[0][0], found),))
    first, second = dict(one.parts), dict(two.parts)
    sorts = first.keys() | second.keys()
    return _domain({sort: both(first.get(sort, EMPTY), second.get(sort, EMPTY)) for sort in sorts}, missing=missing)


def _domain(parts: Mapping[str, Line], *, missing: bool = False) -> Domain:
    if len(parts) == 1:
        ((sort, own),) = parts.items()
        return Domain(missing, () if own.empty else ((sort, own),))
    return Domain(missing, tuple((sort, parts[sort]) for sort in sorted(parts) if not parts[sort].empty))


def _all(sort: str) -> Line:
    return _TRUTHS if sort == "bool" else FULL


def _place(whole: Domain, value: Value) -> tuple[str, Any] | None:
    for sort, _ in whole.parts:
        key = _key(sort, value)
        if key is not None and sort != OTHER:
            return sort, key
    return None


_SORTS: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int, Decimal),
    "number": (int, Decimal),
    "money": (int, Decimal),
    "text": (str,),
    "duration": (timedelta,),
    "date": (date,),
    "time": (time,),
    "datetime": (datetime,),
    OTHER: (list, dict),
}
_NUMERIC = ("int", "number", "money")
_WHOLE = {kind: Domain(parts=((kind, _all(kind)),)) for kind in _SORTS if kind != OTHER}
_BY_VALUE = ("bool", "number", "text", "duration", "datetime", "date", "time")


def _key(sort: str, value: Value) -> Any:
    """What stands for the value on the line of the sort; None when it does not belong there."""
    fits = isinstance(value, _SORTS[sort]) and isinstance(value, bool) == (sort == "bool")
    if not fits or isinstance(value, datetime) != (sort == "datetime"):
        return None
    if sort == "datetime":
        return instant(value)
    return int(value) if sort == "bool" else value


def _around(sort: str, key: Any) -> list[Cut]:
    """The cuts before and behind a value, none when the sort cannot have it."""
    cuts = [_cut(sort, key, 0), _cut(sort, key, 1)]
    return [cut for cut in cuts if cut is not None] if cuts[0] != cuts[1] else []


def _counted(sort: str, own: Line) -> Line:
    cuts = [_cut(sort, *cut) for cut in own.cuts]
    return line(own.starts, [cut for cut in cuts if cut is not None])


def _cut(sort: str, key: Any, side: int) -> Cut | None:
    """A cut; where values are counted it stands before one. None behind the last day that there is."""
    match sort:
        case "int":
            return (floor(key) + 1 if side else ceil(key), 0)
        case "bool":
            return (key + side, 0)
        case "date":
            return None if side and key == date.max else (key + timedelta(days=side), 0)
        case _:
            return (key, side)


def _points(sort: str, start: Cut, end: Cut) -> list[Value] | None:
    if sort == "bool":
        return [bool(each) for each in range(start[0], end[0])]
    if sort == "int":
        return list(range(start[0], end[0])) if end[0] - start[0] <= _MOST else None
    if sort == "date":
        days = (end[0] - start[0]).days
        return [start[0] + timedelta(days=day) for day in range(days)] if days <= _MOST else None
    return [start[0]] if start[0] == end[0] else None
