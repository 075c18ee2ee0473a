"""Steps that call, ask, send and start: what they need to do so, written out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from treadle.dsl import graph, nodes
from treadle.dsl.checker.agents_use import agent_keys
from treadle.dsl.checker.constants import seconds_of
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.tables import ActionRef, AskRef, Tables
from treadle.dsl.expressions import Expr, Lit
from treadle.dsl.lower.conditions import ConditionLowering
from treadle.dsl.lower.expressions import ExpressionLowering, LetValue

Place = dict[str, Any]
"""The id, the span, the label and the next step of a node."""

TRIES = 5  # of what may be repeated; blind actions use them only when surely nothing was sent
OVER = 600.0  # seconds that all tries may take together
ASK_TIMEOUT = 60.0  # seconds

_MISSING = Lit(None, "missing")


class EffectLowering:
    """Lowers those steps of one declaration that stand for themselves. `nodes` takes what was made.

    `loads` tells whether a step needs what no delivery of a waited event carries, by the event's name.
    """

    def __init__(
        self,
        file: FileScope,
        tables: Tables,
        expressions: ExpressionLowering,
        conditions: ConditionLowering,
        ids: dict[int, str],
        let_value: LetValue,
        loads: Callable[[str], bool],
    ) -> None:
        self._file = file
        self._tables = tables
        self._expressions = expressions
        self._lower = expressions.lower
        self._conditions = conditions
        self._ids = ids
        self._let_value = let_value
        self._loads = loads
        self.nodes: dict[str, graph.Node] = {}

    def _call(self, step: nodes.CallStep, place: Place) -> graph.Node:
        ref = self._tables.refs[step.call.id]
        if not isinstance(ref, ActionRef):
            name = step.name.text if step.name else place["id"]
            return graph.Assign(**place, name=name, value=self._lower(step.call))
        tries, over = self._retry(step.retry)
        return graph.Call(
            **place,
            plugin=ref.plugin,
            connection=ref.connection,
            action=ref.spec.name,
            args=self._arguments(step.call.args),
            effect=ref.spec.effect,
            name=name_of(step.name),
            timeout=self._seconds(step.timeout, ref.spec.timeout),
            tries=tries,
            over=over,
        )

    def _ask(self, step: nodes.AskStep, place: Place) -> graph.Node:
        ref = self._tables.refs[step.id]
        assert isinstance(ref, AskRef)  # checked without an error
        _, decl = self._file.workspace.agents[ref.agent]
        keys = ExpressionLowering(ref.keys, self._let_value).lower
        parts = [part for line in decl.lines if isinstance(line, nodes.AgentBudget) for part in line.parts]
        memory = next((key for line, key in agent_keys(decl) if line == "memory"), None)
        return graph.Ask(
            **place,
            agent=ref.agent,
            text=self._lower(step.text),
            name=name_of(step.name),
            returns=ref.returns,
            timeout=self._seconds(step.timeout, ASK_TIMEOUT),
            memory=keys(memory) if memory is not None else None,
            budget=tuple(keys(part.key) if part.key is not None else None for part in parts),
        )

    def _emit(self, step: nodes.EmitStep, place: Place) -> graph.Node:
        name, entries = step.event.text, step.data.entries if step.data is not None else ()
        data = {entry.key.text: self._lower(entry.value) for entry in entries}
        _, decl = self._file.workspace.events[name]
        missing = {each.name.text: _MISSING for each in decl.fields if each.name.text not in data}
        return graph.Emit(**place, event=name, data={**data, **missing})

    def _start(self, step: nodes.StartStep, place: Place) -> graph.Node:
        return graph.Start(**place, sequence=str(step.sequence.value), args=self._parameters(step))

    def _run(self, step: nodes.RunStep, place: Place) -> graph.Node:
        title = str(step.sequence.value)
        return graph.Run(**place, sequence=title, args=self._parameters(step), name=name_of(step.name))

    def _cancel(self, step: nodes.CancelStep, place: Place) -> graph.Node:
        return graph.Cancel(**place, sequence=str(step.sequence.value), key=self._lower(step.key))

    def _arguments(self, args: tuple[nodes.Argument, ...]) -> dict[str, Expr]:
        return {arg.name.text: self._lower(arg.value) for arg in args if arg.name}

    def _parameters(self, step: nodes.StartStep | nodes.RunStep) -> dict[str, Expr]:
        """The arguments of a sequence; optional parameters that are not named are missing."""
        given = self._arguments(step.args)
        params = self._file.workspace.sequences[str(step.sequence.value)][1].params
        names = [each.name.text for each in params if each.type.optional and each.name.text not in given]
        return {**given, **dict.fromkeys(names, _MISSING)}

    def _retry(self, retry: nodes.Retry | None) -> tuple[int, float]:
        return (TRIES, OVER) if retry is None else (retry.times, self._seconds(retry.over, OVER))

    def _seconds(self, node: nodes.Expr | None, default: float) -> float:
        found = seconds_of(node, self._file) if node is not None else None
        return default if found is None else found


def name_of(name: nodes.Ident | None) -> str | None:
    """The name that a step gives, or None."""
    return name.text if name is not None else None
