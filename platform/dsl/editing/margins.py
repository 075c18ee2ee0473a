"""Whole lines of a text: where they begin and end, how deep they stand, how they are put in and taken out.

Owns line ends (a file of `\\r\\n` gets no other), the mark at the beginning of a file, and a last line without an end.
"""

from __future__ import annotations

from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.parser.blocks import BOM
from treadle.dsl.parser.scanner import BLANKS

STEP = 2


def floor(text: str) -> int:
    """Where the first line begins."""
    return len(BOM) if text.startswith(BOM) else 0


def line_start(text: str, at: int) -> int:
    """Where the line of an offset begins."""
    return max(text.rfind("\n", 0, at) + 1, floor(text))


def line_end(text: str, at: int) -> int:
    """Where the line after that of an offset begins; the end of the text after the last."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def code_end(text: str, at: int) -> int:
    """Where the line of an offset ends, without its line end."""
    end = line_end(text, at)
    return end - (2 if text.endswith("\r\n", 0, end) else 1 if text.endswith("\n", 0, end) else 0)


def feed(text: str, at: int) -> str:
    """The line end to use at a place: that of the line before it, else of the file's first line."""
    before = text.rfind("\n", 0, at)
    found = before if before >= 0 else text.find("\n")
    return "\r\n" if found > 0 and text[found - 1] == "\r" else "\n"


def column(text: str, at: int) -> int:
    """How deep the line of an offset stands; a tab counts for two."""
    start = line_start(text, at)
    blanks = text[start:at]
    return len(blanks) + blanks.count("\t")


def is_blank(text: str, start: int, end: int) -> bool:
    """Whether there is nothing to see."""
    return not text[start:end].strip(BLANKS)


def blank_above(text: str, at: int) -> int:
    """Where the empty lines right above a line begin."""
    start = at
    while start > floor(text) and is_blank(text, line_start(text, start - 1), start):
        start = line_start(text, start - 1)
    return start


def blank_below(text: str, at: int) -> int:
    """Where the empty lines that begin at an offset end."""
    end = at
    while end < len(text) and is_blank(text, end, line_end(text, end)):
        end = line_end(text, end)
    return end


def lines_of(text: str) -> list[str]:
    """The lines of a text that is to be put in: without line ends, common indentation, and empty ones at both ends."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    while lines and not lines[0].strip(BLANKS):
        lines.pop(0)
    while lines and not lines[-1].strip(BLANKS):
        lines.pop()
    margin = _depth(lines[0]) if lines else 0
    return [deeper(line, -margin) for line in lines]


def deeper(line: str, by: int) -> str:
    """A line moved to the right, or to the left as far as it has blanks; an empty one stays as it is."""
    if not line.strip(BLANKS):
        return line
    return " " * by + line if by > 0 else line[min(-by, _depth(line)) :]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def insert_lines(text: str, at: int, lines: list[str]) -> TextEdit:
    """Put lines in where a line begins, or behind the last one."""
    end = feed(text, at)
    if at == len(text) and at > floor(text) and not text.endswith("\n"):
        return TextEdit(at, at, "".join(end + line for line in lines))
    return TextEdit(at, at, "".join(line + end for line in lines))


def remove_lines(text: str, start: int, end: int) -> TextEdit:
    """Take whole lines out. When the last one had no line end, the one that becomes last has none."""
    if end == len(text) and not text.endswith("\n") and start > floor(text):
        start -= 2 if text.endswith("\r\n", 0, start) else 1
    return TextEdit(start, end, "")


def indent_lines(text: str, start: int, end: int, by: int) -> list[TextEdit]:
    """Move all lines from one offset to another, each by an edit of its own."""
    edits: list[TextEdit] = []
    at = start
    while at < end:
        line = text[at : line_end(text, at)]
        moved = deeper(line, by)
        if len(moved) > len(line):
            edits.append(TextEdit(at, at, " " * by))
        elif len(moved) < len(line):
            edits.append(TextEdit(at, at + len(line) - len(moved), ""))
        at = line_end(text, at)
    return edits
