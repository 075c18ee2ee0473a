"""The codes of edit operations that are refused (E8xx): the file is as it was. Owns the texts.

The examples are a file, a line that names the operation, and its fields.
"""

from __future__ import annotations

from treadle.dsl.codes import Code

_FILE = """\
use kommo

rule "Greet"
  when kommo.lead_created as lead
  do
    note = kommo.add_note(lead_id: lead.id, text: "Hi")
    if lead.price > 100
      log "big"
    log "noted {note.id}"
"""
_TABLE = """\
table fee(price: number) -> number
  | price | -> |
  | > 100 | 2  |
  | _     | 1  |
"""


def _edit(operation: str, *fields: str, file: str = _FILE) -> str:
    return "\n".join([f"{file}--- {operation}", *fields, ""])


_STEP = "in: rule Greet"

NO_DECLARATION = Code(
    number="E801",
    summary="no such declaration to edit",
    message="This file has no {kind} `{name}`",
    explanation="An operation names the declaration by its kind and its name. It may have been renamed or taken out "
    "since the operation was made.",
    wrong=_edit("remove_declaration", "in: rule Greeting"),
    right=_edit("remove_declaration", _STEP),
)

NO_STEP = Code(
    number="E802",
    summary="no such step to edit",
    message="{owner} has no step `{step}`",
    explanation="An operation names the step by its id: its label, or what the graph calls it.",
    wrong=_edit("set_label", _STEP, "step: add_notes", "label: greeting"),
    right=_edit("set_label", _STEP, "step: add_note", "label: greeting"),
)

NO_PART = Code(
    number="E803",
    summary="nothing of that kind is there to edit",
    message="{owner} has no {part}",
    explanation="The declaration or the step is there, and it does not have the argument, block, clause, row or column "
    "that the operation names.",
    wrong=_edit("set_argument", _STEP, "step: add_note", "name: due"),
    right=_edit("set_argument", _STEP, "step: add_note", "name: due", "value: now + 1 day"),
)

UNREADABLE = Code(
    number="E804",
    summary="the text given is not what it should be",
    message="The text given is no {what}: {problem}",
    explanation="What an operation brings into a file is read alone first. It must be the one thing that it stands "
    "for: a value that closes the call around it, for one, is refused.",
    wrong=_edit("set_argument", _STEP, "step: add_note", "name: text", 'value: "Hi") or ('),
    right=_edit("set_argument", _STEP, "step: add_note", "name: text", 'value: "Hello {lead.name}"'),
)

WOULD_BREAK = Code(
    number="E805",
    summary="the file could not be read after the change",
    message="After this change the file could not be read: {problem}",
    explanation="An operation leaves no fault of syntax that was not there before.",
    wrong=_edit("set_line", _STEP, "step: if", "text: wait 1 day"),
    right=_edit("set_line", _STEP, "step: if", "text: if lead.price > 500"),
)

BLOCK_EMPTY = Code(
    number="E806",
    summary="a block would be left without a step",
    message="`{step}` is the only step of its block, which cannot be empty",
    explanation="Each block holds at least one step. Take the block out as a whole, or put another step in first.",
    wrong=_edit("remove_step", _STEP, "step: log"),
    right=_edit("remove_step", _STEP, "step: if"),
)

NAMES_LOST = Code(
    number="E807",
    summary="a name would not be known any more",
    message="After this change a name would be lost or given twice: {problem}, in {place}",
    explanation="What an operation moves, takes out or renames may give names that other parts need, or need names "
    "that are not given at its new place. Change those parts first.",
    wrong=_edit("remove_step", _STEP, "step: add_note"),
    right=_edit("remove_step", _STEP, "step: log_2"),
)

NAME_IN_USE = Code(
    number="E808",
    summary="another thing has that name",
    message="{owner} has something called `{name}` already",
    explanation="Names of one kind are given once. A label must be no other step's id, or that step would get another.",
    wrong=_edit("set_label", _STEP, "step: add_note", "label: log_2"),
    right=_edit("set_label", _STEP, "step: add_note", "label: greeting"),
)

INTO_ITSELF = Code(
    number="E809",
    summary="a step cannot move into itself",
    message="`{step}` cannot move into itself",
    explanation="The place that the step should go to stands in one of its own blocks.",
    wrong=_edit("move_step", _STEP, "step: if", "place: last if"),
    right=_edit("move_step", _STEP, "step: add_note", "place: first"),
)

NOT_READ = Code(
    number="E810",
    summary="a line that cannot be read is in the way",
    message="Line {line} cannot be read and is concerned by this change",
    explanation="The operation would have to change a line that has a fault of syntax, or could not tell whether it "
    "must. Mend that line first.",
    wrong=_edit("rename", "in: let size", "to: most", file="let size = 3\nlet wide = size >\n"),
    right=_edit("rename", "in: let size", "to: most", file="let size = 3\nlet wide = size > 2\n"),
)

WHICH_BLOCK = Code(
    number="E811",
    summary="which block is meant must be said",
    message="`{step}` has several blocks: {blocks}",
    explanation="Unwrapping keeps the steps of one block. A step of several asks which one to keep.",
    wrong=_edit(
        "unwrap_step",
        _STEP,
        "step: if",
        file=_FILE.replace('      log "big"\n', '      log "big"\n    else\n      stop\n'),
    ),
    right=_edit("unwrap_step", _STEP, "step: if"),
)

CELLS_MISMATCH = Code(
    number="E812",
    summary="a row does not have a cell for each column",
    message="The row given has {found} cells, and the table has {expected} columns, its result among them",
    explanation="A row has one cell for each column of the table and one for the result.",
    wrong=_edit("insert_row", "in: table fee", "cells: > 500 | 2 | 1", "at: 1", file=_TABLE),
    right=_edit("insert_row", "in: table fee", "cells: > 500 | 3", "at: 1", file=_TABLE),
)
