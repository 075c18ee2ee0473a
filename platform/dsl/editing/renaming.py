"""Names given anew, in all files that see them. What stands where, `mentions` knows.

A renaming must lead to no finding that was not there before: then nothing else had the name, and nothing was forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from treadle.dsl import nodes
from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.editing import given, mentions
from treadle.dsl.editing.operations import Rename
from treadle.dsl.editing.quoting import quoted
from treadle.dsl.editing.refusing import refused
from treadle.dsl.editing.source import Source, Target, no_part
from treadle.dsl.editing_codes import NOT_READ
from treadle.dsl.spans import Span

Edits = dict[str, list[TextEdit]]
_MENTIONS: dict[str, mentions.Finder] = {
    "use": mentions.plugin,
    "let": mentions.value,
    "function": mentions.function,
    "table": mentions.function,
    "event": mentions.event,
    "agent": mentions.agent,
    "calendar": mentions.calendar,
    "rule": mentions.rule,
    "sequence": mentions.sequence,
}
FILES_OWN = ("use", "let", "function", "table")
"""Kinds whose names belong to their file, unless it shares them."""


def rename(target: Target, op: Rename, others: Iterable[Source]) -> Edits:
    """The edits by file. `others` are the files that may see the name."""
    file = target.source.file
    if op.local is not None:
        return _local(target, op.local, given.name(op.to, file), others)
    plain = op.decl.kind in ("rule", "sequence", "limit", "test")
    new = quoted(op.to) if plain else given.name(op.to, file)
    find = _MENTIONS.get(op.decl.kind)
    edits: Edits = {}
    for source in [target.source, *others]:
        spans = [span for decl in source.module.decls if find for span in find(decl, op.decl.name, source.aliases)]
        _readable(source, op.decl.name)
        edits[source.file] = [TextEdit(span.start, span.end, new) for span in spans]
    edits[file] += _own(target.decl, new, op.to)
    return edits


def _own(decl: nodes.Decl, new: str, name: str) -> list[TextEdit]:
    """The name in its declaration."""
    match decl:
        case nodes.Use(plugin=plugin, connection=connection, alias=alias):
            end = (connection or plugin).span.end
            if alias is not None and name == plugin.text:
                return [TextEdit(end, alias.span.end, "")]
            return [TextEdit(alias.span.start, alias.span.end, new) if alias else TextEdit(end, end, f" as {new}")]
        case nodes.Edition() | nodes.BrokenDecl():
            return []
    return [TextEdit(decl.name.span.start, decl.name.span.end, new)]


def _local(target: Target, name: str, new: str, others: Iterable[Source]) -> Edits:
    spans = list(mentions.local(target.decl, name))
    if name not in mentions.gives(target.decl):
        raise no_part(target, f"name `{name}` that is given in it")
    edits: Edits = {target.source.file: [TextEdit(span.start, span.end, new) for span in spans]}
    for line, part in _broken_parts(target.source, target.decl):
        _refuse_mention(target.source, line, part, name)
    params = _params(target.decl)
    if name in params:
        for source in [target.source, *others]:
            found = [span for decl in source.module.decls for span in mentions.argument(decl, target.decl, name)]
            edits.setdefault(source.file, []).extend(TextEdit(span.start, span.end, new) for span in found)
    return edits


def _params(decl: nodes.Decl) -> set[str]:
    """The parameters that others may name."""
    match decl:
        case nodes.FunctionDecl(params=params) | nodes.TableDecl(params=params) | nodes.SequenceDecl(params=params):
            return {each.name.text for each in params}
        case nodes.RuleDecl(clauses=clauses):
            by_hand = (each for each in clauses if isinstance(each, nodes.WhenByHand))
            return {param.name.text for each in by_hand for param in each.params}
    return set()


def _readable(source: Source, name: str) -> None:
    """Refuse when a part that cannot be read may mention the name."""
    for decl in source.module.decls:
        for line, part in _broken_parts(source, decl):
            _refuse_mention(source, line, part, name)


def _broken_parts(source: Source, decl: nodes.Decl) -> Iterator[tuple[Span, str]]:
    for node in mentions.inside(decl):
        if isinstance(node, mentions.BROKEN):
            body = node.body if isinstance(node, nodes.BrokenStep) else ()
            end = body[0].span.start if body else node.span.end
            yield node.span, source.text[node.span.start : end]


def _refuse_mention(source: Source, span: Span, part: str, name: str) -> None:
    if re.search(rf"\b{re.escape(name)}\b", part):
        raise refused(NOT_READ, source.file, span, line=span.line)
