"""The values that one field may have: exact sets, closed under union, intersection and difference.

A domain has one line for each sort of value (numbers, text, days, ...) and knows whether the value may be missing.
Whole numbers, days and truth values are counted one by one, so that `1 < x < 2` is empty for an int; all else counts
as dense. Lists, records and whatever else has no order are one sort whose values are not told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from treadle.dsl.analysis.lines import EMPTY, FULL, Line, line
from treadle.dsl.analysis.sorts import OTHER, SORTS, counted, cut_at, cuts_around, key_of, points_between
from treadle.dsl.typesystem import Optional, Scalar, Type
from treadle.dsl.values import Value

Order = Literal["<", "<=", ">", ">="]
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
            key = key_of(sort, value)
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

    def values(self, most: int = _MOST) -> tuple[Value, ...] | None:
        """All values in order when they are single and at most so many, else None."""
        found: list[Value] = [None] if self.missing else []
        for sort, own in self.parts:
            if own.starts or len(own.cuts) > 2 * most:
                return None
            for start, end in own.stretches():
                points = None if start is None or end is None else points_between(sort, start, end, most)
                if points is None or len(found) + len(points) > most:
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
    parts = {sort: line(False, [cut for key in of for cut in cuts_around(sort, key)]) for sort, of in keys.items()}
    return _domain(parts, missing=missing and whole.missing)


def ordered(sign: Order, value: Value, whole: Domain) -> Domain | None:
    """Those of `whole` for which `x sign value` holds, never the missing one; None when the value has no order."""
    place = _place(whole, value)
    if place is None:
        return None
    sort, key = place
    side, starts = _CUT[sign]
    cut = cut_at(sort, key, side)
    return _domain({sort: _all(sort).meet(Line(starts, () if cut is None else (cut,)))})


def value_of(value: Value) -> Domain | None:
    """The set of one value whose type is not known but by itself; None when it has no place on a line."""
    sort = next((each for each in _BY_VALUE if key_of(each, value) is not None), None)
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
    return rest | _domain({target: counted(target, dict(domain.parts)[own])})


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
        key = key_of(sort, value)
        if key is not None and sort != OTHER:
            return sort, key
    return None


_NUMERIC = ("int", "number", "money")
_WHOLE = {kind: Domain(parts=((kind, _all(kind)),)) for kind in SORTS if kind != OTHER}
_BY_VALUE = ("bool", "number", "text", "duration", "datetime", "date", "time")
