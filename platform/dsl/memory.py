"""What one compilation remembers for the next: trees by file, and what was found out about each declaration.

Owns when a finding may be used again: for the same declaration with the same outlook. Nothing here is needed to be
right; without it everything is worked out anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import is_

import msgspec
from msgspec.structs import replace

from treadle.dsl import nodes
from treadle.dsl.analysis.facts import Facts
from treadle.dsl.checker import Checked, CheckedFile, CheckedWorkspace
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.graph import Graph
from treadle.dsl.lower.constants import Computed
from treadle.dsl.moving import moved
from treadle.dsl.outlook import Glance, Outlooks
from treadle.dsl.parser import Parsed, parse
from treadle.dsl.parser.rereading import Moved, read_again
from treadle.dsl.trial import Trial


class Made(msgspec.Struct, frozen=True):
    """The graph of a checked declaration, and what the checks across rules need of it."""

    graph: Graph
    facts: Facts


class Lowered(msgspec.Struct):
    """What became of the declarations of one file, in their order."""

    facts: list[Facts] = msgspec.field(default_factory=list)
    graphs: list[Graph] = msgspec.field(default_factory=list)
    trials: list[Trial] = msgspec.field(default_factory=list)


class _Kept:
    """One file as it was checked: what may be used again by the identity of its declaration, and all identities."""

    def __init__(self, declarations: tuple[Checked, ...]) -> None:
        self.declarations = declarations
        self.lasting = {id(each.decl): each for each in declarations if _lasts(each)}
        self.ids = frozenset(id(each.decl) for each in declarations)


class Memory:
    """Belongs to one catalogue and one thread. Holds what the last compilation used, and no more.

    `constants` are the values of constants with the findings that they were made of, by declaration; `glances` what is
    seen of each file.
    """

    def __init__(self) -> None:
        self.constants: Computed = {}
        self.glances: dict[str, Glance] = {}
        self._lowered: dict[str, tuple[tuple[Checked, ...], object, Lowered]] = {}
        self._trees: dict[str, Parsed] = {}
        self._workspace: CheckedWorkspace | None = None
        self._seen = Outlooks()
        self._files: dict[str, _Kept] = {}
        self._made: dict[int, tuple[Checked, Made]] = {}
        self._aligned: dict[int, tuple[Graph, Graph, Graph]] = {}
        self._trials: dict[int, tuple[Checked, Trial]] = {}
        self._moves: dict[str, tuple[Moved, ...]] = {}

    def copy(self) -> Memory:
        """One that knows the same; what either learns from here on, the other does not."""
        made = Memory()
        for name, known in vars(self).items():
            setattr(made, name, dict(known) if isinstance(known, dict) else known)
        return made

    def parse(self, text: str, file: str) -> Parsed:
        """The tree of a file."""
        known = self._trees.get(file)
        if known is None:
            known = self._trees[file] = parse(text, file)
        elif known.module.text != text:
            known, self._moves[file] = read_again(text, known)
            self._trees[file] = known
        return known

    def learn(self, tree: Parsed) -> None:
        """Take over a tree that was read elsewhere."""
        self._trees[tree.module.file] = tree

    def checked(self, seen: Outlooks) -> dict[int, Checked]:
        """What is known of declarations that see the same as before, by identity."""
        known: dict[int, Checked] = {}
        if seen.around == self._seen.around:
            for file, inside in seen.inside.items():
                if self._seen.inside.get(file) == inside:
                    known |= self._files[file].lasting
                    self._carry(known, self._moves.get(file, ()))
        return known

    def _carry(self, known: dict[int, Checked], moves: Iterable[Moved]) -> None:
        """Let what is known of declarations go with them."""
        for move in moves:
            old, new = id(move.before), id(move.decl)
            checked = known.pop(old, None)
            if checked is None or not all(map(_can_move, checked.diagnostics)):
                continue
            said = moved(checked.diagnostics, move.by, move.lines)
            known[new] = now = replace(checked, decl=move.decl, diagnostics=said)
            if old in self.constants:
                self.constants[new] = now, self.constants[old][1]
            if old in self._made:
                self._made[new] = now, moved(self._made[old][1], move.by, move.lines)
            if old in self._trials:
                self._trials[new] = now, moved(self._trials[old][1], move.by, move.lines)
            if old in self._made and old in self._aligned:
                _, before, aligned = self._aligned[old]
                self._aligned[new] = self._made[new][1].graph, before, moved(aligned, move.by, move.lines)

    def keep(self, workspace: CheckedWorkspace, seen: Outlooks) -> None:
        """Remember what was found, and forget what is no longer there."""
        self._moves = {}
        self._workspace, self._seen = workspace, seen  # as long as declarations live, they can be told apart
        before, self._files = self._files, {}
        for file in workspace.files:
            known = before.get(file.scope.file)
            if known is None or not _same(known.declarations, file.declarations):
                known = _Kept(file.declarations)
            self._files[file.scope.file] = known
        gone = _ids(before, self._files) - _ids(self._files, before)
        for table in (self.constants, self._made, self._aligned, self._trials):
            for key in gone & table.keys():
                del table[key]
        for kept in (self._trees, self.glances, self._lowered):
            for name in kept.keys() - self._files.keys():
                del kept[name]

    def lowered(self, file: CheckedFile, previous: object) -> Lowered | None:
        """What became of a file with these very findings, beside the graphs `previous`, when nothing was wrong."""
        known = self._lowered.get(file.scope.file)
        if known is None or known[1] is not previous or not _same(known[0], file.declarations):
            return None
        return known[2]

    def keep_lowered(self, file: CheckedFile, previous: object, made: Lowered) -> None:
        """Remember it."""
        self._lowered[file.scope.file] = file.declarations, previous, made

    def made(self, checked: Checked) -> Made | None:
        """The graph that was made of this very finding."""
        known = self._made.get(id(checked.decl))
        return known[1] if known is not None and known[0] is checked else None

    def keep_made(self, checked: Checked, made: Made) -> None:
        """Remember a graph."""
        self._made[id(checked.decl)] = (checked, made)

    def trial(self, checked: Checked) -> Trial | None:
        """The test that was made of this very finding."""
        known = self._trials.get(id(checked.decl))
        return known[1] if known is not None and known[0] is checked else None

    def keep_trial(self, checked: Checked, trial: Trial) -> None:
        """Remember a test."""
        self._trials[id(checked.decl)] = (checked, trial)

    def aligned(self, checked: Checked, made: Graph, before: Graph) -> Graph | None:
        """The graph that was made of these two."""
        known = self._aligned.get(id(checked.decl))
        return known[2] if known is not None and known[0] is made and known[1] is before else None

    def keep_aligned(self, checked: Checked, made: Graph, before: Graph, aligned: Graph) -> None:
        """Remember it."""
        self._aligned[id(checked.decl)] = (made, before, aligned)


def _same(one: tuple[Checked, ...], other: tuple[Checked, ...]) -> bool:
    """Whether these are the very same findings."""
    return len(one) == len(other) and all(map(is_, one, other))


def _ids(files: Mapping[str, _Kept], others: Mapping[str, _Kept]) -> frozenset[int]:
    """The declarations of files that are not the same among the others."""
    return frozenset[int]().union(*[kept.ids for name, kept in files.items() if others.get(name) is not kept])


def _lasts(checked: Checked) -> bool:
    """Whether the outlook is all that the findings depend on.

    Messages of errors may suggest names of rules, which are in no outlook, and a test may start a rule by hand.
    """
    if not checked.clean or not checked.complete or checked.tables.unresolved:
        return False
    decl = checked.decl
    return not isinstance(decl, nodes.TestDecl) or not any(
        isinstance(line, nodes.TestGiven) and line.by_hand is not None for line in decl.lines
    )


def _can_move(found: Diagnostic) -> bool:
    """Whether it can be said elsewhere too: notes name lines, fixes name places."""
    return not found.notes and not found.fixes
