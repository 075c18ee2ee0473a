"""The lines under an event, an agent, a calendar and a test. Owns which rule of the grammar reads a line.

A line that cannot be read becomes a `BrokenLine`; the lines around it are read all the same.
"""

from __future__ import annotations

import re

from treadle.dsl.declaration_codes import LINES_MISSING, UNKNOWN_LINE
from treadle.dsl.nodes import BrokenLine, Node
from treadle.dsl.parser import constructs, habits
from treadle.dsl.parser.layout import Line
from treadle.dsl.parser.lines import code_of, read_line, refuse_block, report_faults
from treadle.dsl.parser.reading import Reading
from treadle.dsl.parser.words import visible
from treadle.dsl.spelling import did_you_mean

FIRST_WORDS = {
    "agent": ("model", "instructions", "tools", "returns", "budget", "turns", "memory", "approve"),
    "test": ("at", "after", "given", "mock", "expect"),
}
"""What begins a line of a declaration whose lines differ."""

_GIVEN = (
    (re.compile(r"given +webhook\b(?! *\.)"), "given_webhook"),
    (re.compile(r"given +by +hand\b"), "given_by_hand"),
)
_ALIKE = {"event": "event_field", "calendar": "calendar_day"}
_NEVER_EMPTY = ("calendar", "test")


def read_members(line: Line, owner: str, reading: Reading) -> tuple[Node, ...]:
    """A node for each line under the head."""
    if not line.children and owner in _NEVER_EMPTY:
        reading.report(LINES_MISSING, line.scan.start, line.scan.end, owner=owner)
    return tuple(_member(child, owner, reading) for child in line.children)


def _member(line: Line, owner: str, reading: Reading) -> Node:
    readable = report_faults(line, reading)
    rule = _ALIKE.get(owner) or _by_first_word(line, owner, reading)
    node = read_line(line, rule, reading) if rule and readable else None
    refuse_block(line, reading)
    if isinstance(node, Node):
        return node
    return BrokenLine(id=reading.next_id(), span=reading.span(line.scan.start, line.last))


def _by_first_word(line: Line, owner: str, reading: Reading) -> str | None:
    code = code_of(line, reading)
    word = constructs.first_word(code)
    if word in FIRST_WORDS[owner]:
        return next((rule for begins, rule in _GIVEN if begins.match(code)), f"{owner}_{word}")
    start, shown = line.scan.start, f"an {owner}" if owner == "agent" else f"a {owner}"
    ours = habits.LINES.get(word)
    known = ours in FIRST_WORDS[owner]
    notes = (f"did you mean `{ours}`?",) if known else did_you_mean(word, FIRST_WORDS[owner])
    reading.report(UNKNOWN_LINE, start, start + len(word), notes=notes, word=visible(word), owner=shown)
    return None
