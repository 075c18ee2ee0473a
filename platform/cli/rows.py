"""A file of rows as the API takes it: a table as text, or JSON objects. Owns telling the two apart."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from treadle.cli.faults import InputFault


def rows_of(path: Path) -> dict[str, Any]:
    """`{"csv": TEXT}`, or `{"rows": [...]}` for a file whose first character is `{`; `-` is standard input. Raises
    `InputFault`.
    """
    text = _text(path)
    if not text.strip():
        raise InputFault(f"{path} is empty.")
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return {"csv": text}
    lines = enumerate(text.removeprefix("\ufeff").splitlines(), 1)
    return {"rows": [_object(path, number, line) for number, line in lines if line.strip()]}


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    from treadle.dsl.values import decode

    try:
        row = decode(line.encode())
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise InputFault(f"{path}, line {number} is no JSON object.")
    return row


def _text(path: Path) -> str:
    try:
        given = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return given.decode("utf-8")
    except UnicodeDecodeError as failure:
        raise InputFault(f"{path}: byte {failure.start} is not UTF-8.") from None
    except FileNotFoundError:
        raise click.UsageError(f"There is no file {path}.") from None
    except OSError as failure:
        raise InputFault(f"{path}: {failure.strerror}.") from None
