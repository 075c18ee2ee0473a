"""The audit log as a file: a table as CSV, or a JSON object a line. Owns what a line is, and reads nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Literal

import msgspec

from treadle.runtime.people.records import AuditEntry

Form = Literal["csv", "jsonl"]

COLUMNS = ("id", "at", "who_kind", "who_id", "who_name", "what", "object", "detail")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def head(form: Form) -> bytes:
    """What stands before the first entry."""
    return ",".join(COLUMNS).encode() + b"\r\n" if form == "csv" else b""


def lines(form: Form, entries: Sequence[AuditEntry]) -> bytes:
    """The entries, one a line."""
    if form == "jsonl":
        return b"".join(msgspec.json.encode(each) + b"\n" for each in entries)
    table = io.StringIO(newline="")
    csv.writer(table).writerows([_cell(cell) for cell in _row(each)] for each in entries)
    return table.getvalue().encode("utf-8", "replace")


def _row(entry: AuditEntry) -> tuple[object, ...]:
    at, detail = entry.at.isoformat(), msgspec.json.encode(entry.detail).decode()
    return (
        entry.id, at, entry.who_kind, entry.who_id or "", entry.who_name, entry.what, entry.object or "", detail,
    )  # fmt: skip


def _cell(value: object) -> str:
    """Names and objects are written by strangers: a spreadsheet shall take none of them for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text
