"""How a batch travels: its rows as one JSON text, its documents as one binary array beside them.

So one prepared statement serves every size of batch. Owns the encoding only; the statements are in `sql/`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TypeVar
from uuid import UUID

import msgspec

from treadle.runtime.records import Fault

Row = TypeVar("Row", bound=msgspec.Struct)

NOBODY = UUID(int=0)
"""Stands for "no connection" in keys, where null cannot."""
NO_KEY = "null"
"""The key of a clause that has one for all."""

TURN, QUIET = "turn", "quiet"
"""The clause in the name of a line of `take_turn`, of `join_quiet`."""

_encoder = msgspec.json.Encoder()
_JSON, _BYTEA = 114, 17
_NULL = struct.pack("!i", -1)
_length = struct.Struct("!i").pack
_header = struct.Struct("!iiIii").pack


def json_rows(rows: Sequence[Row]) -> bytes:
    """The rows as a JSON array of objects. What a text column cannot hold (NUL, half a surrogate pair) is replaced."""
    try:
        text = _encoder.encode(rows)
    except UnicodeEncodeError:
        text = b"\\u0000"
    return text if b"\\u0000" not in text else _encoder.encode([_clean_row(row) for row in rows])


def json_ids(ids: Iterable[UUID]) -> bytes:
    """Ids as rows of one field `id`. Not an array: with its length known, each execution would be planned anew."""
    return _encoder.encode([{"id": each} for each in ids])


def json_texts(texts: Iterable[str]) -> bytes:
    """Texts as a JSON array of what a text column can hold."""
    return _encoder.encode([clean(each) for each in texts])


def json_array(documents: Iterable[bytes | None]) -> bytes:
    """A Postgres array of json in its binary form; None is null."""
    return _array(_JSON, list(documents))


def bytes_array(bodies: Iterable[bytes]) -> bytes:
    """A Postgres array of bytea in its binary form."""
    return _array(_BYTEA, list(bodies))


def key_hash(key: str) -> str:
    """16 bytes of BLAKE2b in hexadecimal: a key of any length as a uuid."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def line_of(workspace_id: UUID, clause: str, rule: str, key: str) -> UUID:
    """What stands for a key of a clause of a rule. Never the same for two of them."""
    text = f"{clause} {len(rule)} {rule}{key}".encode("utf-8", "surrogatepass")
    return UUID(bytes=blake2b(workspace_id.bytes + text, digest_size=16).digest())


def clean(text: str) -> str:
    """The text without what Postgres refuses in one."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def clean_or_none(text: str | None) -> str | None:
    """The same for a text that may be missing."""
    return None if text is None else clean(text)


def clean_fault(fault: Fault | None) -> Fault | None:
    """The same for a fault that may be missing."""
    return None if fault is None else Fault(clean(fault.code), clean(fault.message))


def _array(oid: int, items: list[bytes | None] | list[bytes]) -> bytes:
    parts = [_header(1 if items else 0, 1, oid, len(items), 1)] if items else [struct.pack("!iiI", 0, 0, oid)]
    for item in items:
        if item is None:
            parts.append(_NULL)
        else:
            parts += (_length(len(item)), item)
    return b"".join(parts)


def _clean_row(row: Row) -> Row:
    values = msgspec.structs.asdict(row)
    return type(row)(**{name: clean(each) if isinstance(each, str) else each for name, each in values.items()})
