"""Which tests of a set of files can be played. Owns what a fault elsewhere does to a test: it counts as failed."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from treadle.dsl import nodes
from treadle.dsl.checker import CheckedFile
from treadle.dsl.compiling import Build
from treadle.dsl.graph import Graph, Run, Start
from treadle.dsl.trial import Trial
from treadle.runtime.trials.outcomes import Failure, Played, Spot

Graphs = dict[tuple[str, str], Graph]
"""By kind and name."""


class Suite(msgspec.Struct, frozen=True):
    """`trials` can be played, `blocked` count as failed; both in the order of files and lines."""

    trials: tuple[Trial, ...]
    blocked: tuple[Played, ...]

    def __len__(self) -> int:
        return len(self.trials) + len(self.blocked)

    def matching(self, words: str) -> Suite:
        """Those whose file and name hold all of these words, whatever their case."""
        wanted = words.casefold().split()

        def fits(test: Trial | Played) -> bool:
            told = f"{test.file} {test.name}".casefold()
            return all(word in told for word in wanted)

        return Suite(tuple(filter(fits, self.trials)), tuple(filter(fits, self.blocked)))


def suite_of(build: Build) -> Suite:
    """The tests of the files."""
    compiled = build.compiled
    faulty = {each.file for each in compiled.errors}
    graphs: Graphs = {(each.kind, each.name): each for each in compiled.partial}
    trials = {(each.file, each.span.start): each for each in compiled.trials}
    playable: list[Trial] = []
    blocked: list[Played] = []
    for file in build.workspace.files:
        path = file.scope.module.file
        why = "this file has errors" if path in faulty else _unsound(file, graphs)
        for decl in _tests(file):
            trial = trials.get((path, decl.span.start))
            if trial is not None and why is None:
                playable.append(trial)
            else:
                failure = Failure(message=why or "it needs a file that has errors", spot=Spot(path, decl.name.span))
                blocked.append(Played(name=str(decl.name.value), file=path, span=decl.span, failure=failure))
    return Suite(tuple(playable), tuple(blocked))


def _tests(file: CheckedFile) -> Iterator[nodes.TestDecl]:
    return (each.decl for each in file.declarations if isinstance(each.decl, nodes.TestDecl))


def _unsound(file: CheckedFile, graphs: Graphs) -> str | None:
    """Why its rules do not run although the file itself has no error."""
    open_: list[tuple[str, str]] = []
    for each in file.declarations:
        kind = {nodes.RuleDecl: "rule", nodes.SequenceDecl: "sequence"}.get(type(each.decl))
        if kind is not None:
            open_.append((kind, str(each.decl.name.value)))  # type: ignore[union-attr]
    seen: set[tuple[str, str]] = set()
    while open_:
        key = open_.pop()
        if key not in graphs:
            return f'{key[0]} "{key[1]}" needs a file that has errors, or stands in one'
        if key not in seen:
            seen.add(key)
            started = (each for each in graphs[key].nodes.values() if isinstance(each, Start | Run))
            open_ += [("sequence", each.sequence) for each in started]
    return None
