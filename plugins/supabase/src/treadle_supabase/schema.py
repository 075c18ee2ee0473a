"""A project's description of itself, to what rules pick from: tables, and columns with the language's types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from treadle.sdk import Choice

_TYPES = {"integer": "int", "number": "number", "boolean": "bool"}
_TEXTS = {"timestamp with time zone": "datetime", "date": "date"}


def choices(definitions: Mapping[str, Any]) -> Mapping[str, Sequence[Choice]]:
    """`definitions` as the Data API describes tables and views."""
    return {
        "tables": [Choice(name, name) for name in sorted(definitions)],
        "columns": [
            Choice(f"{table}.{column}", column, table, _type(described, optional=column not in _required(definition)))
            for table, definition in sorted(definitions.items())
            for column, described in sorted(definition.get("properties", {}).items())
        ],
    }


def _required(definition: Mapping[str, Any]) -> Sequence[str]:
    return definition.get("required") or ()


def _type(described: Mapping[str, Any], *, optional: bool) -> str:
    kind = described.get("type")
    if kind == "string":
        found = _TEXTS.get(described.get("format", ""), "text")
    else:
        found = _TYPES.get(str(kind), "json")
    return f"{found}?" if optional and found != "json" else found
