"""Recorded JSON as a rule file would write it, by its type. Owns no recording.

A text of the language holds no control characters but line feed and tab; others are left out everywhere alike.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from treadle.dsl.operations.text_form import number_form
from treadle.dsl.typesystem import ListOf, MapOf, Named, Optional, Record, Scalar, Type
from treadle.runtime.trials import spelling
from treadle.runtime.trials.reading import Reads

MISSING = "[][0]"
"""An expression without a value: the language has no word for it."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")


class Typed:
    """`records` resolves named types. With `full`, fields that are missing are written too."""

    def __init__(self, records: Mapping[str, Record], *, full: bool = False) -> None:
        self._records = records
        self._full = full

    def write(self, data: Any, type: Type | None) -> str:
        """Plain data of this type; of no known type, as json."""
        if data is None:
            return MISSING
        match type:
            case Optional(inner):
                return self.write(data, inner)
            case Scalar(kind) if kind != "json":
                return _scalar(data, kind)
            case ListOf(item) if isinstance(data, list):
                return f"[{', '.join(self.write(each, item) for each in data)}]"
            case MapOf(value) if isinstance(data, dict):
                written = (f"{clean(key)}: {self.write(each, value)}" for key, each in data.items() if each is not None)
                return f"{{{', '.join(written)}}}"
            case Named(name) if isinstance(data, dict) and name in self._records:
                return self.record(data, self._records[name])
            case Record() if isinstance(data, dict):
                return self.record(data, type)
        return _json(data)

    def event(self, data: Any, type: Type | None, example: Collection[str], reads: Reads) -> str:
        """The data of an event: a missing field that the trigger's `example` has would be taken from there, which
        matters where rules read it.
        """
        record = self._records.get(type.name) if isinstance(type, Named) else type
        if not isinstance(data, dict) or not isinstance(record, Record):
            return self.write(data, type)
        written = []
        for field in record.fields:
            value, read = data.get(field.name), reads(field.name)
            if value is not None:
                written.append(f"{field.name}: {(self if read else Typed(self._records)).write(value, field.type)}")
            elif read and field.name in example and isinstance(field.type, Optional):
                written.append(f"{field.name}: {MISSING}")
        return f"{{{', '.join(written)}}}"

    def record(self, data: Mapping[str, Any], type: Record) -> str:
        """The fields that the type has."""
        written = [
            f"{field.name}: {self.write(data.get(field.name), field.type)}"
            for field in type.fields
            if data.get(field.name) is not None or (self._full and isinstance(field.type, Optional))
        ]
        return f"{{{', '.join(written)}}}"


def clean(text: str) -> str:
    """A text literal."""
    return spelling.text(_CONTROL.sub("", text))


def spans(seconds: float) -> Iterator[str]:
    """Seconds, rounded up, as one or two durations: `1 day`, `1 s`."""
    whole = int(-(-seconds // 1))
    for unit, size, most in (("day", 86400, 3600), ("hour", 3600, 3600), ("min", 60, 60)):
        if whole >= size and whole % size < most:
            count, whole = divmod(whole, size)
            yield f"{count} {unit}{'s' if count > 1 and unit != 'min' else ''}"
            break
    if whole:
        yield f"{whole} s"


def _scalar(data: Any, kind: str) -> str:
    match kind:
        case "datetime" | "date" | "time":
            return f"{kind}({clean(str(data))})"
        case "duration":
            return spelling.duration(msgspec.convert(data, timedelta) if isinstance(data, str) else data)
    return _json(data)


def _json(data: Any) -> str:
    match data:
        case None:
            return MISSING
        case bool():
            return "true" if data else "false"
        case str():
            return clean(data)
        case Decimal():
            return number_form(data)
        case list():
            return f"[{', '.join(map(_json, data))}]"
        case dict():
            there = {key: each for key, each in data.items() if each is not None}
            plain = all(_NAME.match(key) for key in there)
            return (
                "{" + ", ".join(f"{key if plain else clean(key)}: {_json(each)}" for key, each in there.items()) + "}"
            )
    return str(data)
