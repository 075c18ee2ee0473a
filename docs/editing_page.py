"""The page of the reference with every edit operation, made from its declaration."""

from __future__ import annotations

import inspect
from typing import Any, Literal, get_args, get_origin

import msgspec

from treadle.dsl.editing.operations import AnyOperation
from treadle.dsl.editing.refs import DeclRef, Place

HEAD = """# Edit operations

An editor that shows rules as boxes sends operations; the answer is the smallest edit of the text. Comments, empty
lines and line ends that an operation is not about stay as they are, byte for byte. What would do damage is refused
with a [diagnostic](diagnostics.md) of its own (E8xx), and nothing is changed. Generated from the declarations.

In Python, `treadle.dsl.editing.apply(text, file, operation)` gives the text, the edits that lead to it and those that
lead back, or `Refused`; `apply_in(project, file, operation)` does the same in a project that is open, with all that is
known of its files. `read_operation` makes an operation of JSON:

```json
{
  "op": "set_argument",
  "decl": {"kind": "rule", "name": "Greet"},
  "step": "add_note",
  "name": "text",
  "value": "\\"Hello {lead.name}\\""
}
```

- A step is addressed by its id in the graph, which is its label where it has one. `addresses(project, file, decl)`
  lists them, also for a rule with faults, which has no graph.
- Clauses and rows are counted from 1; columns and arguments have names.
- Texts are given as they stand in a file, with any margin: `"text": "if lead.price > 5\\n  stop"`. A value, a condition
  or a cell is read alone first and must be that one thing.
- The comments right above a line, without an empty line between, and the one at its end go with the line; so does
  everything that stands deeper. A comment that is followed by an empty line stays where it is.
- An operation that takes away, moves or renames is refused when a name would not be known any more where it is needed,
  or would be given twice. A line that cannot be read hinders no edit but a renaming of what it may mention.
"""

PARTS = {"decl": "a declaration", "place": "a place", "anchor": "a declaration"}


def page() -> str:
    """The whole page."""
    entries = [_entry(f"`{each.__struct_config__.tag}`", each) for each in get_args(AnyOperation)]
    parts = [_entry("A declaration", DeclRef), _entry("A place", Place)]
    return "\n".join([HEAD, "## Parts", "", *parts, "## Operations", "", *entries])


def _entry(title: str, kind: type[msgspec.Struct]) -> str:
    lines = [f"### {title}", "", inspect.cleandoc(kind.__doc__ or "").replace("None", "`null`"), ""]
    lines += ["| field | what it is | without it |", "|---|---|---|"]
    for field in msgspec.structs.fields(kind):
        without = "" if field.required else f"`{_shown(field.default)}`"
        lines.append(f"| `{field.name}` | {_type(field.name, field.type)} | {without} |")
    return "\n".join([*lines, ""])


def _shown(default: object) -> str:
    return msgspec.json.encode(default).decode()


def _type(name: str, of: Any) -> str:
    if name in PARTS:
        return PARTS[name]
    if name == "cells":
        return "a list of texts"
    if get_origin(of) is Literal:
        return ", ".join(f"`{each}`" for each in get_args(of))
    plain = next((each for each in get_args(of) if each is not type(None)), of)
    return {int: "a number", bool: "`true` or `false`"}.get(plain, "text")
