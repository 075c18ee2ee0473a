"""The language's plain values as JSON Schema: one table for what models are told and for what forms are drawn from."""

from __future__ import annotations

from typing import Any

SCALARS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "int": {"type": "integer"},
    "business_days": {"type": "integer"},
    "number": {"type": "number"},
    "money": {"type": "number"},
    "bool": {"type": "boolean"},
    "duration": {"type": "string", "format": "duration"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "datetime": {"type": "string", "format": "date-time"},
}
"""By the scalar's kind. `json` is anything, and is not here."""
