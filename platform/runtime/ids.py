"""Identifiers: UUIDv7, which sort by time. Owns making them, and the one id that is fixed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from treadle.runtime.system import system

DEFAULT_WORKSPACE = UUID("00000000-0000-7000-8000-000000000001")
"""The workspace that the first migration makes; an installation of one workspace has no other."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = (1 << 60) - 1


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 12 of their fraction, the rest random.

    The fraction of the millisecond makes ids of one process strictly ascending, so that pages by id never skip.
    """
    machine = system.get()
    moment, random = machine.moment(), machine.bits() & 0x3FFF_FFFF_FFFF_FFFF
    return _id(moment, random)


def first_id(at: datetime) -> UUID:
    """The smallest id of this instant, to bound a range of ids by time."""
    moment = (at - _EPOCH) // timedelta(microseconds=1) * 4096 // 1000
    return _id(min(max(moment, 0), _LATEST), 0)


def derived_id(at: datetime, *parts: object) -> UUID:
    """The id of this instant that these parts always have: for what must be made once, however often it is tried."""
    seed = blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return UUID(int=first_id(at).int | int.from_bytes(seed, "big") >> 2)


def _id(moment: int, random: int) -> UUID:
    return UUID(int=(moment >> 12) << 80 | 0x7 << 76 | (moment & 0xFFF) << 64 | 0x2 << 62 | random)
