"""Answers of the services in the words of the protocol. Pure; decides nothing but how a thing is called there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lsprotocol import types

from treadle.cli.lsp.positions import Ruler
from treadle.dsl import services
from treadle.dsl.diagnostics import Diagnostic, TextEdit

TOKENS = (
    "namespace", "type", "parameter", "variable", "property", "enumMember", "event", "function", "method", "class",
)  # fmt: skip
MODIFIERS = ("declaration", "readonly", "defaultLibrary")
_TOKEN = {
    "local": "variable",
    "let": "variable",
    "function": "function",
    "use": "namespace",
    "plugin": "namespace",
    "event": "event",
    "trigger": "event",
    "agent": "class",
    "calendar": "enumMember",
    "label": "enumMember",
    "field": "property",
    "action": "method",
    "type": "type",
    "builtin": "function",
}
_ITEM = {
    "keyword": types.CompletionItemKind.Keyword,
    "snippet": types.CompletionItemKind.Snippet,
    "local": types.CompletionItemKind.Variable,
    "let": types.CompletionItemKind.Constant,
    "function": types.CompletionItemKind.Function,
    "builtin": types.CompletionItemKind.Function,
    "field": types.CompletionItemKind.Field,
    "plugin": types.CompletionItemKind.Module,
    "action": types.CompletionItemKind.Method,
    "trigger": types.CompletionItemKind.Event,
    "event": types.CompletionItemKind.Event,
    "type": types.CompletionItemKind.Class,
    "argument": types.CompletionItemKind.Property,
    "value": types.CompletionItemKind.EnumMember,
    "unit": types.CompletionItemKind.Unit,
    "agent": types.CompletionItemKind.Class,
    "sequence": types.CompletionItemKind.Function,
    "rule": types.CompletionItemKind.Event,
    "calendar": types.CompletionItemKind.EnumMember,
}
_SYMBOL = {
    "rule": types.SymbolKind.Event,
    "sequence": types.SymbolKind.Function,
    "function": types.SymbolKind.Function,
    "table": types.SymbolKind.Enum,
    "let": types.SymbolKind.Constant,
    "use": types.SymbolKind.Module,
    "event": types.SymbolKind.Struct,
    "agent": types.SymbolKind.Class,
    "field": types.SymbolKind.Field,
    "calendar": types.SymbolKind.Array,
    "limit": types.SymbolKind.Number,
    "test": types.SymbolKind.Method,
    "clause": types.SymbolKind.Property,
    "step": types.SymbolKind.Operator,
}
_DOT = re.compile(r"\??\.")


def diagnostic(found: Diagnostic, ruler: Ruler) -> types.Diagnostic:
    """What is wrong; its notes stand below the message."""
    warning = found.severity == "warning"
    return types.Diagnostic(
        range=ruler.range(found.span),
        message="\n".join((found.message, *found.notes)),
        severity=types.DiagnosticSeverity.Warning if warning else types.DiagnosticSeverity.Error,
        code=found.code,
        source="treadle",
    )


def edits(changes: Iterable[TextEdit], ruler: Ruler) -> list[types.TextEdit]:
    """Edits of one text."""
    return [types.TextEdit(ruler.between(each.start, each.end), each.text) for each in changes]


def item(found: services.Completion, ruler: Ruler, offset: int, at: int) -> types.CompletionItem:
    """One completion; `at` is its place in the list, which keeps the order."""
    dot = _DOT.match(ruler.text, found.edit.start, offset)  # written anew: clients compare with it, too
    return types.CompletionItem(
        label=found.label,
        kind=_ITEM[found.kind],
        detail=found.detail or None,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, found.doc) if found.doc else None,
        sort_text=f"{at:05}",
        filter_text=dot.group() + found.label if dot else None,
        insert_text_format=types.InsertTextFormat.Snippet if found.snippet else types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AdjustIndentation,
        text_edit=types.TextEdit(ruler.between(found.edit.start, found.edit.end), found.edit.text),
    )


def plain(snippet: str) -> str:
    """A snippet for a client that knows none: its text without tab stops."""
    filled = re.sub(r"\$\{\d+:([^}]*)\}|\$\{\d+\|([^,|]*)[^}]*\}", lambda each: each[1] or each[2] or "", snippet)
    return re.sub(r"\$\{?\d+\}?", "", filled).replace("\\$", "$").replace("\\}", "}")


def signatures(found: tuple[services.Signature, ...]) -> types.SignatureHelp:
    """The ways to write a call."""
    return types.SignatureHelp(
        signatures=[
            types.SignatureInformation(
                label=each.label,
                documentation=types.MarkupContent(types.MarkupKind.Markdown, each.doc) if each.doc else None,
                parameters=[types.ParameterInformation(one.label, one.doc or None) for one in each.parameters],
                active_parameter=each.active,
            )
            for each in found
        ],
        active_signature=0,
        active_parameter=found[0].active,
    )


def outline(found: services.Outline, ruler: Ruler) -> types.DocumentSymbol:
    """A part of a file's tree."""
    return types.DocumentSymbol(
        name=found.name,
        kind=_SYMBOL.get(found.kind, types.SymbolKind.Object),
        range=ruler.range(found.span),
        selection_range=ruler.range(found.name_span),
        detail=found.detail or None,
        children=[outline(each, ruler) for each in found.children],
    )


def symbol_kind(kind: str) -> types.SymbolKind:
    """How a declaration is called."""
    return _SYMBOL.get(kind, types.SymbolKind.Object)


def tokens(found: tuple[services.SemanticToken, ...], ruler: Ruler) -> list[int]:
    """Tokens as the protocol packs them: each by its distance from the one before."""
    data: list[int] = []
    line = start = 0
    for each in found:
        if each.kind not in _TOKEN or each.span.line != each.span.end_line:
            continue
        at = ruler.place(each.span.line, each.span.col)
        ahead = at.character - start if at.line == line else at.character
        modifiers = sum(1 << MODIFIERS.index(name) for name in each.modifiers)
        data += [at.line - line, ahead, ruler.length(each.span), TOKENS.index(_TOKEN[each.kind]), modifiers]
        line, start = at.line, at.character
    return data


def fold(found: services.Fold) -> types.FoldingRange:
    """Lines that fold."""
    comment = found.kind == "comment"
    kind = types.FoldingRangeKind.Comment if comment else types.FoldingRangeKind.Region
    return types.FoldingRange(found.first - 1, found.last - 1, kind=kind)
