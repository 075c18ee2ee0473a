"""The laws that hold for every text. Each raises `Broken`, or whatever the platform raised and should not have."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from xml.etree import ElementTree

from tests.dsl.catalogue import CATALOGUE

from fuzz.playing import play
from fuzz.rewriting import rewrite
from treadle.dsl import services
from treadle.dsl.compiling import Compiled
from treadle.dsl.cross_codes import MAY_LOOP
from treadle.dsl.diagnostics import Position, render
from treadle.dsl.evaluator.matching import compile_where
from treadle.dsl.facade import compile_files, graph_json, mermaid, svg
from treadle.dsl.formatter import format_text, proof
from treadle.dsl.nodes import BrokenDecl
from treadle.dsl.parser import parse
from treadle.dsl.parser.blocks import BOM, cut
from treadle.dsl.project import Project
from treadle.runtime.virtual import Endless

FILE = "a.rule"


class Broken(AssertionError):
    """A law does not hold for a text."""


def require(holds: object, law: str) -> None:
    """Raises `Broken`, naming the law."""
    if not holds:
        raise Broken(law)


def reads(text: str, dice: Random) -> None:
    """The tree holds the text; what lies between declarations is blank or comment; findings lie in the text."""
    parsed = parse(text, FILE)
    require(parsed.module.text == text, "the tree has another text")
    end = 0
    for block in cut(text):
        gap = text[end : block.start].replace(BOM, "")
        lines = [line.strip(" \t\r") for line in gap.split("\n")]
        require(all(not line or line.startswith("#") for line in lines), "text between blocks")
        end = block.end
    for found in parsed.diagnostics:
        require(0 <= found.span.start <= found.span.end <= len(text), "a finding outside of the text")
        render(found, text)


def formats(text: str, dice: Random) -> None:
    """Formatting again changes nothing; the tree and the comments stay."""
    once = format_text(text).text
    require(format_text(once).text == once, "formatting twice is not formatting once")
    require(_tree(once) == _tree(text), "formatting changed the tree")
    require(once.count("#") == text.count("#"), "formatting lost a comment")


def _tree(text: str) -> list[object]:
    return [proof.shape(decl) for decl in parse(text).module.decls if not isinstance(decl, BrokenDecl)]


def checks(text: str, dice: Random) -> None:
    """Checking ends; what is lowered can be stored, drawn and matched; what is clean can be played."""
    compiled = compile_files({FILE: text}, CATALOGUE)
    require((compiled.program is None) == bool(compiled.errors), "errors and a program, or neither")
    for found in compiled.diagnostics:
        require(0 <= found.span.start <= found.span.end <= len(text), "a finding outside of the text")
        render(found, text)
    for graph in compiled.partial:
        require(len(graph.version()) == 32, "a version of another length")
        require(graph_json(graph).startswith(b"{"), "a graph that is no object")
        require(mermaid(graph).startswith("flowchart"), "no flowchart")
        compile_where(graph)
    if compiled.partial:
        ElementTree.fromstring(svg(compiled.partial))
    if compiled.program is not None:
        _ends(compiled, dice)


def _ends(compiled: Compiled, dice: Random) -> None:
    """What may go on for ever was warned of."""
    assert compiled.program is not None
    try:
        play(compiled.program, dice)
    except Endless:
        require(any(each.code == MAY_LOOP.number for each in compiled.diagnostics), "endless, and no warning")


def serves(text: str, dice: Random) -> None:
    """What editors ask is answered at any place."""
    project = Project(CATALOGUE, {FILE: text})
    for ask in (services.document_symbols, services.semantic_tokens, services.inlay_hints, services.folds,
                services.formatting, services.graphs, services.diagnostics):  # fmt: skip
        ask(project, FILE)
    lines = text.split("\n")
    for _ in range(3):
        line = dice.randrange(len(lines))
        at = Position(line + 1, dice.randint(1, len(lines[line]) + 2))
        for look in (services.complete, services.signature_help, services.hover, services.definition,
                     services.references, services.highlights):  # fmt: skip
            look(project, FILE, at)
        services.code_actions(project, FILE, at, at)
        try:
            services.rename(project, FILE, at, "renamed")
        except services.Refused:
            continue


def edits(text: str, dice: Random) -> None:
    """An operation changes no byte outside of its edits, and its inverse gives the text back."""
    rewrite(text, dice, require)


LAWS: tuple[Callable[[str, Random], None], ...] = (reads, formats, checks, serves, edits)
