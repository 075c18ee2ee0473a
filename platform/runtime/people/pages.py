"""Statements that list something, for each set of filters that is given; a text for each is prepared once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from treadle.runtime.queries import query


def page(name: str, filters: Mapping[bytes, Any]) -> bytes:
    """The statement `name` with those filters whose value is given."""
    wanted = b" and ".join(text for text, value in filters.items() if value is not None)
    return query(name).replace(b"{filters}", wanted or b"true")
