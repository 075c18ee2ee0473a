"""The order of the passes, on one screen: parse, declare, check, compute constants, lower, check across rules."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from treadle.dsl import nodes
from treadle.dsl.analysis.across import check_across
from treadle.dsl.analysis.facts import Facts
from treadle.dsl.analysis.reading import facts_of
from treadle.dsl.analysis.world import World
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.checker import Checked, CheckedFile, CheckedWorkspace, check_workspace, declare
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.graph import Graph, Limit, Program
from treadle.dsl.lower import FileValues, Library, Values, lower, lower_trial, realign, records_of
from treadle.dsl.memory import Lowered, Made, Memory
from treadle.dsl.name_codes import OF_THE_ACCOUNT
from treadle.dsl.outlook import outlooks
from treadle.dsl.shortening import shortened
from treadle.dsl.spans import Span
from treadle.dsl.step_codes import NOT_CHECKED
from treadle.dsl.trial import Trial
from treadle.dsl.trial_values import report_valueless

GraphKey = tuple[str, str]
"""`rule` or `sequence`, and the name: what the graphs of two versions have in common."""

NO_GRAPHS: Mapping[GraphKey, Graph] = MappingProxyType({})
_RUNNING = frozenset((nodes.RuleDecl, nodes.SequenceDecl))


class Compiled(msgspec.Struct, frozen=True):
    """What a set of files compiles to. `program` is None when there is an error.

    `partial` are the graphs of those rules and sequences that have no error themselves and need nothing that has one;
    with a program they are all of its graphs. `trials` and `limits` are the tests and limits of which this is true.
    `diagnostics` are sorted by file and place; of a file with very many the first are there, and how many more.
    """

    diagnostics: tuple[Diagnostic, ...]
    program: Program | None
    partial: tuple[Graph, ...]
    trials: tuple[Trial, ...] = ()
    limits: tuple[Limit, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that are errors."""
        return tuple(each for each in self.diagnostics if each.severity == "error")


class Build(msgspec.Struct, frozen=True):
    """A compilation with all that it found out on the way, for the services of editors."""

    compiled: Compiled
    workspace: CheckedWorkspace


def build(
    sources: Mapping[str, str],
    catalogue: Catalogue,
    previous: Mapping[GraphKey, Graph] = NO_GRAPHS,
    memory: Memory | None = None,
) -> Build:
    """Check a set of files together; `sources` maps paths, as they are shown, to texts. Never raises on a text.

    Steps keep the ids that they have in `previous`, the graphs of the version before. `memory` must be that of this
    catalogue; what it remembers is not worked out again, and the answer is the same.
    """
    memory = memory or Memory()
    sound = _check(sources, catalogue, memory)
    lowering = _Lowering(catalogue, sound.values, previous, memory)
    for file, found in sound.files:
        lowering.file(file, found)
    diagnostics = _diagnostics(sound, lowering.facts)
    fine = all(each.severity != "error" for each in diagnostics)
    library = sound.values.library
    program = _program(sources, lowering.graphs, library) if fine else None
    made = (tuple(lowering.graphs), tuple(lowering.trials), tuple(library.limits))
    return Build(Compiled(shortened(diagnostics), program, *made), sound.workspace)


Share = Callable[[Callable[[int], list[Facts]], int], Iterable[list[Facts]]]
"""Calls a function with all numbers below one, and gives what it returned in that order."""


def _here(work: Callable[[int], list[Facts]], count: int) -> Iterable[list[Facts]]:
    return map(work, range(count))


def diagnose(
    sources: Mapping[str, str], catalogue: Catalogue, memory: Memory | None = None, share: Share = _here
) -> tuple[Diagnostic, ...]:
    """The diagnostics of `build`, where nothing else is wanted. `share` may have a part of the work done elsewhere."""
    memory = memory or Memory()
    sound = _check(sources, catalogue, memory)
    lowering = _Lowering(catalogue, sound.values, NO_GRAPHS, memory)
    parts = share(lambda at: lowering.facts_of(*sound.files[at]), len(sound.files))
    return shortened(_diagnostics(sound, [each for part in parts for each in part]))


class _Sound(msgspec.Struct, frozen=True):
    """All files checked by themselves, each with what is wrong in it."""

    workspace: CheckedWorkspace
    values: Values
    files: list[tuple[CheckedFile, list[Diagnostic]]]


def _check(sources: Mapping[str, str], catalogue: Catalogue, memory: Memory) -> _Sound:
    trees = [memory.parse(text, file) for file, text in sorted(sources.items())]
    workspace = declare([each.module for each in trees], catalogue)
    seen = outlooks(workspace, memory.glances)
    checked = check_workspace(workspace, memory.checked(seen))
    memory.keep(checked, seen)
    values = Values(checked, catalogue.zone, memory.constants)
    _check_values(checked, values, memory)
    found = [[*tree.diagnostics, *_findings(file)] for tree, file in zip(trees, checked.files, strict=True)]
    return _Sound(checked, values, list(zip(checked.files, found, strict=True)))


