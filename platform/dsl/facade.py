"""Texts in, everything else out: what the command line, the API, the editor and the runtime call.

Owns the order of the passes, on one screen: parse, declare, check, compute constants, lower, check across rules.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from treadle.dsl import nodes
from treadle.dsl.analysis.across import check_across
from treadle.dsl.analysis.facts import Facts
from treadle.dsl.analysis.reading import facts_of
from treadle.dsl.analysis.world import World
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.checker import Checked, CheckedFile, check_workspace, declare
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.drawing import mermaid, svg
from treadle.dsl.formatter import Formatted, format_text
from treadle.dsl.graph import Graph, Program
from treadle.dsl.lower import FileValues, Library, Values, lower, lower_trial, realign, records_of
from treadle.dsl.name_codes import OF_THE_ACCOUNT
from treadle.dsl.parser import parse
from treadle.dsl.trial import Trial

__all__ = ["Compiled", "Formatted", "check_text", "compile_files", "format_text", "graph_json", "mermaid", "svg"]


GraphKey = tuple[str, str]
"""`rule` or `sequence`, and the name: what the graphs of two versions have in common."""

NO_GRAPHS: Mapping[GraphKey, Graph] = MappingProxyType({})


class Compiled(msgspec.Struct, frozen=True):
    """What a set of files compiles to. `program` is None when there is an error.

    `partial` are the graphs of those rules and sequences that have no error themselves and need nothing that has one;
    with a program they are all of its graphs. `trials` are the tests of which this is true. `diagnostics` are sorted by
    file and place.
    """

    diagnostics: tuple[Diagnostic, ...]
    program: Program | None
    partial: tuple[Graph, ...]
    trials: tuple[Trial, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that are errors."""
        return tuple(each for each in self.diagnostics if each.severity == "error")


def compile_files(
    sources: Mapping[str, str], catalogue: Catalogue, previous: Mapping[GraphKey, Graph] = NO_GRAPHS
) -> Compiled:
    """Check a set of files together; `sources` maps paths, as they are shown, to texts. Never raises on a text.

    Steps keep the ids that they have in `previous`, the graphs of the version before.
    """
    parsed = [parse(text, file) for file, text in sorted(sources.items())]
    workspace = declare([each.module for each in parsed], catalogue)
    checked = check_workspace(workspace)
    values = Values(checked, catalogue.zone)
    found: list[Diagnostic] = []
    graphs: list[Graph] = []
    trials: list[Trial] = []
    facts: list[Facts] = []
    records, world = records_of(catalogue), World(catalogue)
    for tree, file in zip(parsed, checked.files, strict=True):
        of_file = [*tree.diagnostics, *_findings(file)]
        found += of_file
        own = values.of(file.scope)
        sound = {id(each) for each in _fit(file, own, of_file)}
        for each in _fit(file, own, [each for each in of_file if each.code not in OF_THE_ACCOUNT]):
            if isinstance(each.decl, nodes.TestDecl) and id(each) in sound:
                trials.append(lower_trial(each, own, records))
            elif isinstance(each.decl, nodes.RuleDecl | nodes.SequenceDecl):
                made = lower(file.scope, each, own)
                facts.append(facts_of(made, world))
                before = previous.get((made.kind, made.name))
                if id(each) in sound:
                    graphs.append(realign(made, before) if before is not None else made)
    found += check_across(facts, values.library.limits)
    diagnostics = tuple(sorted(found, key=lambda each: (each.file, each.span.start, each.code)))
    fine = all(each.severity != "error" for each in diagnostics)
    program = _program(sources, graphs, values.library) if fine else None
    return Compiled(diagnostics, program, tuple(graphs), tuple(trials))


def _program(sources: Mapping[str, str], graphs: list[Graph], library: Library) -> Program:
    digests = {file: _digest(text) for file, text in sorted(sources.items())}
    return Program(digests, tuple(graphs), tuple(library.limits), library.events)


def check_text(text: str, file: str, catalogue: Catalogue) -> tuple[Diagnostic, ...]:
    """What is wrong with one file on its own."""
    return compile_files({file: text}, catalogue).diagnostics


def graph_json(graph: Graph) -> bytes:
    """The graph as JSON, read back by `msgspec.json.decode(data, type=Graph)`."""
    return msgspec.json.encode(graph)


def _findings(file: CheckedFile) -> list[Diagnostic]:
    return [*file.scope.desk.found.values(), *(each for decl in file.declarations for each in decl.diagnostics)]


def _fit(file: CheckedFile, values: FileValues, found: list[Diagnostic]) -> list[Checked]:
    """The declarations without an error that need nothing that has one."""
    faults = sorted(each.span.start for each in found if each.severity == "error")
    return [
        each
        for each in file.declarations
        if each.complete
        and not each.tables.unresolved
        and bisect_left(faults, each.decl.span.start) == bisect_right(faults, each.decl.span.end)
        and values.usable(each)
        and values.library.has(each.decl)
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
