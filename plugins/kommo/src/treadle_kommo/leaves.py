"""Reading the leaves of a webhook item: every value is text there, and may be missing, empty or wrong.

Owns the conversion and its one complaint, `Doubt`. Values that are optional read as None when missing or empty; what is
there but makes no sense is always a doubt, because a guess would decide a rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from treadle_kommo.forms import Tree, items

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", re.ASCII)
_YEAR_10000 = 253_402_300_800


class Doubt(ValueError):
    """This item cannot be read. `group` renames what it is called, where the body's own word misleads."""

    def __init__(self, reason: str, *, group: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.group = reason, group


Item = Mapping[str, Tree]


def text(item: Item, key: str) -> str | None:
    """The text under `key`, None when it is missing or empty."""
    value = item.get(key)
    if value is None or value == "" or value == []:
        return None
    if not isinstance(value, str):
        raise Doubt(f"{key} is not a single value")
    return value


def integer(item: Item, key: str) -> int | None:
    """The integer under `key`, None when it is missing or empty. Raises `Doubt` when it is no number."""
    value = text(item, key)
    if value is None:
        return None
    if not _INTEGER.fullmatch(value):
        raise Doubt(f"{key} is not a whole number")
    return int(value)


def required(item: Item, key: str) -> int:
    """The integer under `key`. Raises `Doubt` when it is missing or no number."""
    value = integer(item, key)
    if value is None:
        raise Doubt(f"{key} is missing")
    return value


def link(item: Item, *keys: str) -> int | None:
    """The first id of `keys` that is there; 0 means none."""
    return next((value for key in keys if (value := integer(item, key))), None)


def amount(item: Item, key: str) -> Decimal | None:
    """The exact number under `key`, None when it is missing or empty."""
    value = text(item, key)
    if value is None:
        return None
    if not _DECIMAL.fullmatch(value):
        raise Doubt(f"{key} is not a number")
    return Decimal(value)


def moment(item: Item, *keys: str) -> datetime | None:
    """The first of `keys` that is there, from Unix seconds; 0 means none."""
    for key in keys:
        if seconds := integer(item, key):
            if not 0 < seconds < _YEAR_10000:
                raise Doubt(f"{key} is not a time")
            return datetime.fromtimestamp(seconds, UTC)
    return None


def required_moment(item: Item, *keys: str) -> datetime:
    """As `moment`. Raises `Doubt` when none is there."""
    value = moment(item, *keys)
    if value is None:
        raise Doubt(f"{keys[0]} is missing")
    return value


def group(item: Item, key: str) -> Item:
    """The inner group under `key`, empty when it is missing."""
    value = item.get(key)
    return value if isinstance(value, dict) else {}


def names(item: Item, key: str) -> list[str]:
    """The names of the things listed under `key`."""
    found = (text(each, "name") for _, each in items(item.get(key, [])) if isinstance(each, dict))
    return [name for name in found if name is not None]


def linked_leads(item: Item) -> list[int]:
    """The ids of the leads that a contact or a company is linked to."""
    linked = items(item.get("linked_leads_id", {}))
    return [required(each, "ID") for _, each in linked if isinstance(each, dict)]
