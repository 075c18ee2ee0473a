"""Agents: each line at most once, models that can be asked, tools that are actions, bounds that bound."""

from __future__ import annotations

from decimal import Decimal

from treadle.dsl import member_codes as codes
from treadle.dsl import nodes, step_codes, type_codes
from treadle.dsl.checker import bounds
from treadle.dsl.checker.accounts import check_choice
from treadle.dsl.checker.actions import action_at, in_use
from treadle.dsl.checker.annotations import resolve
from treadle.dsl.checker.constants import amount_of
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.tables import ModelRef
from treadle.dsl.checker.walking import children
from treadle.dsl.spelling import suggest
from treadle.dsl.typesystem import MONEY, TEXT

MOST_TURNS = 50
MOST_REMEMBERED = 100

_WORDS: dict[type[nodes.AgentLine], str] = {
    nodes.AgentModel: "model",
    nodes.AgentInstructions: "instructions",
    nodes.AgentTools: "tools",
    nodes.AgentReturns: "returns",
    nodes.AgentBudget: "budget",
    nodes.AgentTurns: "turns",
    nodes.AgentMemory: "memory",
}


def check_agent(inference: Inference, decl: nodes.AgentDecl) -> bool:
    """Check an agent; whether all of it could be read."""
    complete = not any(isinstance(line, nodes.BrokenLine) for line in decl.lines)
    seen: set[type] = set()
    for line in decl.lines:
        if type(line) in seen and type(line) in _WORDS:
            inference.desk.report(codes.AGENT_LINE_TWICE, line.span, line=_WORDS[type(line)])
        seen.add(type(line))
        _line(inference, line)
    if complete and nodes.AgentModel not in seen:
        inference.desk.report(codes.AGENT_WITHOUT_MODEL, decl.name.span, name=decl.name.text)
    _approvals(inference, decl)
    return complete


def _line(inference: Inference, line: nodes.AgentLine) -> None:
    match line:
        case nodes.AgentModel():
            _model(inference, line)
        case nodes.AgentInstructions(text=text):
            env = Env(place="instructions", constant="What an agent is instructed")
            inference.expect(text, env, TEXT, "`instructions`")
        case nodes.AgentTools(tools=tools):
            _tools(inference, tools)
        case nodes.AgentReturns(type=type):
            resolve(type, inference.file, inference.desk, inference.used)
        case nodes.AgentBudget(parts=parts):
            _budget(inference, parts)
        case nodes.AgentTurns(count=count):
            bounds.whole(inference, count, "`turns`", 1, MOST_TURNS)
        case nodes.AgentMemory(key=key, turns=turns):
            bounds.whole(inference, turns, "`last`", 1, MOST_REMEMBERED)
            mention(inference, key)


def _model(inference: Inference, line: nodes.AgentModel) -> None:
    found = in_use(inference, line.alias.text, line.alias.span)
    if found is None or found.spec is None:
        return
    asks = found.spec.asks
    if asks is None:
        inference.desk.report(codes.CANNOT_BE_ASKED, line.alias.span, name=line.alias.text)
        return
    inference.tables.refs[line.id] = ModelRef(found.plugin, found.connection)
    for name in line.names if asks.pick else ():
        check_choice(inference, {asks.name: name}, asks, found.plugin, found.connection)


def _tools(inference: Inference, tools: tuple[nodes.ToolRef, ...]) -> None:
    seen: set[str] = set()
    for tool in tools:
        found = action_at(inference, tool.alias, tool.action)
        if found is not None:
            inference.tables.refs[tool.id] = found
        if written(tool) in seen:
            inference.desk.report(codes.TOOL_TWICE, tool.span, tool=written(tool))
        seen.add(written(tool))


def _approvals(inference: Inference, decl: nodes.AgentDecl) -> None:
    tools = {written(tool) for line in decl.lines if isinstance(line, nodes.AgentTools) for tool in line.tools}
    seen: set[str] = set()
    for line in decl.lines:
        if not isinstance(line, nodes.AgentApprove):
            continue
        name = written(line.tool)
        if name in seen:
            inference.desk.report(codes.TOOL_TWICE, line.tool.span, tool=name)
        elif name not in tools:
            near = suggest(name, sorted(tools))
            notes = (f"did you mean `{near}`?",) if near else (f"add it to `tools`: `tools {name}`",)
            inference.desk.report(codes.APPROVES_NO_TOOL, line.tool.span, notes=notes, tool=name)
        seen.add(name)


def _budget(inference: Inference, parts: tuple[nodes.BudgetPart, ...]) -> None:
    seen: set[str] = set()
    for part in parts:
        check_money(inference, part.amount, "`budget`")
        if part.key is not None:
            mention(inference, part.key)
        elif part.period in seen:
            inference.desk.report(codes.PERIOD_TWICE, part.span, period=part.period)
        seen.add(part.period or "")


def check_money(inference: Inference, node: nodes.Expr, what: str) -> None:
    """Check an amount of money that must be known when the file is checked, and more than nothing."""
    actual = inference.expect(node, Env(place="a constant", constant="An amount"), MONEY, what)
    if actual != MONEY:
        return
    amount = amount_of(node, inference.file)
    if amount is None:
        inference.desk.report(type_codes.NOT_CONSTANT, node.span, what="An amount", name=inference.written(node))
    elif amount <= Decimal(0):
        inference.desk.report(step_codes.OUT_OF_RANGE, node.span, what=what, low="0.000001 usd", high="any amount")


def mention(inference: Inference, node: nodes.Expr) -> None:
    """Note the names of an expression as used: it is checked where its values are."""
    left = [node]
    while left:
        at = left.pop()
        if isinstance(at, nodes.Name):
            inference.used.add(at.text)
        elif isinstance(at, nodes.Member):
            inference.used.add(at.name.text)
        left += children(at)


def written(tool: nodes.ToolRef) -> str:
    """`alias.action`."""
    return f"{tool.alias.text}.{tool.action.text}"
