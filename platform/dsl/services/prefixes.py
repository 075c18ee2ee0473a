"""The code of a line up to the cursor: which brackets and texts are open, what stands before, which argument it is.

Reads signs and no grammar, so that it works in the middle of any broken line.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARK = re.compile(r'[\\"(){}\[\]#]')
_RAW = re.compile(r'"(?:\\.|[^"\\\n])*"?')
_AFTER_MATCHES = re.compile(r"\bmatches[ \t]*\Z")
_WORD = re.compile(r"\w*\Z")
_KEY = re.compile(r"\s*(\w+)\s*:")
_CLOSER = {"(": ")", "[": "]", "{": "}", '"': '"', '"""': '"""'}
QUOTES = ('"', '"""')


class Frame(NamedTuple):
    """A bracket or a text that is open: its sign, and the offset of it in the code."""

    mark: str
    at: int


class Prefix:
    """`code` is a logical line up to the cursor. `comment` when the cursor stands in one.

    `word` is what of a word stands right before the cursor, `before` the code up to it.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self.frames, self.comment = open_frames(code)
        found = _WORD.search(code)
        self.word = found.group() if found and not self.in_text else ""
        self.before = code[: len(code) - len(self.word)]

    @property
    def in_text(self) -> bool:
        """Whether the cursor stands in a text, and not in an expression in it."""
        return bool(self.frames) and self.frames[-1].mark in QUOTES

    @property
    def inner(self) -> Frame | None:
        """The innermost that is open."""
        return self.frames[-1] if self.frames else None

    @property
    def segment(self) -> str:
        """The code behind the innermost bracket and the last comma right in it."""
        frame = self.inner
        start = frame.at + len(frame.mark) if frame else 0
        return split(self.code[start:])[-1]

    @property
    def closers(self) -> str:
        """What closes all that is open."""
        return "".join(_CLOSER[frame.mark] for frame in reversed(self.frames))

    def up_to(self, frame: Frame) -> Prefix:
        """The code before a bracket."""
        return Prefix(self.code[: frame.at].rstrip())


def open_frames(code: str) -> tuple[list[Frame], bool]:
    """The brackets and texts that are open at the end of the code, and whether that end is in a comment."""
    frames: list[Frame] = []
    at = 0
    while found := _MARK.search(code, at):
        mark, start = found.group(), found.start()
        at = found.end()
        inside = frames[-1].mark if frames else ""
        if inside in QUOTES:
            at = _in_text(code, frames, mark, start, inside)
        elif mark == "#":
            end = code.find("\n", at)
            if end < 0:
                return frames, True
            at = end
        elif mark == '"' and _AFTER_MATCHES.search(code, max(0, start - 40), start):
            raw = _RAW.match(code, start)
            at = raw.end() if raw else at
        elif mark == '"':
            opened = '"""' if code.startswith('"""', start) else '"'
            frames.append(Frame(opened, start))
            at = start + len(opened)
        elif mark in "([{":
            frames.append(Frame(mark, start))
        elif frames and mark == _CLOSER.get(inside):
            frames.pop()
    return frames, False


def _in_text(code: str, frames: list[Frame], mark: str, start: int, inside: str) -> int:
    """Takes a sign in a text; the offset to go on from."""
    if mark == "\\":
        return start + 2
    if mark == "{":
        frames.append(Frame("{", start))
    elif mark == '"' and code.startswith(inside, start):
        frames.pop()
        return start + len(inside)
    return start + 1


def split(code: str) -> list[str]:
    """The parts between commas that stand in no bracket and no text; one part at least."""
    parts: list[str] = []
    start = depth = 0
    for found in re.finditer(r'"(?:\\.|[^"\\])*"?|[()\[\]{},]', code):
        mark = found.group()
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth -= 1
        if depth < 0:
            return [*parts, code[start : found.start()]]
        if mark == "," and depth == 0:
            parts.append(code[start : found.start()])
            start = found.end()
    return [*parts, code[start:]]


def key_of(segment: str) -> str | None:
    """The name before the colon that an argument begins with."""
    found = _KEY.match(segment)
    return found.group(1) if found else None


def keys(code: str) -> set[str]:
    """The names of all arguments in the code between two brackets."""
    return {key for part in split(code) if (key := key_of(part))}


def receiver(code: str) -> str:
    """The value that ends right before a `.` at the end of the code: `lead.name`, `full_name(c)[0]`."""
    end = at = len(code)
    while at > 0:
        sign = code[at - 1]
        if sign in ")]":
            at = _opening(code, at - 1)
        elif sign.isalnum() or sign in "_.?":
            at -= 1
        elif sign == '"' and at == end:
            start = code.rfind('"', 0, at - 1)
            return code[start:end] if start >= 0 else ""
        else:
            break
    return code[at:end].lstrip(".?")


def _opening(code: str, close: int) -> int:
    """Where the bracket opens that closes at an offset; 0 when none does."""
    frames, _ = open_frames(code[:close])
    return frames[-1].at if frames else 0
