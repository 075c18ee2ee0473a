"""Steps in canonical form, without their labels and what stands under them."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl.formatter.clauses import listened
from treadle.dsl.formatter.documents import Document, concat
from treadle.dsl.formatter.expressions import Printer, optional, written
from treadle.dsl.nodes import (
    ApproveStep,
    AskStep,
    AssignStep,
    CallStep,
    CancelStep,
    Case,
    EmitStep,
    ForEachStep,
    Ident,
    IfArm,
    IfStep,
    MatchStep,
    Node,
    ReturnStep,
    RunStep,
    StartStep,
    Step,
    StopStep,
    TextStep,
    TogetherStep,
    TryStep,
    WaitForStep,
    WaitStep,
    WaitUntilStep,
)


def lines(steps: tuple[Step, ...]) -> Iterator[Node]:
    """Each node that begins a line, in the order of the text where two of them begin the same line."""
    for each in steps:
        match each:
            case IfStep(arms=parts, otherwise=otherwise) | MatchStep(cases=parts, otherwise=otherwise):
                for part in parts:
                    yield part
                    yield from lines(part.body)
                yield from lines(otherwise or ())
            case ForEachStep(body=body) | TogetherStep(body=body):
                yield from lines(body)
            case TryStep(body=body, handler=handler):
                yield from lines((*body, *(handler or ())))
            case WaitForStep(on_timeout=branch) | ApproveStep(on_timeout=branch):
                yield from lines(branch or ())
        yield each


def branch(node: IfArm | Case, printer: Printer) -> Document:
    """An `else if` line, a `case` line."""
    if isinstance(node, IfArm):
        return concat("else if ", printer.expression(node.test))
    first, *rest = [printer.expression(value) for value in node.values]
    return concat("case ", first, *(part for value in rest for part in (", ", value)))


def step(node: Step, printer: Printer) -> Document | None:
    """The document of a step's own line; None for one that is broken."""
    for shown in (_acting, _plain, _waiting, _branching):
        if document := shown(node, printer):
            return document
    return None


def _acting(node: Step, printer: Printer) -> Document | None:
    match node:
        case CallStep():
            return _call(node, printer)
        case StartStep(sequence=sequence, args=args):
            return concat(f"start {sequence.source}", printer.arguments(args))
        case RunStep(sequence=sequence, args=args, name=name):
            return concat(_result(name), f"run {sequence.source}", printer.arguments(args))
        case CancelStep(sequence=sequence, key=key):
            return concat(f"cancel {sequence.source} for ", printer.expression(key))
        case AskStep():
            return _ask(node, printer)
        case EmitStep(event=event, data=data):
            return concat(f"emit {event.text}", *((" ", printer.expression(data)) if data else ()))
    return None


def _plain(node: Step, printer: Printer) -> Document | None:
    match node:
        case AssignStep(name=name, value=value):
            return concat(_result(name), printer.expression(value))
        case TextStep(verb=verb, text=text):
            return concat(f"{verb} ", printer.expression(text))
        case ReturnStep(value=value):
            return concat("return ", printer.expression(value))
        case StopStep():
            return "stop"
    return None


def _branching(node: Step, printer: Printer) -> Document | None:
    match node:
        case IfStep(arms=arms):
            return concat("if ", printer.expression(arms[0].test))
        case MatchStep(subject=subject):
            return concat("match ", printer.expression(subject))
        case ForEachStep(name=name, items=items, at_once=at_once):
            bound = f" up to {at_once.source} at once" if at_once else ""
            return concat(f"for each {name.text} in ", printer.expression(items), bound)
        case TogetherStep():
            return "together"
        case TryStep():
            return "try"
    return None


def _waiting(node: Step, printer: Printer) -> Document | None:
    match node:
        case WaitStep(duration=duration):
            return concat("wait ", printer.expression(duration))
        case WaitUntilStep(moment=moment):
            return concat("wait until ", printer.expression(moment))
        case WaitForStep(heard=heard, name=name, test=test, up_to=up_to):
            named = f" as {name.text}" if name else ""
            event = concat(listened(heard, printer), named, optional("where", test, printer))
            return concat("wait for ", event, optional("up to", up_to, printer))
        case ApproveStep(question=question, by=by, name=name, up_to=up_to):
            asked = concat(_result(name), "approve ", printer.expression(question))
            return concat(asked, optional("by", by, printer), optional("up to", up_to, printer))
    return None


def _ask(node: AskStep, printer: Printer) -> Document:
    asked = concat(_result(node.name), f"ask {node.agent.text} ", printer.expression(node.text))
    returns = concat(" returns ", written(node.returns)) if node.returns else ""
    return concat(asked, returns, optional("timeout", node.timeout, printer))


def _call(node: CallStep, printer: Printer) -> Document:
    parts: list[Document] = [_result(node.name), printer.expression(node.call)]
    parts.append(optional("timeout", node.timeout, printer))
    if node.retry and node.retry.over is None:
        parts.append(" no retry")
    elif node.retry and node.retry.over:
        parts += [f" retry {node.retry.times} times over ", printer.expression(node.retry.over)]
    return concat(*parts)


def _result(name: Ident | None) -> str:
    return f"{name.text} = " if name else ""
