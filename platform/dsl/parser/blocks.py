"""Cuts a file at its declarations: whatever stands in the first column begins one, except a comment; so does the first
line, wherever it stands.

Owns where a declaration begins and ends. Blank lines and comments in the first column that stand before a declaration
belong to no block, so that a declaration keeps its text, and its place in the cache, when the space around it changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

BOM = "\ufeff"
_BEGINS = re.compile(r"(?:^|(?<=\A\ufeff))(?!\A\ufeff)[^ \t\r\n#]", re.MULTILINE)
_EMPTY = re.compile(r"\ufeff?(?:[ \t\r]*(?:#[^\n]*)?(?:\n|\Z))*+")
_TAIL = re.compile(r"(?:[ \t\r]*|#[^\n]*)")


class Block(msgspec.Struct, frozen=True):
    """One declaration: `start` and `end` are offsets in the file, `line` is that of `start`, from 1."""

    start: int
    end: int
    line: int


def cut(text: str) -> Iterator[Block]:
    """The blocks of a file in order. They do not overlap; what lies between them is blank or comment."""
    starts = [found.start() for found in _BEGINS.finditer(text)]
    empty = _EMPTY.match(text)
    first = empty.end() if empty else 0
    if first < (starts[0] if starts else len(text)):
        starts.insert(0, first)  # the first line, standing too deep
    line, counted = 1, 0
    for start, following in pairwise([*starts, len(text)]):
        line += text.count("\n", counted, start)
        counted = start
        yield Block(start, _end(text, start, following), line)


def _end(text: str, start: int, following: int) -> int:
    """Takes blank lines and comments of the first column off the end, one line at a time."""
    end = following
    while True:
        last = text.rfind("\n", start, end - 1 if text.endswith("\n", start, end) else end) + 1
        if last <= start or not _TAIL.fullmatch(text, last, end - 1 if text.endswith("\n", last, end) else end):
            return end
        end = last
