"""One logical line in canonical form: heads of declarations, clauses, steps without what stands under them."""

from __future__ import annotations

from treadle.dsl.formatter.documents import Document, Nest, concat
from treadle.dsl.formatter.expressions import Printer, parameters, written
from treadle.dsl.nodes import (
    AssignStep,
    CallStep,
    Clause,
    Decl,
    Edition,
    FunctionDecl,
    IfArm,
    IfStep,
    Let,
    Node,
    OncePer,
    RuleDecl,
    SequenceDecl,
    StartStep,
    Step,
    StopStep,
    TextStep,
    Use,
    WaitStep,
    When,
    Where,
)

_ORDER = (When, Where, OncePer)  # the order of the tour, as far as clauses are built


def rank(node: Node | None) -> int:
    """Where a clause stands in its header; `do`, which has no node, comes last."""
    return next((at for at, kind in enumerate(_ORDER) if isinstance(node, kind)), len(_ORDER))


def head(node: Node, printer: Printer) -> Document | None:
    """The document of the line that the node begins with; None for what is left as it is."""
    if isinstance(node, Clause):
        return _clause(node, printer)
    if isinstance(node, IfArm):
        return concat("else if ", printer.expression(node.test))
    if isinstance(node, Step):
        found = _step(node, printer)
        return concat(f"{node.label.text}: ", found) if found and node.label else found
    found = _declaration(node, printer) if isinstance(node, Decl) else None
    return Nest(2, found) if found else None  # a closing bracket in the first column would begin a declaration


def _declaration(node: Decl, printer: Printer) -> Document | None:
    match node:
        case Edition(number=number):
            return f"edition {number}"
        case Use(plugin=plugin, connection=connection, alias=alias):
            named = f" {connection.source}" if connection else ""
            return f"use {plugin.text}{named}" + (f" as {alias.text}" if alias else "")
        case Let(name=name, value=value):
            return concat(f"let {name.text} = ", printer.expression(value))
        case FunctionDecl(name=name, params=params, returns=returns, body=body):
            result = f" -> {written(returns)} = "
            return concat(f"function {name.text}", parameters(params), result, printer.expression(body))
        case RuleDecl(name=name):
            return f"rule {name.source}"
        case SequenceDecl(name=name, params=params):
            return concat(f"sequence {name.source}", parameters(params))
    return None


def _clause(node: Clause, printer: Printer) -> Document | None:
    match node:
        case When(heard=heard, name=name):
            shown = printer.arguments(heard.args) if heard.args else ""
            owner = f"{heard.alias.text}." if heard.alias else ""
            return concat(f"when {owner}{heard.trigger.text}", shown, f" as {name.text}")
        case Where(test=test):
            return concat("where ", printer.expression(test))
        case OncePer(key=key, within=within):
            bound = concat(" within ", printer.expression(within)) if within else ""
            return concat("once per ", printer.expression(key), bound)
    return None


def _step(node: Step, printer: Printer) -> Document | None:
    match node:
        case CallStep():
            return _call(node, printer)
        case AssignStep(name=name, value=value):
            return concat(f"{name.text} = ", printer.expression(value))
        case IfStep(arms=arms):
            return concat("if ", printer.expression(arms[0].test))
        case WaitStep(duration=duration):
            return concat("wait ", printer.expression(duration))
        case StartStep(sequence=sequence, args=args):
            return concat(f"start {sequence.source}", printer.arguments(args))
        case TextStep(verb=verb, text=text):
            return concat(f"{verb} ", printer.expression(text))
        case StopStep():
            return "stop"
    return None


def _call(node: CallStep, printer: Printer) -> Document:
    parts: list[Document] = [f"{node.name.text} = "] if node.name else []
    parts.append(printer.expression(node.call))
    if node.timeout:
        parts += [" timeout ", printer.expression(node.timeout)]
    if node.retry and node.retry.over is None:
        parts.append(" no retry")
    elif node.retry and node.retry.over:
        parts += [f" retry {node.retry.times} times over ", printer.expression(node.retry.over)]
    return concat(*parts)
