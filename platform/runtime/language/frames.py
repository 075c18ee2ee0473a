"""Messages over a pipe: four bytes that say how long it is, then the message. Owns the framing and no meaning."""

from __future__ import annotations

import struct
from typing import BinaryIO

LONGEST = 256 * 1024 * 1024
HEAD = struct.Struct(">I")


class Garbled(Exception):
    """What came is no frame, or it broke off in the middle."""


def framed(message: bytes) -> bytes:
    """The frame of a message. Raises `Garbled` for one that is too long."""
    if len(message) > LONGEST:
        raise Garbled(f"a message of {len(message)} bytes")
    return HEAD.pack(len(message)) + message


def length(head: bytes) -> int:
    """How long the message behind these four bytes is. Raises `Garbled`."""
    (size,) = HEAD.unpack(head)
    if size > LONGEST:
        raise Garbled(f"a message of {size} bytes")
    return int(size)


def read(pipe: BinaryIO) -> bytes | None:
    """The next message; None when the other side has closed. Raises `Garbled`."""
    head = pipe.read(HEAD.size)
    if not head:
        return None
    if len(head) < HEAD.size:
        raise Garbled("half a head")
    size = length(head)
    message = pipe.read(size)
    if len(message) < size:
        raise Garbled("half a message")
    return message
