"""Agents as they run: names resolved, instructions as one text."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from treadle.dsl import expressions as ex
from treadle.dsl import graph, nodes
from treadle.dsl.checker import Checked, FileScope
from treadle.dsl.checker.agents import written
from treadle.dsl.checker.agents_use import returns_of
from treadle.dsl.checker.constants import amount_of
from treadle.dsl.checker.tables import ActionRef, ModelRef

if TYPE_CHECKING:
    from treadle.dsl.lower.constants import FileValues

L = TypeVar("L", bound=nodes.Node)
TURNS = 6  # of an agent that does not say


def lower_agent(file: FileScope, checked: Checked, values: FileValues) -> graph.Agent | None:
    """The agent, checked without an error; None, reported at the file's desk, when its instructions have no value."""
    decl = checked.decl
    assert isinstance(decl, nodes.AgentDecl)  # asked by the caller
    model, instructions = _line(decl, nodes.AgentModel), _line(decl, nodes.AgentInstructions)
    text = values.constant(instructions.text, checked) if instructions else ex.Lit("", "text")
    if model is None or text is None:
        return None
    asks = checked.tables.refs[model.id]
    assert isinstance(asks, ModelRef)  # checked without an error
    turns, memory = _line(decl, nodes.AgentTurns), _line(decl, nodes.AgentMemory)
    return graph.Agent(
        name=decl.name.text,
        plugin=asks.plugin,
        connection=asks.connection,
        models=tuple(str(each.value) for each in model.names),
        instructions=text,
        tools=_tools(decl, checked),
        returns=returns_of(file, decl),
        budget=_budget(decl, file),
        turns=int(turns.count.value) if turns else TURNS,
        remembers=int(memory.turns.value) if memory else 0,
    )


def _line(decl: nodes.AgentDecl, kind: type[L]) -> L | None:
    return next((line for line in decl.lines if isinstance(line, kind)), None)


def _tools(decl: nodes.AgentDecl, checked: Checked) -> tuple[graph.Tool, ...]:
    approvals = {written(line.tool): str(line.by.value) for line in decl.lines if isinstance(line, nodes.AgentApprove)}
    tools = _line(decl, nodes.AgentTools)
    found = []
    for tool in tools.tools if tools else ():
        ref = checked.tables.refs[tool.id]
        assert isinstance(ref, ActionRef)  # checked without an error
        found.append(graph.Tool(ref.plugin, ref.spec.name, ref.connection, approvals.get(written(tool))))
    return tuple(found)


def _budget(decl: nodes.AgentDecl, file: FileScope) -> tuple[graph.Budget, ...]:
    line = _line(decl, nodes.AgentBudget)
    parts = line.parts if line else ()
    return tuple(graph.Budget(str(amount_of(part.amount, file)), part.period) for part in parts)
