"""Requests about a file: each asks one service and says its answer in the words of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from treadle.cli.lsp import shown
from treadle.cli.lsp.positions import Ruler
from treadle.cli.lsp.session import Session
from treadle.dsl import services
from treadle.dsl.diagnostics import Position
from treadle.dsl.project import Project

REQUEST_FAILED = -32803  # the protocol's code for a request that is right and cannot be done
_Asked = tuple[Project, str, Position, Ruler]


def _asked(session: Session, document: types.TextDocumentIdentifier, at: types.Position) -> _Asked:
    file = session.file(document.uri)
    ruler = session.ruler(file)
    return session.folder(file).project, file, ruler.position(at), ruler


def _of_file(session: Session, document: types.TextDocumentIdentifier) -> tuple[Project, str, Ruler]:
    file = session.file(document.uri)
    return session.folder(file).project, file, session.ruler(file)


def _complete(session: Session, params: types.CompletionParams) -> types.CompletionList | None:
    project, file, at, ruler = _asked(session, params.text_document, params.position)
    offset = ruler.offset(params.position)
    found = services.complete(project, file, at)
    items = [shown.item(each, ruler, offset, number) for number, each in enumerate(found)]
    return types.CompletionList(is_incomplete=False, items=items if session.snippets else _without_stops(items))


def _signature(session: Session, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
    project, file, at, _ = _asked(session, params.text_document, params.position)
    found = services.signature_help(project, file, at)
    return shown.signatures(found) if found else None


def _formatting(session: Session, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
    project, file, ruler = _of_file(session, params.text_document)
    return shown.edits(services.formatting(project, file), ruler)


def _repair(session: Session, params: types.CodeActionParams) -> list[types.CodeAction] | None:
    project, file, ruler = _of_file(session, params.text_document)
    start, end = ruler.position(params.range.start), ruler.position(params.range.end)
    return [
        types.CodeAction(
            title=each.title[:1].upper() + each.title[1:],
            kind=types.CodeActionKind.QuickFix,
            is_preferred=each.preferred,
            edit=types.WorkspaceEdit(changes={session.uri(file): shown.edits(each.edits, ruler)}),
        )
        for each in services.code_actions(project, file, start, end)
    ]


def _hover(session: Session, params: types.HoverParams) -> types.Hover | None:
    project, file, at, ruler = _asked(session, params.text_document, params.position)
    found = services.hover(project, file, at)
    if found is None:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, found.text), ruler.range(found.span))


def _definition(session: Session, params: types.DefinitionParams) -> list[types.Location] | None:
    project, file, at, _ = _asked(session, params.text_document, params.position)
    return [_location(session, each) for each in services.definition(project, file, at)]


def _references(session: Session, params: types.ReferenceParams) -> list[types.Location] | None:
    project, file, at, _ = _asked(session, params.text_document, params.position)
    found = services.references(project, file, at, declaration=params.context.include_declaration)
    return [_location(session, each) for each in found]


def _highlight(session: Session, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
    project, file, at, ruler = _asked(session, params.text_document, params.position)
    return [types.DocumentHighlight(ruler.range(each)) for each in services.highlights(project, file, at)]


def _prepare(session: Session, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
    project, file, at, ruler = _asked(session, params.text_document, params.position)
    try:
        span, name = services.prepare_rename(project, file, at)
    except services.Refused:
        return None
    return types.PrepareRenamePlaceholder(range=ruler.range(span), placeholder=name)


def _rename(session: Session, params: types.RenameParams) -> types.WorkspaceEdit | None:
    project, file, at, _ = _asked(session, params.text_document, params.position)
    try:
        found = services.rename(project, file, at, params.new_name)
    except services.Refused as refused:
        raise JsonRpcException(str(refused), REQUEST_FAILED) from None
    changes = {session.uri(each): shown.edits(edits, session.ruler(each)) for each, edits in found.items()}
    return types.WorkspaceEdit(changes=changes)


def _outline(session: Session, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
    project, file, ruler = _of_file(session, params.text_document)
    return [shown.outline(each, ruler) for each in services.document_symbols(project, file)]


def _search(session: Session, params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol] | None:
    return [
        types.WorkspaceSymbol(
            location=_location(session, each.location), name=each.name, kind=shown.symbol_kind(each.kind)
        )
        for folder in session.folders.roots()
        for each in services.workspace_symbols(folder.project, params.query)
    ]


def _colours(session: Session, params: types.SemanticTokensParams) -> types.SemanticTokens | None:
    project, file, ruler = _of_file(session, params.text_document)
    return types.SemanticTokens(data=shown.tokens(services.semantic_tokens(project, file), ruler))


def _folds(session: Session, params: types.FoldingRangeParams) -> list[types.FoldingRange] | None:
    project, file, _ = _of_file(session, params.text_document)
    return [shown.fold(each) for each in services.folds(project, file)]


def _hints(session: Session, params: types.InlayHintParams) -> list[types.InlayHint] | None:
    project, file, ruler = _of_file(session, params.text_document)
    first, last = params.range.start.line + 1, params.range.end.line + 1
    return [
        types.InlayHint(ruler.place(each.line, each.col), each.text, kind=types.InlayHintKind.Type)
        for each in services.inlay_hints(project, file)
        if first <= each.line <= last
    ]


def _without_stops(items: list[types.CompletionItem]) -> list[types.CompletionItem]:
    for each in items:
        if each.insert_text_format == types.InsertTextFormat.Snippet and isinstance(each.text_edit, types.TextEdit):
            each.text_edit.new_text = shown.plain(each.text_edit.new_text)
            each.insert_text_format = types.InsertTextFormat.PlainText
    return items


def _location(session: Session, found: services.Location) -> types.Location:
    return types.Location(session.uri(found.file), session.ruler(found.file).range(found.span))


_LEGEND = types.SemanticTokensLegend(token_types=list(shown.TOKENS), token_modifiers=list(shown.MODIFIERS))
_FIXES = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])

ANSWERS: dict[str, tuple[Callable[[Session, Any], Any], Any]] = {
    types.TEXT_DOCUMENT_COMPLETION: (_complete, types.CompletionOptions(trigger_characters=[".", '"', "(", "{"])),
    types.TEXT_DOCUMENT_SIGNATURE_HELP: (_signature, types.SignatureHelpOptions(trigger_characters=["(", ","])),
    types.TEXT_DOCUMENT_FORMATTING: (_formatting, None),
    types.TEXT_DOCUMENT_CODE_ACTION: (_repair, _FIXES),
    types.TEXT_DOCUMENT_HOVER: (_hover, None),
    types.TEXT_DOCUMENT_DEFINITION: (_definition, None),
    types.TEXT_DOCUMENT_REFERENCES: (_references, None),
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: (_highlight, None),
    types.TEXT_DOCUMENT_PREPARE_RENAME: (_prepare, None),
    types.TEXT_DOCUMENT_RENAME: (_rename, None),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (_outline, None),
    types.WORKSPACE_SYMBOL: (_search, None),
    types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: (_colours, _LEGEND),
    types.TEXT_DOCUMENT_FOLDING_RANGE: (_folds, None),
    types.TEXT_DOCUMENT_INLAY_HINT: (_hints, None),
}
"""What is asked, what answers it, and what the client is told of it beforehand."""
