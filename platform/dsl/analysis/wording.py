"""Domains in the words of the language: `n < 10`, `segment is anything but "gold"`, `source is missing`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from treadle.dsl.analysis.domains import MISSING, Domain
from treadle.dsl.analysis.lines import Cut
from treadle.dsl.analysis.sorts import OTHER
from treadle.dsl.operations.text_form import text_form
from treadle.dsl.values import Value

_SHOWN = 4  # values or ranges of one field that a sentence lists
_FEW = 2  # neighbours that are listed all the same
_COUNTED = 100_000  # values that are looked at to see whether they are better listed
_LONG = 40  # characters of a text that a sentence shows


def describe(name: str, domain: Domain, whole: Domain) -> str:
    """What a field of that name is like; empty when it may be anything that `whole` has."""
    outside = whole - domain
    if outside.empty:
        return ""
    if domain.empty:
        return f"{name} has no value"
    if outside == MISSING or [sort for sort, _ in domain.parts] == [OTHER]:
        return f"{name} is set"
    if inside := _singles(domain):
        return f"{name} is {_list(inside)}"
    if values := _singles(outside):
        return f"{name} is anything but {_list(values)}"
    ranges = [_range(name, start, end) for _, own in domain.parts for start, end in own.stretches()]
    said = ranges[:_SHOWN] + ([f"{name} is missing"] if domain.missing else [])
    return " or ".join(said)


def show(value: Value) -> str:
    """A value as the language writes it, a long text cut."""
    if isinstance(value, str):
        return json.dumps(value if len(value) <= _LONG else value[:_LONG] + "…", ensure_ascii=False)
    return "missing" if value is None else text_form(value)


def _singles(domain: Domain) -> Sequence[Value]:
    """The values when they are better listed than said as ranges, else none."""
    values = domain.values(_COUNTED) or ()
    ranges = sum(len(own.stretches()) for _, own in domain.parts) + domain.missing
    return values if len(values) <= max(ranges, _FEW) else ()


def _list(values: Sequence[Value]) -> str:
    shown = [show(each) for each in values[:_SHOWN]]
    return ", ".join(shown) + (f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else "")


def _range(name: str, start: Cut | None, end: Cut | None) -> str:
    if start and end and start[0] == end[0]:
        return f"{name} is {show(start[0])}"
    if start and not end:
        return f"{name} {'>' if start[1] else '>='} {show(start[0])}"
    below = f"{show(start[0])} {'<' if start[1] else '<='} " if start else ""
    above = f" {'<=' if end[1] else '<'} {show(end[0])}" if end else ""
    return f"{below}{name}{above}"
