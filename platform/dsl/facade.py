"""Texts in, everything else out: what the command line, the API, the editor and the runtime call.

Owns the order of the passes, on one screen: parse, declare, check, compute constants, lower.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping

import msgspec

from treadle.dsl import nodes
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.checker import CheckedFile, check_workspace, declare
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.drawing import mermaid, svg
from treadle.dsl.formatter import Formatted, format_text
from treadle.dsl.graph import Graph, Program
from treadle.dsl.lower import FileValues, Values, lower
from treadle.dsl.parser import parse

__all__ = ["Compiled", "Formatted", "check_text", "compile_files", "format_text", "graph_json", "mermaid", "svg"]


class Compiled(msgspec.Struct, frozen=True):
    """What a set of files compiles to. `program` is None when there is an error.

    `partial` are the graphs of those rules and sequences that have no error themselves and need nothing that has one;
    with a program they are all of its graphs. `diagnostics` are sorted by file and place.
    """

    diagnostics: tuple[Diagnostic, ...]
    program: Program | None
    partial: tuple[Graph, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that are errors."""
        return tuple(each for each in self.diagnostics if each.severity == "error")


def compile_files(sources: Mapping[str, str], catalogue: Catalogue) -> Compiled:
    """Check a set of files together; `sources` maps paths, as they are shown, to texts. Never raises on a text."""
    parsed = [parse(text, file) for file, text in sorted(sources.items())]
    workspace = declare([each.module for each in parsed], catalogue)
    checked = check_workspace(workspace)
    values = Values(checked, catalogue.zone)
    found: list[Diagnostic] = []
    graphs: list[Graph] = []
    for tree, file in zip(parsed, checked.files, strict=True):
        of_file = [*tree.diagnostics, *_findings(file)]
        found += of_file
        graphs += _graphs(file, values.of(file.scope), of_file)
    diagnostics = tuple(sorted(found, key=lambda each: (each.file, each.span.start, each.code)))
    fine = all(each.severity != "error" for each in diagnostics)
    program = Program({file: _digest(text) for file, text in sorted(sources.items())}, tuple(graphs)) if fine else None
    return Compiled(diagnostics, program, tuple(graphs))


def check_text(text: str, file: str, catalogue: Catalogue) -> tuple[Diagnostic, ...]:
    """What is wrong with one file on its own."""
    return compile_files({file: text}, catalogue).diagnostics


def graph_json(graph: Graph) -> bytes:
    """The graph as JSON, read back by `msgspec.json.decode(data, type=Graph)`."""
    return msgspec.json.encode(graph)


def _findings(file: CheckedFile) -> list[Diagnostic]:
    return [*file.scope.desk.found.values(), *(each for decl in file.declarations for each in decl.diagnostics)]


def _graphs(file: CheckedFile, values: FileValues, found: list[Diagnostic]) -> list[Graph]:
    faults = sorted(each.span.start for each in found if each.severity == "error")
    return [
        lower(file.scope, checked, values)
        for checked in file.declarations
        if isinstance(checked.decl, nodes.RuleDecl | nodes.SequenceDecl)
        and checked.complete
        and not checked.tables.unresolved
        and bisect_left(faults, checked.decl.span.start) == bisect_right(faults, checked.decl.span.end)
        and values.usable(checked)
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
