"""What the constants of a rule file mean: numbers, durations, money and text. Pure: source in, value out."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from treadle.dsl.parser import limits
from treadle.dsl.parser.words import UNITS

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
"""In English, as a calendar names them."""

_UNIT = re.compile(r"[a-z]+")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}  # by the first letter of every form
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GROUPS = {"day": tuple(range(7)), "weekday": tuple(range(5)), "weekend": (5, 6)}
_ESCAPES = {"\\{": "{", '\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t"}
_INDENTED = re.compile(r"\r?\n([ \t]*)")
_OPENING = re.compile(r"\A[ \t]*\r?\n")
_CLOSING = re.compile(r"\n[ \t]*\Z")


def digits(source: str) -> int:
    """How many digits a number is written with, leading zeros apart."""
    return len(source.replace(".", "").lstrip("0"))


def number(source: str) -> int | str:
    """An integer as it is, any other number as its text, which keeps it exact."""
    return source if "." in source else int(source)


def duration(source: str) -> str | None:
    """`90 s` as ISO 8601 (`PT90S`); None when it is longer than durations are. A day is 24 hours."""
    unit = _UNIT.search(source)
    amount = Decimal(source[: unit.start()].strip() if unit else source)
    seconds = amount * _SECONDS[unit.group()[0] if unit else "s"]
    if seconds > limits.DURATION_DAYS * 86_400:
        return None
    length = timedelta(microseconds=int(seconds * 1_000_000))
    return msgspec.convert(msgspec.to_builtins(length), str)


def unit(word: str) -> str | None:
    """`hour`, as in `at most 3 per hour`: one of it as ISO 8601; None when the word is no unit of time."""
    return duration(f"1 {word}") if word in UNITS else None


def clock(source: str) -> str | None:
    """A time of day such as `9:00` as RFC 3339 (`09:00:00`); None when there is no such time."""
    hours, minutes, *rest = source.split(":")
    seconds = rest[0] if rest else "00"
    fits = int(hours) < 24 and int(minutes) < 60 and int(seconds) < 60
    return f"{int(hours):02}:{minutes}:{seconds}" if fits else None


def is_date(source: str) -> bool:
    """Whether a date such as `2026-12-25` is written so and exists."""
    try:
        return len(source) == 10 and date.fromisoformat(source).isoformat() == source
    except ValueError:
        return False


def month(word: str) -> int | None:
    """The number of a month, from 1, by its English name."""
    return MONTHS.index(word.capitalize()) + 1 if word.capitalize() in MONTHS else None


def is_day(number: str, month: int) -> bool:
    """Whether a month has, in some year, a day of this number."""
    return len(number) <= 2 and number.isdigit() and 1 <= int(number) <= monthrange(2024, month)[1]


def is_group(word: str) -> bool:
    """Whether the word stands for several days of the week."""
    return word in _GROUPS


def days(first: str, last: str) -> tuple[int, ...]:
    """The days of the week from one to another, 0 is Monday; over Sunday where the last comes before the first.

    As `first`, `day`, `weekday` and `weekend` stand for theirs.
    """
    if first in _GROUPS:
        return _GROUPS[first]
    start, end = _DAYS.index(first[:3]), _DAYS.index(last[:3])
    return tuple((start + each) % 7 for each in range((end - start) % 7 + 1))


def amount(source: str) -> str:
    """The number of money, as written: `0.05` of `0.05 usd`."""
    return source.removesuffix("usd").rstrip()


def unescape(escape: str) -> str | None:
    """What an escape stands for, or None when there is no such escape."""
    return _ESCAPES.get(escape)


def margin(parts: Iterable[str]) -> int:
    """How deep the line stands that closes a text in three quotes: the last line feed in its raw parts tells."""
    depths = [len(found.group(1)) for part in parts for found in _INDENTED.finditer(part)]
    return depths[-1] if depths else 0


def dedent(part: str, depth: int, *, first: bool, last: bool) -> str:
    """A raw part of a text in three quotes without the margin, and without the line feeds next to the quotes."""
    part = part.replace("\r\n", "\n")
    part = _CLOSING.sub("", part) if last else part
    opened = first and _OPENING.match(part) is not None
    lines = (_OPENING.sub("", part, count=1) if opened else part).split("\n")
    return "\n".join(_strip(line, depth) if at or opened else line for at, line in enumerate(lines))


def _strip(line: str, depth: int) -> str:
    blanks = len(line) - len(line.lstrip(" \t"))
    return line[min(blanks, depth) :]
