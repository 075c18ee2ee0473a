"""What files declare beside rules and sequences: agents, tables, calendars, as they are written. Pure.

Only those declarations are read, so that the answer costs what they cost and not what the rules beside them do. What
cannot be read is left out; names are not resolved further than to the plugin that a `use` brings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from treadle.dsl import nodes
from treadle.dsl.parser.blocks import cut
from treadle.dsl.parser.files import read_block, unreadable

TURNS = 6  # of an agent that does not say

_WANTED = re.compile(r"(?:shared[ \t]+)?(?:use|agent|table|calendar)\b")
L = TypeVar("L", bound=nodes.Node)


class Typed(msgspec.Struct, frozen=True):
    """A name with its type, as it is written."""

    name: str
    type: str


class AgentTool(msgspec.Struct, frozen=True):
    """An action that an agent may call; `approve` is the group or role that must agree each time."""

    action: str
    approve: str | None = None


class BudgetPart(msgspec.Struct, frozen=True):
    """`amount` (`0.05 usd`) per `run`, `day`, `week`, `month`, or per a key, which is an expression."""

    amount: str
    per: str


class Remembers(msgspec.Struct, frozen=True):
    """The last so many turns with the same key, which is an expression."""

    per: str
    last: int


class AgentDeclared(msgspec.Struct, frozen=True, kw_only=True):
    """An agent. `model` is the name of a connection as the file has it, `plugin` and `connection` what it stands for;
    `models` are the model and its fallbacks. `instructions` are plain, or as written where they hold names.
    """

    name: str
    file: str
    line: int
    model: str
    plugin: str
    connection: str | None
    models: list[str]
    instructions: str
    tools: list[AgentTool]
    returns: str
    budget: list[BudgetPart]
    turns: int
    memory: Remembers | None


class TableDeclared(msgspec.Struct, frozen=True, kw_only=True):
    """A decision table: `columns` as its head names them, and how many rows it has. `shared`: all files see it."""

    name: str
    file: str
    line: int
    shared: bool
    params: list[Typed]
    returns: str
    columns: list[str]
    rows: int


class CalendarDeclared(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar, its days as they are written (`2026-12-25`, `2026-08-01 .. 2026-08-15`, `every 25 December`)."""

    name: str
    file: str
    line: int
    days: list[str]


class Inventory(msgspec.Struct, frozen=True):
    """All of them, in the order of the files."""

    agents: tuple[AgentDeclared, ...] = ()
    tables: tuple[TableDeclared, ...] = ()
    calendars: tuple[CalendarDeclared, ...] = ()


Uses = dict[str, tuple[str, str | None]]
"""The plugin and the connection that a name stands for."""


class _File(msgspec.Struct, frozen=True):
    path: str
    text: str
    decls: tuple[nodes.Decl, ...]


def inventory(sources: Mapping[str, str]) -> Inventory:
    """What these files declare, by path. Never raises on a text."""
    files = [_File(path, text, tuple(_decls(path, text))) for path, text in sorted(sources.items())]
    shared = {name: what for file in files for name, what in _uses(file, shared=True).items()}
    agents: list[AgentDeclared] = []
    tables: list[TableDeclared] = []
    calendars: list[CalendarDeclared] = []
    for file in files:
        uses = shared | _uses(file, shared=False)
        for decl in file.decls:
            match decl:
                case nodes.AgentDecl():
                    agents += _agent(file, decl, uses)
                case nodes.TableDecl():
                    tables.append(_table(file, decl))
                case nodes.CalendarDecl():
                    calendars.append(_calendar(file, decl))
    return Inventory(tuple(agents), tuple(tables), tuple(calendars))


def _decls(path: str, text: str) -> Iterator[nodes.Decl]:
    if unreadable(text, path):
        return
    for block in cut(text):
        if _WANTED.match(text, block.start):
            yield read_block(path, text[block.start : block.end], block).decl


def _uses(file: _File, *, shared: bool) -> Uses:
    return {
        (each.alias or each.plugin).text: (each.plugin.text, str(each.connection.value) if each.connection else None)
        for each in file.decls
        if isinstance(each, nodes.Use) and each.shared == shared
    }


def _agent(file: _File, decl: nodes.AgentDecl, uses: Uses) -> Iterator[AgentDeclared]:
    """The agent, unless it names no model."""
    model, returns = _line(decl, nodes.AgentModel), _line(decl, nodes.AgentReturns)
    budget, turns, memory = (
        _line(decl, nodes.AgentBudget),
        _line(decl, nodes.AgentTurns),
        _line(decl, nodes.AgentMemory),
    )
    if model is None:
        return
    plugin, connection = uses.get(model.alias.text, (model.alias.text, None))
    yield AgentDeclared(
        name=decl.name.text,
        file=file.path,
        line=decl.span.line,
        model=model.alias.text,
        plugin=plugin,
        connection=connection,
        models=[str(each.value) for each in model.names],
        instructions=_instructions(file, decl),
        tools=_tools(decl),
        returns=_written(file, returns.type) if returns else "text",
        budget=[BudgetPart(_written(file, each.amount), _per(file, each)) for each in (budget.parts if budget else ())],
        turns=int(turns.count.value) if turns else TURNS,
        memory=Remembers(_written(file, memory.key), int(memory.turns.value)) if memory else None,
    )


def _instructions(file: _File, decl: nodes.AgentDecl) -> str:
    line = _line(decl, nodes.AgentInstructions)
    if line is None:
        return ""
    return str(line.text.value) if isinstance(line.text, nodes.Constant) else _written(file, line.text)


def _tools(decl: nodes.AgentDecl) -> list[AgentTool]:
    approvals = {_action(each.tool): str(each.by.value) for each in decl.lines if isinstance(each, nodes.AgentApprove)}
    tools = _line(decl, nodes.AgentTools)
    return [AgentTool(_action(each), approvals.get(_action(each))) for each in (tools.tools if tools else ())]


def _action(tool: nodes.ToolRef) -> str:
    return f"{tool.alias.text}.{tool.action.text}"


def _per(file: _File, part: nodes.BudgetPart) -> str:
    return part.period or (_written(file, part.key) if part.key else "run")


def _table(file: _File, decl: nodes.TableDecl) -> TableDeclared:
    return TableDeclared(
        name=decl.name.text,
        file=file.path,
        line=decl.span.line,
        shared=decl.shared,
        params=[Typed(each.name.text, _written(file, each.type)) for each in decl.params],
        returns=_written(file, decl.returns),
        columns=[each.text for each in decl.columns],
        rows=len(decl.rows),
    )


def _calendar(file: _File, decl: nodes.CalendarDecl) -> CalendarDeclared:
    days = [_written(file, each) for each in decl.lines if isinstance(each, nodes.CalendarDay)]
    return CalendarDeclared(name=decl.name.text, file=file.path, line=decl.span.line, days=days)


def _line(decl: nodes.AgentDecl, kind: type[L]) -> L | None:
    return next((line for line in decl.lines if isinstance(line, kind)), None)


def _written(file: _File, node: nodes.Expr | nodes.TypeNode | nodes.Node) -> str:
    return file.text[node.span.start : node.span.end].strip()
