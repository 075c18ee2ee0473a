"""Files and operations on them, made up from what stands in the files: sensible ones, and ones that must be refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from hypothesis import strategies as st
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.editing.reading import FILE, edit_cases
from tests.dsl.harness import cases

from treadle.dsl.editing import AnyOperation, addresses, read_operation
from treadle.dsl.editing.refs import DeclRef, Kind
from treadle.dsl.editing.source import reference
from treadle.dsl.nodes import Decl, RuleDecl, SequenceDecl, TableDecl
from treadle.dsl.parser import parse
from treadle.dsl.project import Project

SAMPLES = [path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "samples").rglob("*.rule")]
_CASES = [case.text for folder in ("format", "parse", "check") for case in cases(folder)]
WHOLE = [re.sub(r"  # !.*", "", text) for text in [*SAMPLES, *_CASES, *(case.files[FILE] for case in edit_cases())]]
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_WORDS = sorted({word for text in WHOLE for word in _TOKEN.findall(text)})
_STEPS = ['log "new"', "if 1 > 2\n  stop", "new = 1 + 1  # a note", 'log """\n  deep\n    deeper\n"""', "x", "rule", ""]
_VALUES = ["1", '"new {1 + 1}"', "lead.id", "[\n  1,\n]", "1)", "1  # no", "", "a, b: 1"]
_CLAUSES = ["off", "where 1 > 2", "priority 3", "at most 3 per hour", "once per 1\n", "do", "where 1\n  and 2 > 1"]
_NAMES = ["fresh", "lead", "when", "a b", "kommo"]
_MEMBERS = ["fresh: int", "turns 3", "every 1 May", "after 1 day", "at"]
_COMMENTS = ["why", "# why\nand how", None]


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A text of ours with some words replaced, removed or doubled."""
    words = _TOKEN.findall(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(words) - 1))
        words[at] = draw(st.sampled_from(["", words[at] * 2, *_WORDS]))
    return "".join(words)


@st.composite
def spaced(draw: st.DrawFn) -> str:
    """A text of ours with empty lines and comments put between its lines."""
    lines = draw(st.sampled_from(WHOLE)).split("\n")
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(lines) - 1))
        lines.insert(at, draw(st.sampled_from(["", "# a", "  # b", "    # c", "      # d", "        # e"])))
    return "\n".join(lines)


TEXTS = st.one_of(st.sampled_from(WHOLE), spaced(), damaged())


@st.composite
def operations(draw: st.DrawFn, text: str) -> AnyOperation | None:
    """An operation for a text; None when there is nothing in it."""
    decls = parse(text, FILE).module.decls
    if not decls:
        return None
    rules = [decl for decl in decls if isinstance(decl, RuleDecl | SequenceDecl)]
    decl = draw(st.sampled_from([*decls, *rules, *rules, *rules]))
    kinds = [_on_any]
    kinds += [_on_steps, _on_steps, _on_steps, _on_header] if isinstance(decl, RuleDecl | SequenceDecl) else []
    kinds += [_on_table, _on_table] if isinstance(decl, TableDecl) else []
    ref = reference(decl)
    if ref.kind not in get_args(Kind):
        return None
    fields = draw(st.sampled_from(kinds))(draw, text, decl, ref)
    return read_operation({"decl": {"kind": ref.kind, "name": ref.name}, **fields}) if fields else None


def _on_any(draw: st.DrawFn, text: str, decl: Decl, ref: DeclRef) -> dict[str, Any]:
    name, local = draw(st.sampled_from(_NAMES)), draw(st.sampled_from([*_NAMES, "change", "x"]))
    chosen = [
        {"op": "remove_declaration"},
        {"op": "replace_declaration", "text": "let fresh = 1  # new"},
        {"op": "rename", "to": name},
        {"op": "rename", "to": name, "local": local},
        {"op": "set_connection", "connection": draw(st.sampled_from([None, 'the "x"']))},
        {"op": "remove_member", "number": draw(st.integers(1, 3))},
        {"op": "set_member", "number": draw(st.sampled_from([None, 1, 2])), "text": draw(st.sampled_from(_MEMBERS))},
        {"number": draw(st.sampled_from([None, None, 1, 2])), **_comment(draw)},
    ]
    return draw(st.sampled_from(chosen))


