"""What all kinds of nodes need to let a thread pass: expressions, records, effects. Owns no node."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from treadle.dsl import graph as g
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value
from treadle.runtime.machine.decisions import Act, DoEnd, Effect, Record
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.state import State
from treadle.runtime.machine.threads import Place, Threads


class End(msgspec.Struct, frozen=True):
    """The run ends here."""

    end: DoEnd


class Strayed(Exception):
    """A step fails for a reason that is no expression's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


Passed = Act | End | bool | None
"""What became of a thread at a node: None when it passed, True when it rests, else the act or the end."""


class Passing:
    """Lets threads pass nodes, and gathers the records and effects of it. Methods named after nodes answer `Passed`,
    and raise `EvaluationError` and `Strayed` when the step fails.
    """

    __slots__ = ("effects", "lists", "now", "program", "records", "sequences", "spread", "threads")

    def __init__(
        self,
        program: Program,
        state: State,
        names: dict[str, Value],
        spread: float,
        sequences: Callable[[str], Program | None] | None,
        lists: dict[int, list[Value]] | None,
    ) -> None:
        self.program = program
        self.threads = Threads(program.graph, state, names)
        self.records: list[Record] = []
        self.effects: list[Effect] = []
        self.now = state.now
        self.spread = spread
        self.sequences = sequences
        self.lists = {} if lists is None else lists

    @property
    def present(self) -> datetime:
        """The time, for a node that cannot do without."""
        assert self.now is not None, "a run that waits knows the time"
        return self.now

    def scope(self, place: Place) -> Scope:
        """What an expression of this thread sees."""
        if place.scope is None:
            place.scope = self.program.scope(place.names)
        return place.scope

    def single(self, place: Place, node: g.Node) -> Value:
        """The value of a node's one expression."""
        return self.program.single[node.id](self.scope(place))

    def args(self, place: Place, node: g.Node) -> dict[str, Value]:
        """The values of a node's arguments."""
        scope = self.scope(place)
        attempt = place.attempt
        if attempt is not None and attempt.now is not None:  # what is sent again is what was sent
            scope = self.program.scope({**place.names, "now": attempt.now})
        return {name: evaluate(scope) for name, evaluate in self.program.args[node.id]}

    def passed(self, place: Place, node: g.Node, *, input: Value = None, output: Value = None) -> None:
        """The thread goes on behind the node."""
        self.records.append(Record(node=node.id, what=verb(node), input=input, output=output))
        place.at = node.next


def verb(node: g.Node) -> str:
    """How the history calls a step of this node."""
    match node:
        case g.Call():
            return f"{node.plugin}.{node.action}"
        case g.Ask():
            return f"ask {node.agent}"
        case g.Assign():
            return "let"
        case g.Branch():
            return "if" if node.subject is None else "match"
        case _:
            return str(node.__struct_config__.tag)
