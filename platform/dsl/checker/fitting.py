"""Which type fits where, and what two types have in common. Owns the relation; reports nothing."""

from __future__ import annotations

from collections.abc import Iterable

from treadle.dsl.catalogue import Catalogue
from treadle.dsl.typesystem import (
    JSON,
    UNKNOWN,
    Field,
    ListOf,
    MapOf,
    Named,
    Optional,
    Record,
    Scalar,
    Type,
    Unknown,
    optional,
    plain,
)

NUMERIC = frozenset({"int", "number"})
ORDERED = frozenset({"text", "int", "number", "money", "duration", "date", "time", "datetime"})
PRINTABLE = ORDERED | {"bool"}


class Fitting:
    """Answers for one catalogue, where named types are looked up."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._hiding: dict[str, bool] = {}
        self._reached: dict[str, dict[str, Record]] = {}

    def record(self, type: Type) -> Record | None:
        """The record behind a record type or the name of one, else None."""
        if isinstance(type, Named):
            return self._catalogue.record(type.name)
        return type if isinstance(type, Record) else None

    def hides(self, type: Type) -> bool:
        """Whether a whole of this type has a part that no delivery carries."""
        name = type.name if isinstance(type, Named) else ""
        if name not in self._hiding:
            found = self._hides(plain(type), set())
            if not name:
                return found
            self._hiding[name] = found
        return self._hiding[name]

    def _hides(self, type: Type, seen: set[str]) -> bool:
        if isinstance(type, ListOf):
            return self._hides(plain(type.item), seen)
        if isinstance(type, MapOf):
            return self._hides(plain(type.value), seen)
        record = self.record(type)
        if record is None or (record.name and record.name in seen):
            return False
        seen.add(record.name or "")
        return any(not each.carried or self._hides(plain(each.type), seen) for each in record.fields)

    def records(self, types: Iterable[Type]) -> dict[str, Record]:
        """The records that the types name, and those that they name in turn, in order."""
        found: dict[str, Record] = {}
        left = list(types)
        while left:
            match left.pop():
                case Named(name) if name not in found:
                    found |= self._reach(name)
                case Record(fields):
                    left += [field.type for field in fields]
                case ListOf(inner) | MapOf(inner) | Optional(inner):
                    left.append(inner)
        return dict(sorted(found.items()))

    def _reach(self, name: str) -> dict[str, Record]:
        if name not in self._reached:
            self._reached[name] = {}  # a record that names itself is in its own reach already
            record = self._catalogue.record(name)
            inner = self.records(field.type for field in record.fields) if record else {}
            self._reached[name] = {name: record, **inner} if record else {}
        return self._reached[name]

    def fits(self, actual: Type, expected: Type, assumed: frozenset[tuple[str, str]] = frozenset()) -> bool:
        """Whether a value of the one type can stand where the other is needed."""
        if actual == expected or isinstance(actual, Unknown) or isinstance(expected, Unknown):
            return True
        if isinstance(expected, Optional):
            return self.fits(plain(actual), expected.inner, assumed)
        if isinstance(actual, Optional):
            return False
        match actual, expected:
            case _, Scalar("json"):
                return True
            case Scalar("int"), Scalar("number"):
                return True
            case ListOf(item), ListOf(wanted):
                return self._inside(item, wanted, assumed)
            case MapOf(value), MapOf(wanted):
                return self._inside(value, wanted, assumed)
            case Record() | Named(), MapOf(wanted):
                record = self.record(actual)
                return record is not None and all(self._inside(each.type, wanted, assumed) for each in record.fields)
        return self._records_fit(actual, expected, assumed)

    def _inside(self, actual: Type, wanted: Type, assumed: frozenset[tuple[str, str]]) -> bool:
        return wanted == JSON or self.fits(actual, wanted, assumed)

    def _records_fit(self, actual: Type, expected: Type, assumed: frozenset[tuple[str, str]]) -> bool:
        have, want = self.record(actual), self.record(expected)
        if have is None or want is None:
            return False
        if have.name and want.name:
            if have.name == want.name or (have.name, want.name) in assumed:
                return True
            assumed |= {(have.name, want.name)}
        fields = {each.name: each.type for each in have.fields}
        return all(
            self.fits(fields[each.name], each.type, assumed)
            if each.name in fields
            else isinstance(each.type, Optional | Unknown)
            for each in want.fields
        )

    def join(self, left: Type, right: Type) -> Type | None:
        """The type that both fit, or None."""
        if isinstance(left, Optional) or isinstance(right, Optional):
            inner = self.join(plain(left), plain(right))
            return None if inner is None else self.maybe(inner)
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return right if isinstance(left, Unknown) else left
        match left, right:
            case ListOf(a), ListOf(b):
                item = self.join(a, b)
                return ListOf(item) if item else None
            case MapOf(a), MapOf(b):
                value = self.join(a, b)
                return MapOf(value) if value else None
        if self.fits(left, right):
            return right
        return left if self.fits(right, left) else None

    def maybe(self, inner: Type) -> Type:
        """`inner?`; json stays json, which can be missing anyway."""
        return inner if plain(inner) == JSON else optional(inner)

    def comparable(self, left: Type, right: Type) -> bool:
        """Whether `==` can ever hold. Missing may be compared, and json with any scalar."""
        left, right = plain(left), plain(right)
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return True
        if JSON in (left, right):
            return isinstance(left, Scalar) and isinstance(right, Scalar)
        return self.join(left, right) is not None

    def common_fields(self, types: list[Type]) -> Type:
        """What alternatives of one event agree on: their type when all are equal, else a record of shared fields."""
        if any(isinstance(each, Unknown) for each in types):
            return UNKNOWN
        if all(each == types[0] for each in types):
            return types[0]
        records = [self.record(each) for each in types]
        if any(each is None for each in records):
            return UNKNOWN
        tables = [{field.name: field for field in each.fields} for each in records if each]
        fields = tuple(merged for name in tables[0] if (merged := self._merge(name, tables)))
        return Record(fields, " or ".join(dict.fromkeys(each.name or "a record" for each in records if each)))

    def _merge(self, name: str, tables: list[dict[str, Field]]) -> Field | None:
        if not all(name in table for table in tables):
            return None
        merged: Type | None = tables[0][name].type
        for table in tables[1:]:
            merged = merged and self.join(merged, table[name].type)
        carried = all(table[name].carried for table in tables)
        return Field(name, merged, tables[0][name].doc, carried) if merged else None


def family(type: Type) -> str | None:
    """The family in which a scalar is ordered: `number` for ints too, else its kind; None when it has no order."""
    if not isinstance(type, Scalar) or type.kind not in ORDERED:
        return None
    return "number" if type.kind in NUMERIC else type.kind


def is_kind(type: Type, *kinds: str) -> bool:
    """Whether the type is a scalar of one of the kinds."""
    return isinstance(type, Scalar) and type.kind in kinds