def _comment(draw: st.DrawFn) -> dict[str, Any]:
    where = draw(st.sampled_from(["above", "end"]))
    return {"op": "set_comment", "text": draw(st.sampled_from(_COMMENTS)), "where": where}


def _on_steps(draw: st.DrawFn, text: str, decl: Decl, ref: DeclRef) -> dict[str, Any]:
    ids = list(addresses(Project(CATALOGUE, {FILE: text}), FILE, ref))
    if not ids:
        return {"op": "insert_step", "text": "stop"}
    step, other = draw(st.sampled_from(ids)), draw(st.sampled_from(ids))
    block = draw(st.sampled_from([None, "body", "arm_1", "arm_2", "else", "on_error", "on_timeout"]))
    where = draw(st.sampled_from(["before", "after", "first", "last"]))
    inside = where in ("first", "last")
    place = {"where": where, "step": draw(st.sampled_from([other, None] if inside else [other])), "block": block}
    wrapper = draw(st.sampled_from(["if", "try", "together", "for_each"]))
    head = {"if": "1 > 2", "for_each": "fresh in [1]"}.get(wrapper, "")
    words = draw(st.sampled_from(_STEPS))
    name, value = draw(st.sampled_from(["text", "lead_id", "new"])), draw(st.sampled_from([None, *_VALUES]))
    chosen: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"op": "insert_step", "text": words, "place": place},
                {"op": "remove_step"},
                {"op": "move_step", "place": place},
                {"op": "move_step", "place": place},
                {"op": "wrap_steps", "wrapper": wrapper, "head": head, "last": draw(st.sampled_from([None, other]))},
                {"op": "unwrap_step", "keep": block},
                {"op": "remove_branch", "block": block or "else"},
                {"op": "set_label", "label": draw(st.sampled_from(["fresh", None, other]))},
                {"op": "set_line", "text": words, "block": block},
                {"op": "set_argument", "name": name, "value": value},
                _comment(draw),
            ]
        )
    )
    return {"step": step, **chosen} if chosen["op"] != "insert_step" else chosen


def _on_header(draw: st.DrawFn, text: str, decl: Decl, ref: DeclRef) -> dict[str, Any]:
    kind = draw(st.sampled_from(["off", "when", "where", "once", "stop_when", "priority", "only_during"]))
    return draw(  # type: ignore[no-any-return]
        st.sampled_from(
            [
                {"op": "set_clause", "text": draw(st.sampled_from(_CLAUSES))},
                {"op": "remove_clause", "clause": kind},
                {"op": "set_off", "off": True},
                {"op": "set_off", "off": False},
            ]
        )
    )


def _on_table(draw: st.DrawFn, text: str, decl: Decl, ref: DeclRef) -> dict[str, Any]:
    assert isinstance(decl, TableDecl)
    columns = [*(each.text for each in decl.columns), "->"]
    number, column = st.integers(1, len(decl.rows) + 1), draw(st.sampled_from(columns))
    return draw(  # type: ignore[no-any-return]
        st.sampled_from(
            [
                {"op": "insert_row", "at": draw(number), "cells": ["_" for _ in columns[1:]] + ["1"]},
                {"op": "remove_row", "row": draw(number)},
                {"op": "move_row", "row": draw(number), "to": draw(number)},
                {"op": "set_cell", "row": draw(number), "column": column, "text": draw(st.sampled_from(_VALUES))},
                {"op": "insert_column", "name": "fresh", "type": "text?", "at": draw(st.sampled_from([None, 1]))},
                {"op": "remove_column", "column": column},
                {"op": "move_column", "column": column, "to": draw(st.integers(1, 3))},
            ]
        )
    )
