"""What an editor may ask for: one shape an operation, each JSON with its name under `op`. Owns no meaning."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from treadle.dsl.editing.refs import DeclRef, OnDecl, OnStep, Operation, Place

ClauseKind = Literal[
    "off", "when", "where", "once", "at_most", "quiet", "one_at_a_time", "stop_when", "only_during", "priority",
    "stop_after", "including_own_changes", "rehearse",
]  # fmt: skip


class SetArgument(OnStep, frozen=True, kw_only=True, tag="set_argument"):
    """Give an argument of a call, `start` or `run`, or a field of `emit`, this expression; None takes it out."""

    name: str
    value: str | None = None


class SetLabel(OnStep, frozen=True, kw_only=True, tag="set_label"):
    """Pin the id of a step by a label; None takes the label off."""

    label: str | None = None


class SetLine(OnStep, frozen=True, kw_only=True, tag="set_line"):
    """Write the line of a step anew, without its label; with `block`, the line that begins this branch of it."""

    text: str
    block: str | None = None


class InsertStep(OnDecl, frozen=True, kw_only=True, tag="insert_step"):
    """Put one or more steps, given as text, at a place."""

    text: str
    place: Place = Place()


class RemoveStep(OnStep, frozen=True, kw_only=True, tag="remove_step"):
    """Take a step out, with what stands in it."""


class MoveStep(OnStep, frozen=True, kw_only=True, tag="move_step"):
    """Bring a step, with what stands in it, to another place of its declaration."""

    place: Place


class WrapSteps(OnStep, frozen=True, kw_only=True, tag="wrap_steps"):
    """Put a step, or all from it to `last`, into a block. `head` is the condition of `if`, `x in list` of
    `for_each`.
    """

    wrapper: Literal["if", "try", "together", "for_each"]
    last: str | None = None
    head: str = ""


class UnwrapStep(OnStep, frozen=True, kw_only=True, tag="unwrap_step"):
    """Put the steps of a block in the place of the step that holds it. A step of several blocks asks which
    to `keep`.
    """

    keep: str | None = None


class RemoveBranch(OnStep, frozen=True, kw_only=True, tag="remove_branch"):
    """Take one of several blocks out, with the line that begins it."""

    block: str


class SetClause(OnDecl, frozen=True, kw_only=True, tag="set_clause"):
    """Give the header this clause. A kind that stands once is replaced; of the others, `number` (from 1) is, or without
    one the clause is added.
    """

    text: str
    number: int | None = None


class RemoveClause(OnDecl, frozen=True, kw_only=True, tag="remove_clause"):
    """Take a clause out of the header; `number` counts those of its kind from 1."""

    clause: ClauseKind
    number: int = 1


class SetOff(OnDecl, frozen=True, kw_only=True, tag="set_off"):
    """Switch a rule or a sequence off, or on."""

    off: bool


class SetComment(OnDecl, frozen=True, kw_only=True, tag="set_comment"):
    """Write the comment of a declaration, above it (any lines) or at the end of its line; None takes it off. A missing
    `#` is added. With `step` it is that of a step; with `number` that of a row, a member or a clause, counted from 1
    among all of them.
    """

    step: str | None = None
    number: int | None = None
    text: str | None = None
    where: Literal["above", "end"] = "above"


class Rename(OnDecl, frozen=True, kw_only=True, tag="rename"):
    """Give a declaration another name everywhere; with `local`, a name that is given in it (an event's, a parameter, a
    result, an item), or a column of a table.
    """

    to: str
    local: str | None = None


class SetConnection(OnDecl, frozen=True, kw_only=True, tag="set_connection"):
    """Bind a `use` to a connection; None to the default one of its plugin."""

    connection: str | None = None


class SetMember(OnDecl, frozen=True, kw_only=True, tag="set_member"):
    """Write a line of an event, an agent, a calendar or a test, counted from 1; without `number` a new one."""

    text: str
    number: int | None = None


class RemoveMember(OnDecl, frozen=True, kw_only=True, tag="remove_member"):
    """Take out a line of an event, an agent, a calendar or a test."""

    number: int


class InsertRow(OnDecl, frozen=True, kw_only=True, tag="insert_row"):
    """Add a row to a table, its result last, before the row `at` (from 1); None is behind the last."""

    cells: tuple[str, ...]
    at: int | None = None


class RemoveRow(OnDecl, frozen=True, kw_only=True, tag="remove_row"):
    """Take out a row of a table (from 1)."""

    row: int


class MoveRow(OnDecl, frozen=True, kw_only=True, tag="move_row"):
    """Bring a row of a table to where row `to` stands."""

    row: int
    to: int


class SetCell(OnDecl, frozen=True, kw_only=True, tag="set_cell"):
    """Write one cell; `column` is its name, `->` for the result."""

    row: int
    column: str
    text: str


class InsertColumn(OnDecl, frozen=True, kw_only=True, tag="insert_column"):
    """Add a column before column `at` (from 1; None is the last before the result), and its parameter as the last."""

    name: str
    type: str
    at: int | None = None
    cell: str = "_"


class RemoveColumn(OnDecl, frozen=True, kw_only=True, tag="remove_column"):
    """Take out a column and its parameter."""

    column: str


class MoveColumn(OnDecl, frozen=True, kw_only=True, tag="move_column"):
    """Bring a column to where column `to` (from 1) stands. Parameters keep their order."""

    column: str
    to: int


class AddDeclaration(Operation, frozen=True, kw_only=True, tag="add_declaration"):
    """Put one or more declarations, given as text, behind or `before` another; else where their kind is looked for."""

    text: str
    anchor: DeclRef | None = None
    before: bool = False


class RemoveDeclaration(OnDecl, frozen=True, kw_only=True, tag="remove_declaration"):
    """Take out a declaration with the comment above it."""


class ReplaceDeclaration(OnDecl, frozen=True, kw_only=True, tag="replace_declaration"):
    """Write a declaration anew; the comment above it stays."""

    text: str


AnyOperation = (
    SetArgument | SetLabel | SetLine | InsertStep | RemoveStep | MoveStep | WrapSteps | UnwrapStep | RemoveBranch
    | SetClause | RemoveClause | SetOff | SetComment | Rename | SetConnection | SetMember | RemoveMember
    | InsertRow | RemoveRow | MoveRow | SetCell | InsertColumn | RemoveColumn | MoveColumn
    | AddDeclaration | RemoveDeclaration | ReplaceDeclaration
)  # fmt: skip


def read_operation(data: Any) -> AnyOperation:
    """An operation from plain data, as JSON gives it. Raises `msgspec.ValidationError`, which names the field."""
    found: AnyOperation = msgspec.convert(data, AnyOperation)
    return found
