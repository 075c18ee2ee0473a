"""Custom fields of webhooks and of REST, to one map by name.

Owns the many shapes of a value in webhooks: lists of objects, of scalars (dates), a lone object (radio buttons), a
lone text (birthdays). What stands in the map is one value, or a list where the field holds several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from treadle_kommo.forms import Tree, items


class CustomFields:
    """The values of one entity's custom fields, by name and by code."""

    def __init__(self) -> None:
        self.by_name: dict[str, Any] = {}
        self.by_code: dict[str, Any] = {}

    def add(self, name: str, id: str, code: str, values: list[Any]) -> None:
        """One field. A second field of the same name is kept as `name #id`."""
        if not values:
            return
        key = name or code or f"#{id}"
        self.by_name[f"{key} #{id}" if key in self.by_name else key] = values[0] if len(values) == 1 else values
        if code:
            self.by_code.setdefault(code, values[0])

    def first(self, code: str) -> str | None:
        """The first value of the field with this code, as text."""
        value = self.by_code.get(code)
        return None if value is None else str(value)

    @property
    def timezone(self) -> str | None:
        """The field called Timezone, in any case of letters, when it holds a text."""
        found = next((value for name, value in self.by_name.items() if name.lower() == "timezone"), None)
        return found if isinstance(found, str) else None


def from_hook(node: Tree | None) -> CustomFields:
    """The `custom_fields` of a webhook item."""
    fields = CustomFields()
    for _, field in items(node or {}):
        if isinstance(field, dict):
            name, number, code = (str(field.get(key) or "") for key in ("name", "id", "code"))
            fields.add(name, number, code, _hook_values(field.get("values", [])))
    return fields


def _hook_values(node: Tree) -> list[Any]:
    if isinstance(node, str):
        return [node] if node else []
    if isinstance(node, dict) and "value" in node:
        return [node["value"]]
    return [_hook_value(child) for _, child in items(node)]


def _hook_value(child: Tree) -> Any:
    if isinstance(child, dict):
        return child.get("value", child)
    # Only dates are listed without a `value` key; REST has the same date as a number.
    return int(child) if isinstance(child, str) and child.isdecimal() and len(child) < 13 else child


def from_rest(nodes: Iterable[Mapping[str, Any]] | None) -> CustomFields:
    """The `custom_fields_values` of a REST object."""
    fields = CustomFields()
    for field in nodes or ():
        name, code = field.get("field_name") or "", field.get("field_code") or ""
        values = [value.get("value", value) for value in field.get("values") or ()]
        fields.add(name, str(field["field_id"]), code, values)
    return fields
