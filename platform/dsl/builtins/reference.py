"""The reference page of the functions, made from their declarations. Owns its form."""

from __future__ import annotations

from itertools import groupby

from treadle.dsl.builtins import Builtin, table
from treadle.dsl.builtins.declaration import ALLOWED

_HEAD = """# Functions

`x.trim()` and `trim(x)` are the same call. No function takes a missing value: handle it with `??`, `?.` or `is set`
first; `x?.trim()` gives missing for a missing `x`. Every example here is a test, in the zone UTC.
Generated from the declarations.

In the types, `T` and `U` stand for any type, `K` for one that can be ordered ({K}), `N` for numbers ({N}), `S` for
what has a text form ({S}).
"""


def page() -> str:
    """The page in Markdown, groups in the order of the table."""
    kinds = {name: ", ".join(sorted(allowed)) for name, allowed in ALLOWED.items()}
    parts = [_HEAD.format(**kinds)]
    for group, functions in groupby(_ordered(), key=lambda each: each.group):
        parts.append(f"## {group}\n")
        parts += [_entry(function) for function in functions]
    return "\n".join(parts)


def _ordered() -> list[Builtin]:
    groups = list(dict.fromkeys(each.group for each in table().values()))
    return sorted(table().values(), key=lambda each: groups.index(each.group))


def _entry(function: Builtin) -> str:
    signatures = "\n".join(function.signatures())
    examples = "\n".join(f"{each.call}  # {each.gives}" for each in function.examples)
    return f"### `{function.name}`\n\n{function.doc}\n\n```text\n{signatures}\n```\n\n```text\n{examples}\n```\n"
