"""Edit operations at random, on whatever a file holds, and the laws of editing."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, get_args

from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.editing import Edited, addresses, applied, apply_in, read_operation
from treadle.dsl.editing.refs import Kind
from treadle.dsl.editing.source import reference
from treadle.dsl.parser import parse
from treadle.dsl.project import Project

_FILE = "a.rule"
_STEPS = (
    'log "new"',
    "wait 1 min",
    'if true\n  log "x"\nelse\n  stop',
    "# alone",
    "v = 1",
    "nonsense here",
    "stop",
    "",
)
_WORDS = ("renamed", "lead", "if", "x y", "", 'a"b', "ünï")
_VALUES = ("1", '"x"', "lead.id", "(", "", "1\n2", "# c", '"{lead.name}"')
_CLAUSES = ("priority 5", "where true", "off", "once per 1", "rehearse", "nonsense", "where", "# x")
_CELLS = ("_", "1", "> 3", '"x"', "|", "")
Require = Callable[[object, str], None]


def rewrite(text: str, dice: Random, require: Require) -> None:
    """Three operations, one after the other. Raises what `require` raises, and what the platform raises."""
    for _ in range(3):
        project = Project(CATALOGUE, {_FILE: text})
        found = _operation(project, text, dice)
        if found is None:
            return
        done = apply_in(project, _FILE, read_operation(found))
        if not isinstance(done, Edited):
            require(project.sources[_FILE] == text, f"{found}: refused, and yet another text")
            continue
        require(applied(text, done.edits) == done.text, f"{found}: the edits give another text")
        require(applied(done.text, done.inverse) == text, f"{found}: the inverse gives another text")
        require(parse(done.text).module.text == done.text, f"{found}: the tree has another text")
        text = done.text


def _operation(project: Project, text: str, dice: Random) -> dict[str, Any] | None:
    refs = [ref for decl in parse(text).module.decls if (ref := reference(decl)) and ref.kind in get_args(Kind)]
    if not refs:
        return None
    ref = dice.choice(refs)
    steps = sorted(addresses(project, _FILE, ref)) if ref.kind in ("rule", "sequence") else []
    kinds = list(_ANY) + (list(_OF_TABLE) * 3 if ref.kind == "table" else []) + (list(_OF_STEP) * 3 if steps else [])
    made = dice.choice(kinds)(dice, steps)
    return {**made, "decl": {"kind": ref.kind, "name": ref.name}} if made["op"] != "add_declaration" else made


def _place(dice: Random, steps: list[str]) -> dict[str, Any]:
    block = dice.choice((None, None, "body", "arm_1", "else", "on_error", "on_timeout"))
    where = dice.choice(("before", "after", "first", "last"))
    beside = where in ("before", "after")
    return {"where": where, "step": dice.choice(steps), "block": None if beside else block}


_Make = Callable[[Random, list[str]], dict[str, Any]]
_ANY: tuple[_Make, ...] = (
    lambda dice, _: {
        "op": "set_comment",
        "text": dice.choice((None, "why", "# why", "a\nb", "")),
        "where": dice.choice(("above", "end")),
    },
    lambda dice, _: {"op": "rename", "to": dice.choice(_WORDS)},
    lambda dice, _: {"op": "remove_declaration"},
    lambda dice, _: {"op": "set_off", "off": dice.choice((True, False))},
    lambda dice, _: {"op": "set_clause", "text": dice.choice(_CLAUSES)},
    lambda dice, _: {"op": "remove_clause", "clause": dice.choice(("where", "once", "priority", "when"))},
    lambda dice, _: {
        "op": "replace_declaration",
        "text": dice.choice(("let c1 = 2", 'rule "R"\n  when by hand ()\n  do\n    stop', "x")),
    },
    lambda dice, _: {"op": "add_declaration", "text": dice.choice(("let added = 2", "event added\n  n: int", "x", ""))},
)
_OF_TABLE: tuple[_Make, ...] = (
    lambda dice, _: {
        "op": "insert_row",
        "cells": [dice.choice(_CELLS) for _ in range(3)],
        "at": dice.choice((None, 1, 2, 99)),
    },
    lambda dice, _: {"op": "remove_row", "row": dice.randint(0, 6)},
    lambda dice, _: {"op": "move_row", "row": dice.randint(1, 5), "to": dice.randint(1, 5)},
    lambda dice, _: {
        "op": "set_cell",
        "row": dice.randint(1, 5),
        "column": dice.choice(("who", "n", "->", "q")),
        "text": dice.choice(_CELLS),
    },
    lambda dice, _: {"op": "insert_column", "name": dice.choice(_WORDS), "type": dice.choice(("int", "text", "?"))},
    lambda dice, _: {"op": "remove_column", "column": dice.choice(("who", "n", "->"))},
    lambda dice, _: {"op": "move_column", "column": dice.choice(("who", "n")), "to": dice.randint(1, 3)},
)
_OF_STEP: tuple[_Make, ...] = (
    lambda dice, steps: {
        "op": "set_argument",
        "step": dice.choice(steps),
        "name": dice.choice(("lead_id", "text", "n", "tags")),
        "value": dice.choice((None, *_VALUES)),
    },
    lambda dice, steps: {"op": "set_label", "step": dice.choice(steps), "label": dice.choice((None, *_WORDS))},
    lambda dice, steps: {"op": "set_line", "step": dice.choice(steps), "text": dice.choice(_STEPS)},
    lambda dice, steps: {"op": "insert_step", "text": dice.choice(_STEPS), "place": _place(dice, steps)},
    lambda dice, steps: {"op": "remove_step", "step": dice.choice(steps)},
    lambda dice, steps: {"op": "move_step", "step": dice.choice(steps), "place": _place(dice, steps)},
    lambda dice, steps: {
        "op": "wrap_steps",
        "step": dice.choice(steps),
        "wrapper": dice.choice(("if", "try", "together", "for_each")),
        "head": dice.choice(("true", "x in [1]", "")),
    },
    lambda dice, steps: {"op": "unwrap_step", "step": dice.choice(steps), "keep": dice.choice((None, "body", "else"))},
    lambda dice, steps: {
        "op": "set_comment",
        "step": dice.choice(steps),
        "text": dice.choice((None, "why", "a\nb")),
        "where": dice.choice(("above", "end")),
    },
    lambda dice, steps: {
        "op": "remove_branch",
        "step": dice.choice(steps),
        "block": dice.choice(("else", "arm_2", "on_error")),
    },
)
