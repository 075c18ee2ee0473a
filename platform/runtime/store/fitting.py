"""Which listens an event may fit: by trigger, path and a hash of the value there.

Pure. The database never reads inside of documents, because one \\u0000 in an event would fail the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.runtime.ports import NewEvent
from treadle.runtime.store.parameters import NOBODY, clean

ANY = NOBODY
"""The hash of a listen without a path."""

_encoder = msgspec.json.Encoder(order="sorted")


class Probe(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event as one listen could have it."""

    event_id: UUID
    trigger: str
    path: str
    value_hash: UUID
    connection_id: UUID | None = None
    cause: UUID | None = None


def probes(events: Iterable[NewEvent], paths: Mapping[str, Sequence[str]]) -> list[Probe]:
    """Every event with each of the paths that are listened for on its trigger."""
    found: list[Probe] = []
    for event in events:
        trigger = clean(event.trigger)
        known = paths.get(trigger, ())
        hashes = hashes_at(event.data, known) if known else {}
        found += [
            Probe(event.id, trigger, path, each, event.connection_id, event.cause) for path, each in hashes.items()
        ]
    return found


def hashes_at(data: bytes, paths: Sequence[str]) -> dict[str, UUID]:
    """The hash of the value at each path; without those that cannot be read."""
    found: dict[str, UUID] = {path: ANY for path in paths if not path}
    try:
        document = values.decode(data) if len(found) < len(paths) else None
        return found | {path: value_hash(_at(document, path)) for path in paths if path}
    except (msgspec.DecodeError, RecursionError):
        return found


def value_hash(value: Any) -> UUID:
    """Alike for values that are equal: numbers by their value, true and 1 apart, fields in any order."""
    return UUID(bytes=blake2b(_encoder.encode(_canonical(value)), digest_size=16).digest())


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def _canonical(value: Any) -> Any:
    match value:
        case bool() | str() | None:
            return value
        case int() | Decimal():
            return {"number": _number(Decimal(value))}
        case list():
            return [_canonical(each) for each in value]
        case _:
            return [{name: _canonical(each) for name, each in value.items()}, None]


def _number(value: Decimal) -> str:
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    bare = text.rstrip("0")
    return f"{'-' if sign else ''}{bare}e{int(exponent) + len(text) - len(bare)}" if bare else "0"
