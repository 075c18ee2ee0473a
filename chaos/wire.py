"""What passes between a client and Postgres, as far as it says when a commit that wrote something was answered.

Pure: bytes in, facts out. Knows the frames of protocol 3.0 and four kinds of message; checks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_WRITES = re.compile(rb"(?i)\b(insert|update|delete)\b")
_SSL, _GSS = 80877103, 80877104
NEGOTIATES = {_SSL, _GSS}
"""Codes of first messages that ask for encryption; the answer is one letter, N for no."""


class Frames:
    """Cuts a stream into messages. `untyped` first messages have a length and no letter in front."""

    def __init__(self, *, untyped: bool) -> None:
        self._untyped = untyped
        self._held = b""

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Letter and content of each message that is complete now; the letter of a first message is empty."""
        self._held += data
        while True:
            letter = 0 if self._untyped else 1
            if len(self._held) < letter + 4:
                return
            end = letter + int.from_bytes(self._held[letter : letter + 4], "big")
            if len(self._held) < end:
                return
            kind, content, self._held = self._held[:letter], self._held[letter + 4 : end], self._held[end:]
            if not kind and int.from_bytes(content[:4], "big") not in NEGOTIATES:
                self._untyped = False
            yield kind, content


class Conversation:
    """One connection. `wrote` is the last statement of the open transaction that writes, None when there is none."""

    def __init__(self) -> None:
        self._asked = Frames(untyped=True)
        self._answered = Frames(untyped=False)
        self._prepared: dict[bytes, bytes] = {}
        self.wrote: bytes | None = None

    def asked(self, data: bytes) -> bool:
        """What the client sends. True when it asks for encryption, which nobody forwards."""
        negotiates = False
        for kind, content in self._asked.feed(data):
            if not kind:
                negotiates = int.from_bytes(content[:4], "big") in NEGOTIATES
            elif (statement := self._statement(kind, content)) and _WRITES.search(statement):
                self.wrote = statement
        return negotiates

    def answered(self, data: bytes) -> bytes | None:
        """What the server sends. The statement that wrote, when its transaction ended in here."""
        ended = None
        for kind, content in self._answered.feed(data):
            if kind == b"Z" and content == b"I":
                ended, self.wrote = self.wrote or ended, None
        return ended

    def _statement(self, kind: bytes, content: bytes) -> bytes | None:
        first, _, rest = content.partition(b"\0")
        match kind:
            case b"Q":
                return first
            case b"P":
                self._prepared[first] = rest.partition(b"\0")[0]
            case b"B":
                return self._prepared.get(rest.partition(b"\0")[0])
        return None
