"""Header clauses of rules and sequences. Owns which kinds stand once, and where a new one goes: in canonical order."""

from __future__ import annotations

from typing import get_args

from treadle.dsl import nodes
from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.editing import given, margins
from treadle.dsl.editing.lines import joined
from treadle.dsl.editing.operations import ClauseKind, RemoveClause, SetClause, SetOff
from treadle.dsl.editing.regions import end_of, head_end, removal
from treadle.dsl.editing.source import Target, no_part
from treadle.dsl.parser import constructs
from treadle.dsl.parser.layout import Line

_ORDER: tuple[str, ...] = get_args(ClauseKind)
_SEVERAL = ("when", "stop_when")


def set_clause(target: Target, op: SetClause) -> list[TextEdit]:
    """Write a clause, or write one anew."""
    _, lines = given.clause(op.text, target.source.file)
    kind = _kind(lines[0]) or ""
    known = _clauses(target, kind)
    number = op.number if op.number is not None else len(known) + 1 if kind in _SEVERAL else 1
    if 0 < number <= len(known):
        line = known[number - 1]
        return [TextEdit(target.at(line.scan.start), target.at(line.scan.end), joined(target, line, lines))]
    if number != len(known) + 1 or (known and kind not in _SEVERAL):
        raise no_part(target, f"clause `{kind}` number {number}")
    return [_addition(target, kind, lines)]


def remove_clause(target: Target, op: RemoveClause) -> list[TextEdit]:
    """Take a clause out, with its comments."""
    known = _clauses(target, op.clause)
    if not 0 < op.number <= len(known):
        raise no_part(
            target, f"clause `{op.clause}` number {op.number}", tuple(filter(None, map(_kind, _codes(target))))
        )
    return [removal(target, [known[op.number - 1]], target.root.children)]


def set_off(target: Target, op: SetOff) -> list[TextEdit]:
    """The clause `off`, there or not."""
    known = _clauses(target, "off")
    if op.off:
        return [] if known else [_addition(target, "off", ["off"])]
    return [removal(target, [line], target.root.children) for line in known]


def _addition(target: Target, kind: str, lines: list[str]) -> TextEdit:
    """Behind the last clause that comes before this kind, else right under the head."""
    if not isinstance(target.decl, nodes.RuleDecl | nodes.SequenceDecl):
        raise no_part(target, "header clauses")
    before = [line for line in _headers(target) if _rank(_kind(target.code(line))) <= _rank(kind)]
    at = end_of(target, before[-1]) if before else head_end(target, target.root)
    indent = target.root.children[0].indent if target.root.children else margins.STEP
    return margins.insert_lines(target.text, at, [margins.deeper(line, indent) for line in lines])


def _clauses(target: Target, kind: str) -> list[Line]:
    return [line for line in _headers(target) if _kind(target.code(line)) == kind]


def _codes(target: Target) -> list[str]:
    return [target.code(line) for line in _headers(target)]


def _headers(target: Target) -> list[Line]:
    if not isinstance(target.decl, nodes.RuleDecl | nodes.SequenceDecl):
        return []
    return [line for line in target.root.children if _kind(target.code(line)) is not None]


def _kind(code: str) -> str | None:
    """The kind of the clause that a line begins, None for any other line."""
    rule = constructs.clause(code)
    if rule == "flag":
        words = code.split()
        return {"stop": "stop_after", "including": "including_own_changes"}.get(words[0], words[0])
    if rule is None:
        return None
    return "when" if rule.startswith("when") else rule


def _rank(kind: str | None) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)
