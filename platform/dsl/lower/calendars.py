"""Calendars as plain data."""

from __future__ import annotations

from treadle.dsl import graph, nodes


def lower_calendar(decl: nodes.CalendarDecl) -> graph.Calendar:
    """The days of a calendar, each list in the order of the text."""
    days = [line for line in decl.lines if isinstance(line, nodes.CalendarDay)]
    dated = [(str(day.first.value), str(day.last.value) if day.last else None) for day in days if day.first]
    return graph.Calendar(
        dates=tuple(first for first, last in dated if last is None),
        ranges=tuple((first, last) for first, last in dated if last is not None),
        yearly=tuple((day.month, day.day) for day in days if day.month is not None and day.day is not None),
    )
