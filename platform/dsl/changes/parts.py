"""The parts that a declaration is compared by: its head, and its clauses, steps, lines, rows or fields, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from treadle.dsl import nodes
from treadle.dsl.changes.sense import sense, sense_without
from treadle.dsl.changes.shapes import Sort
from treadle.dsl.checker.walking import blocks_of
from treadle.dsl.editing.addresses import Steps
from treadle.dsl.editing.source import Source, Target
from treadle.dsl.parser.layout import Line

_ITEMS: dict[type, dict[str, Sort]] = {
    nodes.RuleDecl: {"clauses": "clause"},
    nodes.SequenceDecl: {"params": "parameter", "clauses": "clause"},
    nodes.AgentDecl: {"lines": "line"},
    nodes.TableDecl: {"rows": "row"},
    nodes.EventDecl: {"fields": "field"},
    nodes.CalendarDecl: {"lines": "line"},
    nodes.TestDecl: {"lines": "line"},
}
_STEPS = (nodes.RuleDecl, nodes.SequenceDecl)
_MOST_SHOWN = 300  # characters of a line


class Item(msgspec.Struct, frozen=True):
    """A part of a declaration. `name` is unique among those of its sort; `inside` is the step and the block that it
    stands in. `says` and `kind` are what matching goes by.
    """

    sort: Sort
    name: str
    says: bytes
    kind: bytes
    line: int
    shown: str
    inside: tuple[str, int] | None = None


class Parts(msgspec.Struct, frozen=True):
    """A declaration taken apart; its name is in neither."""

    head: bytes
    shown: str
    items: tuple[Item, ...]


def head_of(decl: nodes.Decl, text: str) -> bytes:
    """What a declaration says beside its name and its items."""
    listed = _ITEMS.get(decl.__class__, {})
    body = {"body"} if isinstance(decl, _STEPS) else set()
    return sense_without(decl, frozenset({"name", *listed, *body}), text)


def whole(decl: nodes.Decl, text: str) -> bytes:
    """All that a declaration says, but for its name."""
    said = [sense(_listed(decl, field), text) for field in _ITEMS.get(decl.__class__, ())]
    if isinstance(decl, _STEPS):
        said += [sense(step, text) + str(depth).encode() for step, depth in _deep(decl.body, 0)]
    return b"\n".join([head_of(decl, text), *said])


def parts_of(source: Source, at: int) -> Parts:
    """The parts of the declaration of a number in a file."""
    target = source.target(at)
    codes = {target.at(line.scan.start): target.code(line) for line in _lines(target.root)}
    decl, text = target.decl, source.text
    items: list[Item] = []
    for field, sort in _ITEMS.get(decl.__class__, {}).items():
        for number, node in enumerate(_listed(decl, field)):
            says, shown = sense(node, text), _shown(node, codes, text)
            items.append(Item(sort, f"{sort}_{number}", says, _kind(node), node.span.line, shown))
    if isinstance(decl, _STEPS):
        items += _steps(target, codes)
    return Parts(head_of(decl, text), _cut(target.code(target.root)), tuple(items))


def _listed(decl: nodes.Decl, field: str) -> list[Any]:
    """The nodes of a field. Clauses of different kinds have no order, as the formatter has it."""
    found = list(getattr(decl, field))
    return sorted(found, key=_clause) if field == "clauses" else found


def _clause(node: nodes.Clause) -> str:
    return f"{node.__class__.__name__} {node.word if isinstance(node, nodes.Flag) else ''}"


def _steps(target: Target, codes: dict[int, str]) -> Iterator[Item]:
    steps = Steps(target)
    text = target.text

    def walk(body: tuple[nodes.Step, ...], inside: tuple[str, int] | None) -> Iterator[Item]:
        for step in body:
            name = steps.ids[step.id]
            says, kind = sense(step, text), _kind(step)
            yield Item("step", name, says, kind, step.span.line, _shown(step, codes, text), inside)
            for number, block in enumerate(blocks_of(step)):
                yield from walk(block, (name, number))

    yield from walk(steps.body, None)


def _deep(body: tuple[nodes.Step, ...], depth: int) -> Iterator[tuple[nodes.Step, int]]:
    for step in body:
        yield step, depth
        for number, block in enumerate(blocks_of(step)):
            yield from _deep(block, depth * 8 + number + 1)


def _kind(node: Any) -> bytes:
    """What makes it the same after an edit: its class, and what a step is called or calls."""
    match node:
        case nodes.BrokenStep() | nodes.BrokenClause() | nodes.BrokenLine():
            told: object = None
        case nodes.CallStep(call=call):
            told = sense(call.of, "").decode()
        case nodes.AssignStep(name=name) | nodes.EmitStep(event=name) | nodes.AskStep(agent=name):
            told = name.text
        case nodes.StartStep(sequence=called) | nodes.RunStep(sequence=called):
            told = called.value
        case nodes.ParamDecl(name=name):
            told = name.text
        case _:
            told = None
    return msgspec.json.encode([node.__class__.__name__, told])


def _shown(node: Any, codes: dict[int, str], text: str) -> str:
    return _cut(codes.get(node.span.start) or text[node.span.start : node.span.end])


def _cut(code: str) -> str:
    said = " ".join(code.split())
    return said if len(said) <= _MOST_SHOWN else f"{said[: _MOST_SHOWN - 1]}…"


def _lines(line: Line) -> Iterator[Line]:
    yield line
    for child in line.children:
        yield from _lines(child)
