"""Reading an answer's body within bounds. Pure: bytes in, bytes out; at most one gzip or deflate layer."""

from __future__ import annotations

import zlib

MAX_BODY = 10 * 1024 * 1024
"""Bytes after decompression."""

MAX_RATIO = 100
"""Decompressed to received, once more than `_RATIO_FROM` bytes came out."""

_RATIO_FROM = 1024 * 1024
_STEP = 64 * 1024


class TooLarge(ValueError):
    """The body is larger than this client reads."""


class Unreadable(ValueError):
    """The body is not what its encoding says, or has an encoding that was not asked for."""


class BodyReader:
    """Collects one body. `encoding` is the `Content-Encoding` header, or empty.

    `feed` raises `TooLarge` before it holds more than `limit` bytes, `Unreadable` when the data are broken.
    """

    def __init__(self, encoding: str = "", limit: int = MAX_BODY) -> None:
        self._encoding = encoding.strip().lower()
        if self._encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise Unreadable(f"the answer is encoded as {encoding[:40]!r}, only gzip or deflate, once, is read")
        self._packed = self._encoding not in ("", "identity")
        self._limit = limit
        self._parts: list[bytes] = []
        self._received = 0
        self._held = 0
        self._inflate: zlib._Decompress | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next piece as it came from the network."""
        self._received += len(chunk)
        if not self._packed:
            self._keep(chunk)
            return
        try:
            self._unpack(chunk)
        except zlib.error:
            raise Unreadable(f"the answer is not {self._encoding}, as it says") from None

    def finish(self) -> bytes:
        """The whole body. Raises `Unreadable` when a compressed body ended early."""
        if self._inflate is not None and not self._inflate.eof:
            raise Unreadable(f"the {self._encoding} answer ended early")
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def _unpack(self, data: bytes) -> None:
        more = bool(data)
        while more:
            if self._inflate is None or self._inflate.eof:  # gzip may come in several members
                self._inflate = zlib.decompressobj(self._window(data))
            piece = self._inflate.decompress(data, _STEP)
            self._keep(piece)
            data = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            more = bool(data) or (len(piece) == _STEP and not self._inflate.eof)  # zlib may still hold output

    def _window(self, data: bytes) -> int:
        if self._encoding != "deflate":
            return 16 + zlib.MAX_WBITS
        zlib_header = data[0] & 0x0F == 8  # some servers send the bare stream instead
        return zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS

    def _keep(self, piece: bytes) -> None:
        self._held += len(piece)
        if self._held > self._limit:
            raise TooLarge(f"the answer is larger than {self._limit // (1024 * 1024)} MB")
        if self._held > _RATIO_FROM and self._held > MAX_RATIO * self._received:
            raise TooLarge(f"the answer grows more than {MAX_RATIO} times when it is decompressed")
        if piece:
            self._parts.append(piece)
