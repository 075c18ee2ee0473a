"""Text edits that add lines to a block, for the fixes of diagnostics. Pure: text and places in, edits out."""

from __future__ import annotations

from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.spans import Span


def head(text: str, span: Span) -> Span:
    """The part of a span that stands on its first line."""
    if span.line == span.end_line:
        return span
    end = span.start + len(text[span.start : span.end].partition("\n")[0].rstrip())
    return Span(span.start, end, span.line, span.col, span.line, span.col + end - span.start)


def below(text: str, span: Span, line: str, step: str) -> TextEdit:
    """Add a line as deep as the first one of the span, and a step under it, behind the last line of the span."""
    margin = " " * (span.start - (text.rfind("\n", 0, span.start) + 1))
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end
    feed = "\r\n" if text[:end].endswith("\r") else "\n"
    at = end - 1 if feed == "\r\n" else end
    return TextEdit(at, at, f"{feed}{margin}{line}{feed}{margin}  {step}")
