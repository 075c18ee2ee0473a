"""How operations address what they are about: declarations, places, steps. Owns shapes and no meaning.

A declaration is addressed by kind and name, a step by its id in the graph, a block of a step by name, rows, clauses and
columns by number or name: never by an offset, so that an operation means the same after an edit elsewhere.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal[
    "edition", "use", "let", "function", "table", "event", "agent", "limit", "calendar", "rule", "sequence", "test"
]


class DeclRef(msgspec.Struct, frozen=True):
    """A declaration: its kind, and its name without quotes; of a `use` the name that it brings, of `edition` none."""

    kind: Kind
    name: str = ""


class Place(msgspec.Struct, frozen=True):
    """Where a step goes: `before` or `after` a step, or as the `first` or `last` of a block.

    Without a step the block is the one under `do`. With one, `block` says which of its blocks: `body`, `arm_1`, `arm_2`
    (of `if` and `match`), `else`, `on_error`, `on_timeout`; None is its first. The last three come into being when they
    are not there.
    """

    where: Literal["before", "after", "first", "last"] = "last"
    step: str | None = None
    block: str | None = None

    def __post_init__(self) -> None:
        if self.where in ("before", "after") and self.step is None:
            raise ValueError(f"a place `{self.where}` a step names that step")


class Operation(msgspec.Struct, frozen=True, kw_only=True, tag_field="op"):
    """The base of all."""


class OnDecl(Operation, frozen=True, kw_only=True):
    """An operation in one declaration."""

    decl: DeclRef


class OnStep(OnDecl, frozen=True, kw_only=True):
    """An operation on one step of a rule or a sequence."""

    step: str
