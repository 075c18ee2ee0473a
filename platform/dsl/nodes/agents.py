"""Agents and their lines."""

from __future__ import annotations

from typing import Literal

from treadle.dsl.nodes.annotations import TypeNode
from treadle.dsl.nodes.base import Ident, Node
from treadle.dsl.nodes.values import Constant, Expr


class ToolRef(Node, frozen=True, kw_only=True):
    """`alias.action` as a tool."""

    alias: Ident
    action: Ident


class AgentModel(Node, frozen=True, kw_only=True):
    """`model ALIAS "name", "fallback"`."""

    alias: Ident
    names: tuple[Constant, ...]


class AgentInstructions(Node, frozen=True, kw_only=True):
    """`instructions TEXT`."""

    text: Expr


class AgentTools(Node, frozen=True, kw_only=True):
    """`tools alias.action, alias.action`."""

    tools: tuple[ToolRef, ...]


class AgentReturns(Node, frozen=True, kw_only=True):
    """`returns TYPE`."""

    type: TypeNode


class BudgetPart(Node, frozen=True, kw_only=True):
    """`AMOUNT per run|day|week|month` (`period`), or `AMOUNT per EXPR` (`key`)."""

    amount: Expr
    period: Literal["run", "day", "week", "month"] | None
    key: Expr | None = None


class AgentBudget(Node, frozen=True, kw_only=True):
    """`budget X per run, Y per month, Z per EXPR`."""

    parts: tuple[BudgetPart, ...]


class AgentTurns(Node, frozen=True, kw_only=True):
    """`turns N`."""

    count: Constant


class AgentMemory(Node, frozen=True, kw_only=True):
    """`memory per EXPR last N turns`."""

    key: Expr
    turns: Constant


class AgentApprove(Node, frozen=True, kw_only=True):
    """`approve TOOL by "group"`."""

    tool: ToolRef
    by: Constant


class BrokenLine(Node, frozen=True, kw_only=True):
    """A line of an agent, a calendar or a test that could not be read."""


AgentLine = (
    AgentModel | AgentInstructions | AgentTools | AgentReturns | AgentBudget | AgentTurns | AgentMemory | AgentApprove
    | BrokenLine
)  # fmt: skip


class AgentDecl(Node, frozen=True, kw_only=True):
    """`agent name` + its lines, in the order of the text."""

    name: Ident
    lines: tuple[AgentLine, ...]
