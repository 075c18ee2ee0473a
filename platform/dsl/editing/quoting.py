"""A plain text as the language writes it."""

from __future__ import annotations

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "{": "\\{", "\n": "\\n", "\t": "\\t"})


def quoted(text: str) -> str:
    """The literal whose value is this text."""
    return f'"{text.translate(_ESCAPES)}"'
