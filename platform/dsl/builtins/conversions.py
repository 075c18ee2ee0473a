"""Numbers, and the ways from `json` and text into the typed world. Owns the declarations and what each one reads."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import msgspec

from treadle.dsl.builtins.declaration import N, S, T, declare, takes
from treadle.dsl.operations import numbers
from treadle.dsl.operations.arithmetic import negate
from treadle.dsl.operations.clock import instant
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.dsl.operations.numbers import Number
from treadle.dsl.operations.scope import Scope
from treadle.dsl.operations.size import measure
from treadle.dsl.operations.text_form import number_form, text_form
from treadle.dsl.typesystem import BOOL, DURATION, INT, JSON, NUMBER, TEXT, ListOf, MapOf
from treadle.dsl.values import Value, decode, encode

_NUMBERS, _CONVERSIONS = "Numbers", "Conversions"
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_LONGEST = 1_000  # characters of a text that is read as a number


def _cannot(value: Value, kind: str, hint: str = "") -> EvaluationError:
    return EvaluationError("conversion", f"cannot read {quote(value)} as {kind}{hint}")


@declare(
    _NUMBERS,
    "round",
    "The nearest whole number as an int, or the number with so many digits after the point; halves go away from zero.",
    takes(INT, number=NUMBER),
    takes(NUMBER, number=NUMBER, digits=INT),
    examples={"round(2.5)": "3", "round(-2.5)": "-3", "round(2.345, 2)": "2.35", "round(1250, -2)": "1300"},
)
def round_(scope: Scope, number: Number, digits: int | None = None) -> Number:
    """`round`."""
    return numbers.round_to_int(number) if digits is None else numbers.round_to(number, digits)


@declare(
    _NUMBERS,
    "abs",
    "The number or the duration without its sign.",
    takes(N, number=N),
    takes(DURATION, duration=DURATION),
    examples={"abs(-3)": "3", "abs(-2 hours)": "2 hours"},
)
def absolute(scope: Scope, value: Value) -> Value:
    """`abs`."""
    return negate(value) if value < (timedelta(0) if isinstance(value, timedelta) else 0) else value


@declare(
    _CONVERSIONS,
    "text",
    "The value as text: numbers without exponent, durations in words, moments in their zone; lists, maps and records "
    "as JSON.",
    takes(TEXT, value=S),
    takes(TEXT, value=JSON),
    takes(TEXT, value=T),
    examples={"text(2.50)": '"2.5"', "text(90 min)": '"1 hour 30 minutes"', "text([1, 2])": '"[1,2]"'},
)
def text(scope: Scope, value: Value) -> str:
    """`text`."""
    if isinstance(value, list | dict):
        scope.spend(measure(value, scope.limits.steps))
    written = text_form(value, scope.zone)
    scope.room_for_text(len(written))
    return written


@declare(
    _CONVERSIONS,
    "int",
    "The whole number that a json value, a text or a number holds; a number with a fraction is an error, `round` it.",
    takes(INT, value=JSON),
    takes(INT, value=TEXT),
    takes(INT, value=NUMBER),
    examples={'int(" 42 ")': "42", "int(3.0)": "3"},
)
def int_(scope: Scope, value: Value) -> int:
    """`int`."""
    found = _number_in(value, "an int")
    if isinstance(found, int):
        return numbers.bounded(found, scope.limits.bits)
    if found != found.to_integral_value():
        raise _cannot(value, "an int", ": it has a fraction, round it")
    return numbers.bounded(int(found), scope.limits.bits)


@declare(
    _CONVERSIONS,
    "number",
    "The number that a json value or a text holds, with a point before the fraction.",
    takes(NUMBER, value=JSON),
    takes(NUMBER, value=TEXT),
    takes(NUMBER, value=NUMBER),
    examples={'number("2.50")': "2.5", 'number("-3")': "-3"},
)
def number(scope: Scope, value: Value) -> Number:
    """`number`."""
    return _number_in(value, "a number")


def _number_in(value: Value, kind: str) -> Number:
    match value:
        case bool():
            raise _cannot(value, kind)
        case int():
            return value
        case Decimal():
            return numbers.whole(value)
        case str() if len(value) <= _LONGEST and _NUMBER.fullmatch(value.strip()):
            found = Decimal(value.strip())
            return int(found) if value.strip().lstrip("+-").isdigit() else numbers.whole(found)
        case _:
            raise _cannot(value, kind)


@declare(
    _CONVERSIONS,
    "bool",
    "The truth value that a json value holds.",
    takes(BOOL, value=JSON),
    takes(BOOL, value=BOOL),
    examples={'bool(json("true"))': "true"},
)
def bool_(scope: Scope, value: Value) -> bool:
    """`bool`."""
    if isinstance(value, bool):
        return value
    raise _cannot(value, "a bool")


@declare(
    _CONVERSIONS,
    "list",
    "The list that a json value holds, its items json again; of a map, its values in order of the keys.",
    takes(ListOf(JSON), value=JSON),
    takes(ListOf(T), map=MapOf(T)),
    takes(ListOf(T), list=ListOf(T)),
    examples={'count(list(json("[1, 2]")))': "2", 'list({"b": 2, "a": 1})': "[1, 2]"},
)
def list_(scope: Scope, value: Value) -> list[Value]:
    """`list`."""
    match value:
        case list():
            return value
        case dict():
            scope.room_for_items(len(value))
            return [value[key] for key in sorted(value)]
        case _:
            raise _cannot(value, "a list")


@declare(
    _CONVERSIONS,
    "json",
    "The data that a text with JSON holds; any other value becomes json as it is.",
    takes(JSON, text=TEXT),
    takes(JSON, value=T),
    examples={'int(json("\\{\\"a\\": 5}")["a"])': "5", "json([1, 2])[0] == 1": "true"},
)
def json(scope: Scope, value: Value) -> Value:
    """`json`."""
    if not isinstance(value, str):
        return value
    scope.room_for_text(len(value) * 8)  # parsed data take several times the memory of their text
    try:
        return decode(value)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise _cannot(value, "JSON") from None


@declare(
    _CONVERSIONS,
    "hash",
    "A fingerprint of the value: 64 hex digits of SHA-256 over its canonical JSON. Equal values have equal hashes.",
    takes(TEXT, value=T),
    examples={"hash(1.0) == hash(1)": "true", 'slice(hash("a"), 0, 8)': '"ac8d8342"'},
)
def hash_(scope: Scope, value: Value) -> str:
    """`hash`."""
    scope.spend(measure(value, scope.limits.steps))
    return sha256(encode(_canonical(value))).hexdigest()


def _canonical(value: Value) -> Value:
    match value:
        case bool() | None | str():
            return value
        case Decimal():
            return msgspec.Raw(number_form(value).encode())
        case datetime():
            return instant(value)
        case list():
            return [_canonical(each) for each in value]
        case dict():
            return {key: _canonical(value[key]) for key in sorted(value) if value[key] is not None}
        case date() | timedelta() | _:
            return value


FUNCTIONS = (round_, absolute, text, int_, number, bool_, list_, json, hash_)
