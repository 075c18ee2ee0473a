"""Where a name stands in declarations: every place that a renaming has to write anew. Owns no scopes.

A name that is given inside of a declaration is the same wherever it stands there: the language does not let it mean two
things, and names that are told apart by block are renamed together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from treadle.dsl import nodes
from treadle.dsl.spans import Span

Aliases = frozenset[str]
Finder = Callable[[nodes.Decl, str, Aliases], Iterator[Span]]
"""Where a name stands in a declaration, given the names of plugins in its file."""

BROKEN = (nodes.BrokenDecl, nodes.BrokenClause, nodes.BrokenLine, nodes.BrokenStep, nodes.BrokenCell)


def inside(value: Any) -> Iterator[nodes.Node]:
    """A node and all that stand in it."""
    left = [value]
    while left:
        at = left.pop()
        if isinstance(at, nodes.Node):
            yield at
            left += [getattr(at, field) for field in at.__struct_fields__]
        elif isinstance(at, tuple):
            left += at


def local(decl: nodes.Decl, name: str) -> Iterator[Span]:
    """Where a name that is given in a declaration stands in it."""
    for node in inside(decl):
        match node:
            case nodes.Name(text=text, span=span) if text == name:
                yield span
            case nodes.LambdaExpr(params=params):
                yield from (each.span for each in params if each.text == name)
            case nodes.TableDecl(columns=columns):
                yield from (each.span for each in columns if each.text == name)
            case _:
                given = _given(node)
                if given is not None and given.text == name:
                    yield given.span


def _given(node: nodes.Node) -> nodes.Ident | None:
    """The name that a clause or a step gives."""
    match node:
        case nodes.When(name=name) | nodes.WhenWebhook(name=name) | nodes.ForEachStep(name=name):
            return name
        case nodes.Quiet(name=name) | nodes.StopWhen(name=name) | nodes.WaitForStep(name=name):
            return name
        case nodes.ApproveStep(name=name) | nodes.RunStep(name=name) | nodes.AskStep(name=name):
            return name
        case nodes.CallStep(name=name) | nodes.AssignStep(name=name) | nodes.ParamDecl(name=name):
            return name
        case nodes.TryStep(error=name) | nodes.BrokenStep(name=name) | nodes.BrokenClause(name=name):
            return name
    return None


def gives(decl: nodes.Decl) -> set[str]:
    """The names that are given in a declaration."""
    found = [given.text for node in inside(decl) if (given := _given(node)) is not None]
    lambdas = (node for node in inside(decl) if isinstance(node, nodes.LambdaExpr))
    return {*found, *(each.text for node in lambdas for each in node.params)}


def value(decl: nodes.Decl, name: str, aliases: Aliases) -> Iterator[Span]:
    """Where a constant is used."""
    for node in inside(decl):
        match node:
            case nodes.Name(text=text, span=span) if text == name:
                yield span


def function(decl: nodes.Decl, name: str, aliases: Aliases) -> Iterator[Span]:
    """Where a function or a table is called, also behind a dot; an action of a plugin may have the same name."""
    yield from value(decl, name, aliases)
    for node in inside(decl):
        match node:
            case nodes.CallExpr(of=nodes.Member(of=of, name=nodes.Ident(text=text, span=span))) if text == name:
                if not (isinstance(of, nodes.Name) and of.text in aliases):
                    yield span


def plugin(decl: nodes.Decl, name: str, aliases: Aliases) -> Iterator[Span]:
    """Where the name of a plugin stands: before triggers, actions, types and models, and in limits."""
    for node in inside(decl):
        match node:
            case nodes.Heard(alias=nodes.Ident(text=text, span=span)) if text == name:
                yield span
            case nodes.ToolRef(alias=alias) | nodes.AgentModel(alias=alias) if alias.text == name:
                yield alias.span
            case nodes.Member(of=nodes.Name(text=text, span=span)) if text == name:
                yield span
            case nodes.LimitDecl(of=nodes.Ident(text=text, span=span)) if text == name:
                yield span
            case nodes.TypeName(name=written, span=span) if written.partition(".")[0] == name and "." in written:
                yield _first(span, len(name))


def _first(span: Span, size: int) -> Span:
    return Span(span.start, span.start + size, span.line, span.col, span.line, span.col + size)


def event(decl: nodes.Decl, name: str, aliases: Aliases) -> Iterator[Span]:
    """Where an event of one's own is sent, heard and expected."""
    for node in inside(decl):
        match node:
            case nodes.Heard(alias=None, trigger=found):
                yield from _same(found, name)
            case nodes.EmitStep(event=found) | nodes.TestExpect(event=nodes.Ident() as found):
                yield from _same(found, name)


def agent(decl: nodes.Decl, name: str, aliases: Aliases) -> Iterator[Span]:
    """Where an agent is asked or stood in for."""
    for node in inside(decl):
        match node:
            case nodes.AskStep(agent=found) | nodes.TestMock(agent=nodes.Ident() as found):
                yield from _same(found, name)


def calendar(decl: nodes.Decl, name: str, aliases: Aliases) -> Iterator[Span]:
    """Where a calendar is left out of a window."""
    for node in inside(decl):
        match node:
            case nodes.OnlyDuring(exception=nodes.Ident() as found):
                yield from _same(found, name)


def _same(found: nodes.Ident, name: str) -> Iterator[Span]:
    if found.text == name:
        yield found.span


def rule(decl: nodes.Decl, name: str, aliases: Aliases) -> Iterator[Span]:
    """Where a rule is started by hand in a test."""
    for node in inside(decl):
        match node:
            case nodes.TestGiven(by_hand=nodes.Constant(value=value, span=span)) if value == name:
                yield span


def sequence(decl: nodes.Decl, name: str, aliases: Aliases) -> Iterator[Span]:
    """Where a sequence is started, run, cancelled and expected."""
    for node in inside(decl):
        match node:
            case nodes.StartStep(sequence=found) | nodes.RunStep(sequence=found) | nodes.CancelStep(sequence=found):
                if found.value == name:
                    yield found.span
            case nodes.TestExpect(sequence=nodes.Constant(value=value, span=span)) if value == name:
                yield span


def argument(decl: nodes.Decl, owner: nodes.Decl, name: str) -> Iterator[Span]:
    """Where a parameter of `owner` is named by those who call, start or run it."""
    for node in inside(decl):
        for given in _arguments(node, owner):
            if given is not None:
                yield from _same(given, name)


def _arguments(node: nodes.Node, owner: nodes.Decl) -> tuple[nodes.Ident | None, ...]:
    match owner, node:
        case nodes.SequenceDecl(name=owned), nodes.StartStep(sequence=found, args=args) | nodes.RunStep(
            sequence=found, args=args
        ) | nodes.TestExpect(sequence=nodes.Constant() as found, args=args) if found.value == owned.value:
            return tuple(each.name for each in args)
        case nodes.RuleDecl(name=owned), nodes.TestGiven(
            by_hand=nodes.Constant(value=value), data=nodes.BraceExpr(entries=entries)
        ) if value == owned.value:
            return tuple(each.key for each in entries)
        case ((nodes.FunctionDecl(name=callee) | nodes.TableDecl(name=callee)), nodes.CallExpr(of=of, args=args)) if (
            _called(of) == callee.text
        ):
            return tuple(each.name for each in args)
    return ()


def _called(of: nodes.Expr) -> str | None:
    match of:
        case nodes.Name(text=text) | nodes.Member(name=nodes.Ident(text=text)):
            return text
    return None
