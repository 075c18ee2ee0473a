"""One logical line in canonical form, without what stands under it: chooses by node, and owns heads of declarations."""

from __future__ import annotations

from treadle.dsl.formatter.clauses import clause
from treadle.dsl.formatter.documents import Document, Nest, concat
from treadle.dsl.formatter.expressions import Printer, parameters, written
from treadle.dsl.formatter.members import Member, member, owner
from treadle.dsl.formatter.steps import branch, step
from treadle.dsl.nodes import (
    Case,
    Clause,
    Decl,
    Edition,
    FunctionDecl,
    IfArm,
    Let,
    Node,
    RuleDecl,
    SequenceDecl,
    Step,
    Use,
)


def head(node: Node, printer: Printer) -> Document | None:
    """The document of the line that the node begins with; None for what is left as it is."""
    if isinstance(node, Clause):
        return clause(node, printer)
    if isinstance(node, IfArm | Case):
        return branch(node, printer)
    if isinstance(node, Step):
        found = step(node, printer)
        return concat(f"{node.label.text}: ", found) if found and node.label else found
    if isinstance(node, Member):
        return member(node, printer)
    found = _declaration(node, printer) if isinstance(node, Decl) else None
    found = concat("shared ", found) if found and getattr(node, "shared", False) else found
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
            result = concat(" -> ", written(returns), " = ")
            return concat(f"function {name.text}", parameters(params), result, printer.expression(body))
        case RuleDecl(name=name):
            return f"rule {name.source}"
        case SequenceDecl(name=name, params=params):
            return concat(f"sequence {name.source}", parameters(params))
    return owner(node, printer)
