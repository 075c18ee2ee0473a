"""Sets of rules as the bits of one big integer. Owns making them from places and reading them out again."""

from __future__ import annotations

from collections.abc import Collection, Iterable

_CHUNK = 4096  # bits that are read out at a time: a chunk shrinks with every bit taken from it
_BYTES = _CHUNK // 8
_FEW = 8
_BIT = tuple(1 << bit for bit in range(_CHUNK))


def buffer_of(places: Iterable[int], size: int) -> bytearray:
    """The set as little-endian bytes with room for `size` places."""
    buffer = bytearray(size // 8 + 1)
    for place in places:
        buffer[place >> 3] |= 1 << (place & 7)
    return buffer


def mask_of(places: Collection[int], size: int) -> int:
    """The set of these places, all of them below `size`."""
    if len(places) < _FEW:
        mask = 0
        for place in places:
            mask |= 1 << place
        return mask
    return int.from_bytes(buffer_of(places, size), "little")


def places_in(mask: int) -> list[int]:
    """The places of the set, ascending."""
    length = mask.bit_length()
    if length <= _CHUNK:
        return _read_out(mask, 0)
    found: list[int] = []
    data = mask.to_bytes(length // 8 + 1, "little")
    for start in range(0, len(data), _BYTES):
        if chunk := int.from_bytes(data[start : start + _BYTES], "little"):
            found += _read_out(chunk, start * 8)
    return found


def _read_out(chunk: int, base: int) -> list[int]:
    found = []
    while chunk:
        top = chunk.bit_length() - 1
        found.append(base + top)
        chunk ^= _BIT[top]
    found.reverse()
    return found
