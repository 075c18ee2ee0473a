"""Which rules a test runs: those of its file, those that it names, and the sequences that these use."""

from __future__ import annotations

from collections.abc import Iterable

from treadle.dsl import graph as g
from treadle.dsl.trial import Given, Trial
from treadle.runtime.machine.program import Program

_Key = tuple[str, str]  # kind and name


class Reach:
    """Finds them among the graphs of all files; each is compiled once."""

    def __init__(self, graphs: Iterable[g.Graph]) -> None:
        self._all = tuple(graphs)
        self._sequences = {each.name: each for each in self._all if each.kind == "sequence"}
        self._programs: dict[_Key, Program] = {}
        self._found: dict[tuple[str, frozenset[str]], tuple[Program, ...]] = {}

    def of(self, trial: Trial) -> tuple[Program, ...]:
        """The rules and sequences of one test."""
        by_hand = frozenset(line.rule for line in trial.lines if isinstance(line, Given) and line.rule is not None)
        key = (trial.file, by_hand)
        if key not in self._found:
            roots = [each for each in self._all if each.file == trial.file or _rule_in(each, by_hand)]
            self._found[key] = tuple(self._program(each) for each in self._with(roots))
        return self._found[key]

    def _with(self, roots: list[g.Graph]) -> list[g.Graph]:
        """With the sequences that are started, run or ended, and those that these use."""
        found = {(each.kind, each.name): each for each in roots}
        open_ = list(roots)
        while open_:
            for node in open_.pop().nodes.values():
                if not isinstance(node, g.Start | g.Run | g.Cancel):
                    continue
                used = self._sequences.get(node.sequence)
                if used is not None and (used.kind, used.name) not in found:
                    found[used.kind, used.name] = used
                    open_.append(used)
        return list(found.values())

    def _program(self, graph: g.Graph) -> Program:
        key = (graph.kind, graph.name)
        if key not in self._programs:
            self._programs[key] = Program(graph)
        return self._programs[key]


def _rule_in(graph: g.Graph, names: frozenset[str]) -> bool:
    return graph.kind == "rule" and graph.name in names
