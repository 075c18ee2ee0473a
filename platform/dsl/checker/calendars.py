"""Calendars: ranges in order, days that are named twice. That dates exist is seen when they are read."""

from __future__ import annotations

from datetime import date

from treadle.dsl import member_codes as codes
from treadle.dsl import nodes
from treadle.dsl.checker.inference import Inference


def check_calendar(inference: Inference, decl: nodes.CalendarDecl) -> bool:
    """Check a calendar; whether all of it could be read."""
    yearly: set[tuple[int, int]] = set()
    ranges: list[tuple[str, str]] = []
    for line in decl.lines:
        if not isinstance(line, nodes.CalendarDay):
            continue
        if line.first is None:
            found = (line.month or 0, line.day or 0)
            if found in yearly:
                _twice(inference, line)
            yearly.add(found)
            continue
        first = str(line.first.value)
        last = str(line.last.value) if line.last else first
        if last < first:
            inference.desk.report(codes.RANGE_BACKWARDS, line.span)
        elif any(start <= first and last <= end for start, end in ranges) or (
            last == first and _month_day(first) in yearly
        ):
            _twice(inference, line)
        ranges.append((first, last))
    return not any(isinstance(line, nodes.BrokenLine) for line in decl.lines)


def _month_day(day: str) -> tuple[int, int]:
    found = date.fromisoformat(day)
    return found.month, found.day


def _twice(inference: Inference, line: nodes.CalendarDay) -> None:
    written = " ".join(inference.file.module.text[line.span.start : line.span.end].split())
    inference.desk.report(codes.DAY_TWICE, line.span, day=f"`{written}`")
