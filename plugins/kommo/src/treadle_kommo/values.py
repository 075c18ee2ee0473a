"""Values that rules give for custom fields, as Kommo wants them written. Owns the difference between field types."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from treadle.sdk import ActionFailed, Context

if TYPE_CHECKING:
    from treadle_kommo.connection import Kommo

_TEXTS = {"text", "textarea", "url", "streetaddress", "select", "multiselect", "radiobutton", "tracking_data"}
_DATES = {"date", "date_time", "birthday"}


async def custom_fields(ctx: Context[Kommo], fields: Mapping[str, Any], of: str = "lead") -> list[dict[str, Any]]:
    """`custom_fields_values` for a lead or a contact (`of`). Fields are named as in the account; None clears one, a
    list gives several values. Raises `ActionFailed` with a did-you-mean when the account has no such field.
    """
    written = []
    for name, value in fields.items():
        field = await ctx.catalogue.find(f"{of}_fields", name)
        kind = (await ctx.catalogue.find(f"_{of}_field_types", field.id)).name
        written.append({"field_id": int(field.id), "values": _values(value, kind, name)})
    return written


async def user(ctx: Context[Kommo], name: str) -> int:
    """The id of a user. Raises `ActionFailed` with a did-you-mean when the account has none of that name."""
    return int((await ctx.catalogue.find("users", name)).id)


def price(value: Decimal) -> int | Decimal:
    """A price is a whole number for Kommo; one with a fraction goes as it is, and the account decides."""
    return int(value) if value == value.to_integral_value() else value


def _values(value: Any, type: str, name: str) -> list[dict[str, Any]] | None:
    if value is None:
        return None
    several = value if isinstance(value, list) else [value]
    return [{"value": _value(each, type, name)} for each in several]


def _value(value: Any, type: str, name: str) -> Any:
    if isinstance(value, dict | list):
        raise ActionFailed(f"The field {name!r} takes one plain value, not a list or a record in it.", code="invalid")
    if isinstance(value, date):
        return _seconds(value) if type in _DATES else value.isoformat()
    if isinstance(value, bool):
        return value if type == "checkbox" else str(value).lower()
    if type in _TEXTS and not isinstance(value, str):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return value


def _seconds(value: date) -> int:
    at = value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
    return int(at.timestamp())
