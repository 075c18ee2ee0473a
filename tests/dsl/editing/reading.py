"""Cases of edit operations as text: `cases/README.md` says how one is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.dsl.harness import Case, cases

from treadle.dsl.editing import AnyOperation, read_operation

FILE = "case.rule"
_SECTION = re.compile(r"^--- (.+)\n", re.MULTILINE)
_FIELD = re.compile(r"(\w+):(?: (.*))?")


class EditCase(NamedTuple):
    """Files, an operation on `FILE`, and the files afterwards or why it is refused."""

    name: str
    files: dict[str, str]
    operation: AnyOperation
    after: dict[str, str]
    refused: str = ""

    def __str__(self) -> str:
        return self.name


def edit_cases() -> list[EditCase]:
    """All cases under `cases/edit`."""
    return [read(Case(each.name, each.text, each.becomes)) for each in cases("edit")]


def read(case: Case) -> EditCase:
    """One case from its text."""
    whole = case.text if case.becomes == case.text else f"{case.text}--- becomes\n{case.becomes}"
    first, *rest = _SECTION.split(whole)
    files, after, operation, refused = {FILE: first}, dict[str, str](), None, ""
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        word, _, words = title.partition(" ")
        if word == "file":
            (files if operation is None else after)[words] = _whole(body)
        elif word == "becomes":
            after[FILE] = _whole(body)
        elif word == "refused":
            refused = words
        else:
            operation = operation_of(word, body)
    assert operation is not None, f"{case.name} has no operation"
    return EditCase(case.name, files, operation, after, refused)


def _whole(text: str) -> str:
    """A file without the empty lines between two cases."""
    return text.rstrip("\n") + "\n"


def operation_of(name: str, body: str) -> AnyOperation:
    """The operation of a line that names it and of the lines with its fields."""
    fields: dict[str, str] = {}
    last = ""
    for line in body.rstrip("\n").split("\n"):
        found = _FIELD.fullmatch(line)
        if found:
            last = found.group(1)
            fields[last] = found.group(2) or ""
        else:
            fields[last] += ("\n" if fields[last] else "") + line.removeprefix("  ")
    return read_operation({"op": name, **_plain(fields)})


def _plain(fields: Mapping[str, str]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, text in fields.items():
        if name in ("in", "anchor"):
            kind, _, called = text.partition(" ")
            plain["decl" if name == "in" else name] = {"kind": kind, "name": called}
        elif name == "place":
            where, _, step = text.partition(" ")
            step, _, block = step.partition(".")
            plain[name] = {"where": where, "step": step or None, "block": block or None}
        elif name == "cells":
            plain[name] = [each.strip() for each in text.split("|")]
        elif text in ("yes", "no"):
            plain[name] = text == "yes"
        else:
            plain[name] = int(text) if text.isdigit() and name in ("at", "row", "to", "number") else text
    return plain
