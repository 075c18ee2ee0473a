"""Which rules a test runs: those of its file, those that it names, and the sequences that these use."""

from __future__ import annotations

from collections.abc import Iterable

from treadle.dsl import graph as g
from treadle.dsl.trial import Given, Trial


class Reach:
    """Finds them among the graphs of all files."""

    def __init__(self, graphs: Iterable[g.Graph]) -> None:
        self._all = tuple(graphs)
        self._sequences = {each.name: each for each in self._all if each.kind == "sequence"}
        self._of_file: dict[str, dict[str, g.Graph]] = {}

    def of(self, trial: Trial) -> tuple[g.Graph, ...]:
        """The graphs of one test."""
        found = self._files(trial.file)
        by_hand = {line.rule for line in trial.lines if isinstance(line, Given) and line.rule is not None}
        named = {f"rule {each.name}": each for each in self._all if each.kind == "rule" and each.name in by_hand}
        return tuple((self._with(found | named) if named.keys() - found.keys() else found).values())

    def _files(self, file: str) -> dict[str, g.Graph]:
        if file not in self._of_file:
            own = {f"{each.kind} {each.name}": each for each in self._all if each.file == file}
            self._of_file[file] = self._with(own)
        return self._of_file[file]

    def _with(self, found: dict[str, g.Graph]) -> dict[str, g.Graph]:
        """With the sequences that are started, run or ended, and those that these use."""
        found = dict(found)
        open_ = list(found.values())
        while open_:
            for node in open_.pop().nodes.values():
                if not isinstance(node, g.Start | g.Run | g.Cancel):
                    continue
                used = self._sequences.get(node.sequence)
                if used is not None and f"sequence {used.name}" not in found:
                    found[f"sequence {used.name}"] = used
                    open_.append(used)
        return found
