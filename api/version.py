"""The version of the installed product, read once."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version as installed


@cache
def version() -> str:
    """Such as `0.1.0`."""
    return installed("treadle")
