"""Starting a rule as its button would. Owns what is said of a rule that has none and of arguments that do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from treadle.dsl.spelling import suggest
from treadle.dsl.typesystem import ListOf, MapOf, Named, Optional, Record, Scalar, Type, show
from treadle.runtime.live import LiveRules
from treadle.runtime.machine.program import Program
from treadle.runtime.ports import NewRun
from treadle.runtime.starting import run_of

_SPELLED: dict[str, type] = {"duration": timedelta, "date": date, "time": time, "datetime": datetime}
_NUMBERS = (int, Decimal)


class StartInvalid(Exception):
    """There is no such rule by hand, or the arguments do not fit it; the message says where."""


def started_by_hand(live: LiveRules, name: str, args: Mapping[str, Any]) -> NewRun:
    """A run of that rule; `args` are plain JSON data, a missing one is left out or null. Raises `StartInvalid`."""
    program = _program(live, name)
    params = program.graph.params
    for given in args:
        if given not in params:
            raise StartInvalid(f'"{name}" takes no {given!r}; it takes {", ".join(params) or "nothing"}')
    for param in params:
        wanted = program.graph.names[param]
        if not _fits(args.get(param), wanted, program.graph.records):
            found = f"is no {show(wanted)}" if args.get(param) is not None else f"is missing ({show(wanted)})"
            raise StartInvalid(f'"{name}": {param} {found}')
    return run_of(program, {param: program.revived(param, args.get(param)) for param in params})


def _program(live: LiveRules, name: str) -> Program:
    rules = {each.graph.name: each for each in live.programs() if each.graph.by_hand and not each.graph.off}
    if name in rules:
        return rules[name]
    near = suggest(name, rules)
    known = f'did you mean "{near}"?' if near else f"there are: {', '.join(map(repr, rules)) or 'none'}"
    raise StartInvalid(f'no live rule "{name}" is started by hand; {known}')


def _fits(data: Any, type: Type, records: Mapping[str, Record]) -> bool:
    match type:
        case Optional(inner):
            return data is None or _fits(data, inner, records)
        case Scalar(kind):
            return _is(data, kind)
        case ListOf(item):
            return isinstance(data, list) and all(_fits(each, item, records) for each in data)
        case MapOf(value):
            return isinstance(data, dict) and all(_fits(each, value, records) for each in data.values())
        case Named(name) if name in records:
            return _fits(data, records[name], records)
        case Record(fields):
            return isinstance(data, dict) and all(_fits(data.get(each.name), each.type, records) for each in fields)
    return data is not None


def _is(data: Any, kind: str) -> bool:
    match kind:
        case "text":
            return isinstance(data, str)
        case "bool":
            return isinstance(data, bool)
        case "int" | "business_days":
            return isinstance(data, int) and not isinstance(data, bool)
        case "number" | "money":
            return isinstance(data, _NUMBERS) and not isinstance(data, bool)
        case "json":
            return data is not None
    try:
        return isinstance(data, str) and msgspec.convert(data, _SPELLED[kind]) is not None
    except msgspec.ValidationError:
        return False
