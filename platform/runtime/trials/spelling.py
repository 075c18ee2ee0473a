"""Values and effects as a rule file would write them. Owns no judging."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from treadle.dsl.operations.text_form import number_form, text_form
from treadle.dsl.values import Value
from treadle.runtime.journal import Effect

_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "{": "\\{", "\n": "\\n", "\t": "\\t"})
_UNITS = (("day", "days", 86400), ("hour", "hours", 3600), ("min", "min", 60), ("s", "s", 1))


def spelled(value: Value) -> str:
    """A value as an expression that gives it; `missing` stands for none."""
    match value:
        case None:
            return "missing"
        case str():
            return text(value)
        case timedelta():
            return duration(value)
        case datetime() | date() | time():
            return moment(value)
        case list():
            return f"[{', '.join(spelled(each) for each in value)}]"
        case dict():
            return record(value)
    return text_form(value)


def moment(value: date | time) -> str:
    """A call that gives this moment, day or time of the clock."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    return f'{type(value).__name__}("{value.isoformat().replace("+00:00", "Z")}")'


def text(value: str) -> str:
    """A text literal."""
    return f'"{value.translate(_ESCAPES)}"'


def duration(span: timedelta) -> str:
    """In the largest unit that gives a whole number."""
    for one, several, seconds in _UNITS:
        if span and span % timedelta(seconds=seconds) == timedelta():
            count = span // timedelta(seconds=seconds)
            return f"{count} {one if count == 1 else several}"
    return f"{number_form(Decimal(span // timedelta(microseconds=1)) / 1_000_000)} s"


def record(fields: Mapping[str, Value]) -> str:
    """`{a: 1}`, or `{"a b": 1}` where a key is no name; what is missing is left out."""
    there = {key: each for key, each in fields.items() if each is not None}
    plain = all(_NAME.match(key) for key in there)
    return "{" + ", ".join(f"{key if plain else text(key)}: {spelled(each)}" for key, each in there.items()) + "}"


def call(name: str, args: Mapping[str, Value]) -> str:
    """`kommo.add_note(lead_id: 7)`; what is missing is left out."""
    return f"{name}({', '.join(f'{key}: {spelled(each)}' for key, each in args.items() if each is not None)})"


class Names:
    """What a file calls the plugins: by name, the plugin and the connection that it stands for."""

    def __init__(self, uses: Mapping[str, tuple[str, str | None]]) -> None:
        self._names = {what: name for name, what in uses.items()}

    def action(self, target: str, connection: str | None) -> str:
        """`db.insert` for `supabase.insert`; as it is for a connection that the file does not name."""
        plugin, _, action = target.partition(".")
        return f"{self._names.get((plugin, connection), plugin)}.{action}"

    def effect(self, did: Effect) -> str:
        """What was done, as the step would be written with its values."""
        match did.kind:
            case "action":
                return call(self.action(str(did.target), did.connection), did.args)
            case "start":
                return call(f"start {text(str(did.target))}", did.args)
            case "emit":
                return f"emit {did.target} {record(did.args)}"
            case "ask":
                return f"ask {did.target} {spelled(did.args.get('text'))}"
            case "approve":
                return f"approve {spelled(did.args.get('question'))} by {spelled(did.args.get('by'))}"
            case "cancel":
                return f"cancel {text(str(did.target))} for {spelled(did.args.get('key'))}"
        return f"{did.kind} {text(did.text or '')}"