def _check_values(workspace: CheckedWorkspace, values: Values, memory: Memory) -> None:
    for file in workspace.files:
        for each in file.declarations:
            if each.decl.__class__ is nodes.TestDecl and memory.trial(each) is None:
                report_valueless(each, values.of(file.scope))


def _diagnostics(sound: _Sound, facts: Sequence[Facts]) -> tuple[Diagnostic, ...]:
    found = [each for _, of_file in sound.files for each in of_file]
    found += check_across(facts, sound.values.library.limits)
    return tuple(sorted(_once_a_connection(found), key=lambda each: (each.file, each.span.start, each.code)))


class _Lowering:
    """Makes the graphs and the tests of files, one after the other."""

    def __init__(
        self, catalogue: Catalogue, values: Values, previous: Mapping[GraphKey, Graph], memory: Memory
    ) -> None:
        self._values, self._previous, self._memory = values, previous, memory
        self._records, self._world = records_of(catalogue), World(catalogue)
        self.graphs: list[Graph] = []
        self.trials: list[Trial] = []
        self.facts: list[Facts] = []

    def facts_of(self, file: CheckedFile, found: list[Diagnostic]) -> list[Facts]:
        """Those of the rules and sequences of a file."""
        own = self._values.of(file.scope)
        fit = _fit(file, own, [each for each in found if each.code not in OF_THE_ACCOUNT])
        return [self._made(file, each, own).facts for each in fit if each.decl.__class__ in _RUNNING]

    def file(self, file: CheckedFile, found: list[Diagnostic]) -> None:
        """Those of one file."""
        fine = self._values.whole and all(each.severity != "error" for each in found)
        made = self._memory.lowered(file, self._previous) if fine else None
        if made is None:
            made = self._lowered(file, found)
            if fine:
                self._memory.keep_lowered(file, self._previous, made)
        self.facts += made.facts
        self.graphs += made.graphs
        self.trials += made.trials

    def _lowered(self, file: CheckedFile, found: list[Diagnostic]) -> Lowered:
        """What only an account lacks is looked at with the others, and does not run."""
        made = Lowered()
        own = self._values.of(file.scope)
        fit = _fit(file, own, [each for each in found if each.code not in OF_THE_ACCOUNT])
        lacking = any(each.code in OF_THE_ACCOUNT for each in found)
        sound = {id(each) for each in (_fit(file, own, found) if lacking else fit)}
        for each in fit:
            kind = each.decl.__class__
            if kind is nodes.TestDecl and id(each) in sound:
                made.trials.append(self._trial(each, own))
            elif kind in _RUNNING:
                running = self._made(file, each, own)
                made.facts.append(running.facts)
                if id(each) in sound:
                    made.graphs.append(self._aligned(each, running.graph))
        return made

    def _made(self, file: CheckedFile, checked: Checked, own: FileValues) -> Made:
        known = self._memory.made(checked)
        if known is None:
            graph = lower(file.scope, checked, own)
            known = Made(graph, facts_of(graph, self._world))
            self._memory.keep_made(checked, known)
        return known

    def _trial(self, checked: Checked, own: FileValues) -> Trial:
        known = self._memory.trial(checked)
        if known is None:
            known = lower_trial(checked, own, self._records)
            self._memory.keep_trial(checked, known)
        return known

    def _aligned(self, checked: Checked, made: Graph) -> Graph:
        before = self._previous.get((made.kind, made.name))
        if before is None:
            return made
        known = self._memory.aligned(checked, made, before)
        if known is None:
            known = realign(made, before)
            self._memory.keep_aligned(checked, made, before, known)
        return known


def _program(sources: Mapping[str, str], graphs: list[Graph], library: Library) -> Program:
    digests = {file: _digest(text) for file, text in sorted(sources.items())}
    return Program(digests, tuple(graphs), tuple(library.limits), library.events)


def _findings(file: CheckedFile) -> list[Diagnostic]:
    return [*file.scope.desk.found.values(), *(each for decl in file.declarations for each in decl.diagnostics)]


def _once_a_connection(found: Iterable[Diagnostic]) -> Iterable[Diagnostic]:
    """What cannot be checked without a connection is said once for all that need it."""
    said: set[str] = set()
    for each in found:
        if each.code == NOT_CHECKED.number:
            if each.message in said:
                continue
            said.add(each.message)
        yield each


def _fit(file: CheckedFile, values: FileValues, found: list[Diagnostic]) -> list[Checked]:
    """The declarations without an error that need nothing that has one."""
    faults = sorted(each.span.start for each in found if each.severity == "error")
    return [
        each
        for each in file.declarations
        if each.complete
        and not each.tables.unresolved
        and not (faults and _holds(each.decl.span, faults))
        and values.usable(each)
        and values.library.has(each)
    ]


def _holds(span: Span, places: Sequence[int]) -> bool:
    """Whether one of the ascending places lies in the span."""
    return bisect_left(places, span.start) != bisect_right(places, span.end)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
