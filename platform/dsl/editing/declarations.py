"""Whole declarations put in, taken out and written anew. Owns the empty lines between them and where each kind goes."""

from __future__ import annotations

from treadle.dsl import nodes
from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.editing import given, margins
from treadle.dsl.editing.operations import AddDeclaration, RemoveDeclaration, ReplaceDeclaration
from treadle.dsl.editing.regions import end_of, start_of
from treadle.dsl.editing.source import Source, Target
from treadle.dsl.parser import parse

_FIRST = ("edition", "use")


def add(source: Source, op: AddDeclaration) -> list[TextEdit]:
    """Declarations given as text."""
    lines = given.declarations(op.text, source.file)
    new = parse("\n".join(lines) + "\n").module.decls
    if op.anchor is not None:
        anchor = source.find(op.anchor)
        at = start_of(anchor, anchor.root) if op.before else end_of(anchor, anchor.root)
        return [_between(source.text, at, lines, single=_is_single(anchor.decl) and all(map(_is_single, new)))]
    rank = min((_rank(each) for each in new), default=len(_FIRST))
    before = [at for at, decl in enumerate(source.module.decls) if _rank(decl) <= rank]
    if before and rank < len(_FIRST):
        target = source.target(before[-1])
        return [_between(source.text, end_of(target, target.root), lines, single=all(map(_is_single, new)))]
    if source.module.decls and rank < len(_FIRST):
        target = source.target(0)
        return [_between(source.text, start_of(target, target.root), lines, single=False)]
    return [_between(source.text, len(source.text), lines, single=False)]


def _rank(decl: nodes.Decl) -> int:
    return 0 if isinstance(decl, nodes.Edition) else 1 if isinstance(decl, nodes.Use) else len(_FIRST)


def _is_single(decl: nodes.Decl) -> bool:
    """Whether declarations of this kind stand right below each other."""
    return isinstance(decl, nodes.Use | nodes.Let)


def _between(text: str, at: int, lines: list[str], *, single: bool) -> TextEdit:
    """Put lines in, with an empty line above and below where there is something."""
    above = at > margins.floor(text) and margins.blank_above(text, at) == at
    below = at < len(text) and margins.blank_below(text, at) == at
    apart = [""] if not single else []
    return margins.insert_lines(text, at, [*(apart if above else []), *lines, *(apart if below else [])])


def remove(target: Target, op: RemoveDeclaration) -> list[TextEdit]:
    """A declaration with the comments right above it."""
    text = target.text
    start, end = start_of(target, target.root), end_of(target, target.root)
    blank_start, blank_end = margins.blank_above(text, start), margins.blank_below(text, end)
    if blank_end == len(text):
        return [margins.remove_lines(text, blank_start, blank_end)]
    if blank_start < start or start == margins.floor(text):
        end = blank_end
    return [margins.remove_lines(text, start, end)]


def replace(target: Target, op: ReplaceDeclaration) -> list[TextEdit]:
    """Another text in the place of a declaration."""
    lines = given.declaration(op.text, target.source.file)
    end = margins.feed(target.text, target.block.end)
    last = margins.code_end(target.text, end_of(target, target.root) - 1)
    return [TextEdit(target.block.start, last, end.join(lines))]
