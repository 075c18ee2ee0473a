"""Sets of rules as the bits of one big integer. Owns making them from places and reading them out again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import compress
from typing import TypeVar

T = TypeVar("T")

_CHUNK = 1024  # bits that are read out at a time: a chunk shrinks with every bit taken from it
_BYTES = _CHUNK // 8
_FEW = 8
_DENSE = 12  # places for each one that is taken: passing over one costs a twelfth of taking it by itself
_CHOSEN = bytes.maketrans(b"01", b"\0\1")
_BIT = tuple(1 << bit for bit in range(_CHUNK))


def mask_of(places: Collection[int], size: int) -> int:
    """The set of these places, all of them below `size`."""
    if len(places) < _FEW:
        mask = 0
        for place in places:
            mask |= 1 << place
        return mask
    return int.from_bytes(_buffer_of(places, size), "little")


def _buffer_of(places: Iterable[int], size: int) -> bytearray:
    buffer = bytearray(size // 8 + 1)
    for place in places:
        buffer[place >> 3] |= 1 << (place & 7)
    return buffer


def places_in(mask: int) -> list[int]:
    """The places of the set, ascending."""
    return picked(mask, range(mask.bit_length()))


def picked(mask: int, items: Sequence[T]) -> list[T]:
    """The items that stand at the places of the set, in their order."""
    length = mask.bit_length()
    if mask.bit_count() * _DENSE > length:
        chosen = format(mask, "b").encode().translate(_CHOSEN)
        return list(compress(items, chosen[::-1]))
    if length > _CHUNK:
        return _picked_in_chunks(mask, items)
    found: list[T] = []
    while length:
        found.append(items[length - 1])
        mask ^= _BIT[length - 1]
        length = mask.bit_length()
    found.reverse()
    return found


def _picked_in_chunks(mask: int, items: Sequence[T]) -> list[T]:
    """From the last chunk to the first, so that one reversal brings all into order."""
    found: list[T] = []
    data = mask.to_bytes(mask.bit_length() // 8 + 1, "little")
    for start in range((len(data) - 1) // _BYTES * _BYTES, -1, -_BYTES):
        chunk, base = int.from_bytes(data[start : start + _BYTES], "little"), start * 8
        while chunk:
            top = chunk.bit_length() - 1
            found.append(items[base + top])
            chunk ^= _BIT[top]
    found.reverse()
    return found
