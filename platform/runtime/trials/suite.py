"""Which tests of a set of files can be played. Owns what a fault elsewhere does to a test: it counts as failed."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from treadle.dsl import nodes
from treadle.dsl.checker import CheckedFile
from treadle.dsl.compiling import Build
from treadle.dsl.trial import Trial
from treadle.runtime.trials.outcomes import Failure, Played, Spot


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
    graphs: set[tuple[str, str]] = {(each.kind, each.name) for each in compiled.partial}
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


def _unsound(file: CheckedFile, graphs: set[tuple[str, str]]) -> str | None:
    """Why its rules do not run although the file itself has no error."""
    for each in file.declarations:
        kind = {nodes.RuleDecl: "rule", nodes.SequenceDecl: "sequence"}.get(type(each.decl))
        if kind is None:
            continue
        name = str(each.decl.name.value)  # type: ignore[union-attr]
        if (kind, name) not in graphs:
            return f'{kind} "{name}" needs a file that has errors'
    return None
