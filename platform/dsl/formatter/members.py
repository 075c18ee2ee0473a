"""Heads and lines of events, agents, limits, calendars and tests in canonical form; of tables the head."""

from __future__ import annotations

from collections.abc import Sequence

from treadle.dsl.formatter.clauses import listened
from treadle.dsl.formatter.documents import Document, concat
from treadle.dsl.formatter.expressions import Printer, optional, parameters, written
from treadle.dsl.nodes import (
    AgentApprove,
    AgentBudget,
    AgentDecl,
    AgentInstructions,
    AgentLine,
    AgentMemory,
    AgentModel,
    AgentReturns,
    AgentTools,
    AgentTurns,
    Argument,
    BraceExpr,
    BudgetPart,
    CalendarDay,
    CalendarDecl,
    Decl,
    EventDecl,
    LimitDecl,
    ParamDecl,
    TableDecl,
    TestAfter,
    TestAt,
    TestDecl,
    TestExpect,
    TestGiven,
    TestLine,
    TestMock,
    ToolRef,
)
from treadle.dsl.parser.literals import MONTHS

Member = AgentLine | TestLine | CalendarDay | ParamDecl


def owner(node: Decl, printer: Printer) -> Document | None:
    """The head of a declaration with lines; None for any other."""
    match node:
        case TableDecl(name=name, params=params, returns=returns):
            return concat(f"table {name.text}", parameters(params), " -> ", written(returns))
        case EventDecl(name=name):
            return f"event {name.text}"
        case AgentDecl(name=name):
            return f"agent {name.text}"
        case CalendarDecl(name=name):
            return f"calendar {name.text}"
        case TestDecl(name=quoted):
            return f"test {quoted.source}"
        case LimitDecl():
            return _limit(node, printer)
    return None


def member(node: Member, printer: Printer) -> Document | None:
    """A line under such a head; None for one that is broken."""
    match node:
        case ParamDecl(name=name, type=type):
            return concat(f"{name.text}: ", written(type))
        case CalendarDay():
            return _day(node)
        case TestAt() | TestAfter() | TestGiven() | TestMock() | TestExpect():
            return _of_test(node, printer)
    return _of_agent(node, printer)


def _limit(node: LimitDecl, printer: Printer) -> Document:
    what = f"calls of {node.of.text}" if node.of else node.what
    bound = concat(printer.expression(node.amount), f" {what} per ", printer.expression(node.window))
    per = f" per {node.per.text}" if node.per else ""
    return concat(f"limit {node.name.source} at most ", bound, f"{per} else {node.otherwise}")


def _day(node: CalendarDay) -> str:
    if node.month is not None:
        return f"every {node.day} {MONTHS[node.month - 1]}"
    return " .. ".join(each.source for each in (node.first, node.last) if each)


# --- agents


def _of_agent(node: AgentLine, printer: Printer) -> Document | None:
    match node:
        case AgentModel(alias=alias, names=names):
            return f"model {alias.text} {', '.join(name.source for name in names)}"
        case AgentInstructions(text=text):
            return concat("instructions ", printer.expression(text))
        case AgentTools(tools=tools):
            return f"tools {', '.join(_tool(tool) for tool in tools)}"
        case AgentReturns(type=type):
            return concat("returns ", written(type))
        case AgentBudget(parts=parts):
            return f"budget {', '.join(_budget(part, printer) for part in parts)}"
        case AgentTurns(count=count):
            return f"turns {count.source}"
        case AgentMemory(key=key, turns=turns):
            return concat("memory per ", printer.expression(key), f" last {turns.source} turns")
        case AgentApprove(tool=tool, by=by):
            return f"approve {_tool(tool)} by {by.source}"
    return None


def _tool(tool: ToolRef) -> str:
    return f"{tool.alias.text}.{tool.action.text}"


def _budget(part: BudgetPart, printer: Printer) -> str:
    return f"{printer.flat(part.amount)} per {printer.flat(part.key) if part.key else part.period}"


# --- tests


def _of_test(node: TestAt | TestAfter | TestGiven | TestMock | TestExpect, printer: Printer) -> Document:
    match node:
        case TestAt(moment=moment, zone=zone):
            clock = str(moment.value).replace("T", " ").removesuffix(":00")
            return concat(f"at {clock}", optional("in", zone, printer))
        case TestAfter(duration=duration):
            return concat("after ", printer.expression(duration))
        case TestGiven():
            return concat("given ", _given(node, printer), _data(node.data, printer))
        case TestMock():
            return concat("mock ", _mocked(node, printer), _outcome(node, printer))
        case TestExpect():
            return concat("expect ", _expected(node, printer))


def _given(node: TestGiven, printer: Printer) -> Document:
    if node.webhook:
        return f"webhook {node.webhook.source}"
    if node.by_hand:
        return f"by hand {node.by_hand.source}"
    return listened(node.heard, printer) if node.heard else ""


def _mocked(node: TestMock, printer: Printer) -> Document:
    if node.approval:
        return f"approve {node.question.source}" if node.question else "approve"
    if node.agent:
        return f"ask {node.agent.text}"
    return _called(_tool(node.tool) if node.tool else "", node.args, printer)


def _outcome(node: TestMock, printer: Printer) -> Document:
    if node.value:
        return concat(" returns ", printer.expression(node.value))
    return f" fails {node.fails.source}" if node.fails else " unknown"


def _expected(node: TestExpect, printer: Printer) -> Document:
    if node.tool:
        return _called(_tool(node.tool), node.args, printer)
    if node.sequence:
        return _called(f"start {node.sequence.source}", node.args, printer)
    if node.event:
        return concat(f"emit {node.event.text}", _data(node.data, printer))
    return concat(f"{node.what} ", printer.expression(node.text)) if node.text else node.what


def _called(name: str, args: Sequence[Argument], printer: Printer) -> Document:
    return concat(name, printer.arguments(args)) if args else name


def _data(data: BraceExpr | None, printer: Printer) -> Document:
    return concat(" ", printer.expression(data)) if data else ""
