"""Arguments of calls, of `start` and `run`, and fields of `emit`; and connections of `use`.

Owns commas: where arguments stand on lines of their own, a new one gets its own line, and a line goes with its comment.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from treadle.dsl import nodes
from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.editing import given, margins
from treadle.dsl.editing.addresses import Steps
from treadle.dsl.editing.operations import SetArgument, SetConnection
from treadle.dsl.editing.source import Target, no_part
from treadle.dsl.services.renaming import quoted
from treadle.dsl.spans import Span

_COMMA = re.compile(r"[ \t]*,")
_REST = re.compile(r"[ \t]*,?[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")


class _Part(NamedTuple):
    """One named part: the whole of it, and its value."""

    name: str | None
    span: Span
    value: nodes.Expr


class _Parts(NamedTuple):
    """The parts of a step. `start` is behind the opening bracket or, with `brackets`, where they have to be written."""

    items: tuple[_Part, ...]
    start: int
    brackets: str = ""


def set_argument(target: Target, op: SetArgument) -> list[TextEdit]:
    """Change, add or take out one argument."""
    placed = Steps(target).find(op.step)
    parts = _parts(placed.step, target.text)
    if parts is None:
        raise no_part(target, f"arguments in `{op.step}`")
    at = next((at for at, part in enumerate(parts.items) if part.name == op.name), None)
    if op.value is None:
        if at is None:
            raise no_part(
                target, f"argument `{op.name}` in `{op.step}`", tuple(each.name or "?" for each in parts.items)
            )
        return [_removal(target.text, parts.items, at)]
    _, lines = given.value(op.value, target.source.file)
    end = margins.feed(target.text, placed.step.span.start)
    indent = " " * (placed.head.indent + margins.STEP)
    value = end.join([lines[0], *(indent + line if line.strip() else line for line in lines[1:])])
    if at is not None:
        span = parts.items[at].value.span
        return [TextEdit(span.start, span.end, value)]
    return _addition(target.text, parts, f"{op.name}: {value}", end)


def _parts(step: nodes.Step, text: str) -> _Parts | None:
    match step:
        case nodes.CallStep(call=call):
            return _Parts(_listed(call.args), text.index("(", call.of.span.end) + 1)
        case nodes.StartStep(sequence=sequence, args=args) | nodes.RunStep(sequence=sequence, args=args):
            at = text.find("(", sequence.span.end, step.span.end)
            return _Parts(_listed(args), at + 1) if at >= 0 else _Parts((), sequence.span.end, "()")
        case nodes.EmitStep(data=nodes.BraceExpr(entries=entries, span=span)):
            items = tuple(_Part(each.key.text, each.span, each.value) for each in entries)
            return _Parts(items, span.start + 1)
        case nodes.EmitStep(event=event):
            return _Parts((), event.span.end, " {}")
    return None


def _listed(args: tuple[nodes.Argument, ...]) -> tuple[_Part, ...]:
    return tuple(_Part(each.name.text if each.name else None, each.span, each.value) for each in args)


def _addition(text: str, parts: _Parts, shown: str, end: str) -> list[TextEdit]:
    if not parts.items:
        opening, closing = (parts.brackets[:-1], parts.brackets[-1]) if parts.brackets else ("", "")
        return [TextEdit(parts.start, parts.start, f"{opening}{shown}{closing}")]
    last = parts.items[-1].span.end
    comma = _COMMA.match(text, last)
    rest = _REST.match(text, last)
    if rest is None or "\n" not in text[parts.start : last]:
        return [TextEdit(last, last, f", {shown}")]
    margin = " " * margins.column(text, _first_on_line(text, parts.items))
    behind = margins.code_end(text, last)
    added = TextEdit(behind, behind, f"{end}{margin}{shown}{',' if comma else ''}")
    return [added] if comma else [TextEdit(last, last, ","), added]


def _first_on_line(text: str, items: tuple[_Part, ...]) -> int:
    """Where the last part begins that begins a line."""
    begins = (each.span.start for each in reversed(items) if _alone_before(text, each.span.start))
    return next(begins, items[-1].span.start)


def _alone_before(text: str, at: int) -> bool:
    return margins.is_blank(text, margins.line_start(text, at), at)


def _removal(text: str, items: tuple[_Part, ...], at: int) -> TextEdit:
    start, end = items[at].span.start, items[at].span.end
    rest = _REST.match(text, end)
    if rest and _alone_before(text, start):
        return TextEdit(margins.line_start(text, start), rest.end(), "")
    if at + 1 < len(items):
        return TextEdit(start, items[at + 1].span.start, "")
    if at:
        return TextEdit(items[at - 1].span.end, end, "")
    comma = _COMMA.match(text, end)
    return TextEdit(start, comma.end() if comma else end, "")


def set_connection(target: Target, op: SetConnection) -> list[TextEdit]:
    """The stored connection that a `use` means."""
    if not isinstance(target.decl, nodes.Use):
        raise no_part(target, "connection")
    plugin, known = target.decl.plugin, target.decl.connection
    if op.connection is None:
        return [TextEdit(plugin.span.end, known.span.end, "")] if known else []
    if known:
        return [TextEdit(known.span.start, known.span.end, quoted(op.connection))]
    return [TextEdit(plugin.span.end, plugin.span.end, f" {quoted(op.connection)}")]
