"""Named SQL: reads the files of `sql/`, where each statement stands under a line `-- name: NAME`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\n", re.M)


def query(name: str) -> bytes:
    """The statement of this name on one line, without comments. Raises `KeyError` at import of the module that asks."""
    return _all()[name]


@cache
def _all() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in (files("treadle.runtime") / "sql").iterdir():
        if file.name.endswith(".sql"):
            _, *parts = _NAME.split(file.read_text(encoding="utf-8"))
            for name, text in zip(parts[::2], parts[1::2], strict=True):
                if name in found:
                    raise ValueError(f"two queries are named {name}")
                found[name] = _bare(text)
    return found


def _bare(text: str) -> bytes:
    # Short, because psycopg remembers how it read a statement only up to 4096 characters.
    lines = (line.partition("--")[0].strip() for line in text.splitlines())
    return " ".join(line for line in lines if line).encode()
