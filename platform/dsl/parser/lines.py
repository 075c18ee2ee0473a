"""One logical line: its faults reported, its code read by the grammar. Shared by declarations, clauses and steps."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from treadle.dsl.limit_codes import LINE_TOO_LONG, NESTS_TOO_DEEP
from treadle.dsl.nodes import Ident
from treadle.dsl.parser import engine, limits, words
from treadle.dsl.parser.layout import Line
from treadle.dsl.parser.reading import Reading
from treadle.dsl.syntax_codes import EXPRESSION_MISSING, TOO_DEEP

_TOKENS = re.compile(r"\w+|[^\w\s]")


def code_of(line: Line, reading: Reading) -> str:
    """The text of the line's code; comments inside it are blanked, so that every offset stays."""
    code = reading.text[line.scan.start : line.scan.end]
    for comment in line.scan.inner:
        start, end = comment.start - line.scan.start, comment.end - line.scan.start
        code = code[:start] + " " * (end - start) + code[end:]
    return code


def report_faults(line: Line, reading: Reading) -> bool:
    """Reports what is wrong with brackets, texts and blanks, and the bounds; whether the line can be read."""
    for fault in line.faults:
        reading.report(fault.code, fault.start, fault.end, **fault.fields)
    return not (line.scan.broken or _is_too_big(line, reading))


def _is_too_big(line: Line, reading: Reading) -> bool:
    start, end = line.scan.start, line.scan.end
    if line.scan.depth > limits.EXPRESSION_DEPTH:
        reading.report(NESTS_TOO_DEEP, start, end, limit=limits.EXPRESSION_DEPTH)
        return True
    if end - start > limits.LINE_CHARACTERS:
        reading.report(LINE_TOO_LONG, start, end, limit=limits.LINE_CHARACTERS, what="characters")
        return True
    if has_more_tokens(reading.text[start:end], limits.LINE_TOKENS):
        reading.report(LINE_TOO_LONG, start, end, limit=limits.LINE_TOKENS, what="words and signs")
        return True
    return False


def has_more_tokens(text: str, limit: int) -> bool:
    """Whether it has more words and signs, texts and comments included; what is past the limit is not counted."""
    return len(text) > limit and sum(1 for _ in islice(_TOKENS.finditer(text), limit + 1)) > limit


def read_line(line: Line, start: str, reading: Reading, skip: int = 0) -> Any:
    """The node of the line by the grammar's rule `start`, without its first `skip` characters; None when broken."""
    code = code_of(line, reading)[skip:]
    return engine.read(start, code, reading, line.scan.start + skip)


def refuse_block(line: Line, reading: Reading) -> None:
    """Reports lines that stand under a line that takes none."""
    if line.children and not lacks_value(line, reading):
        child = line.children[0]
        reading.report(TOO_DEEP, child.scan.start, child.scan.end)


def lacks_value(line: Line, reading: Reading) -> bool:
    """Whether the line was reported to end where an expression must follow: what stands under it is taken for that."""
    last = reading.diagnostics[-1] if reading.diagnostics else None
    if last is None or last.code != EXPRESSION_MISSING.number or words.OWNS_BLOCK.match(code_of(line, reading)):
        return False
    return last.span.end == reading.offset + line.scan.end


def ident_at(found: re.Match[str] | None, line: Line, reading: Reading, *, binds: bool = False) -> Ident | None:
    """The first group of a match in the line's code as a name."""
    if found is None:
        return None
    return reading.ident(found.group(1), line.scan.start + found.start(1), binds=binds)
