"""The language server: which requests are answered, and by which service. Speaks the protocol and decides nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from treadle.cli.lsp import answers, world
from treadle.cli.lsp.positions import changed
from treadle.cli.lsp.session import Session, report
from treadle.dsl.catalogue import Catalogue


class Server(LanguageServer):
    """A server that says what went wrong in its log, and not in a window."""

    def report_server_error(self, error: Exception, source: Any) -> None:
        """One line in the log; what a person was told in an answer is not written there again."""
        if not isinstance(error, JsonRpcException):
            report(error)


def _initialize(session: Session, params: types.InitializeParams) -> None:
    roots = [each.uri for each in params.workspace_folders or ()] or [params.root_uri or ""]
    for path in filter(None, (uris.to_fs_path(each) for each in roots if each)):
        session.folders.add(Path(path))
    encoding = session.server.workspace.position_encoding
    session.encoding = str(getattr(encoding, "value", encoding))
    session.snippets = _knows_snippets(params.capabilities)


def _initialized(session: Session, params: types.InitializedParams) -> None:
    if _watches(session.server.client_capabilities):
        session.server.client_register_capability(_watching(), lambda answer: None)
    session.soon()
    session.start(_ask_platform(session))


def _watched(session: Session, params: types.DidChangeWatchedFilesParams) -> None:
    for change in params.changes:
        session.folders.changed(Path(session.file(change.uri)))
    session.soon()


def _folders(session: Session, params: types.DidChangeWorkspaceFoldersParams) -> None:
    for each in params.event.added:
        if path := uris.to_fs_path(each.uri):
            session.folders.add(Path(path))
    session.soon()


async def _ask_platform(session: Session) -> None:
    """What the connected accounts hold, where a platform runs that knows it."""
    try:
        known = await world.accounts()
        if known:
            before = session.folders.catalogue
            session.folders.use(Catalogue(before.plugins, known, before.zone))
            session.soon()
    except Exception as failure:  # no editor shall wait for a platform, or hear of its faults
        report(failure)


def _opened(session: Session, params: types.DidOpenTextDocumentParams) -> None:
    session.folders.put(session.file(params.text_document.uri), params.text_document.text)
    session.soon()


def _edited(session: Session, params: types.DidChangeTextDocumentParams) -> None:
    file = session.file(params.text_document.uri)
    before = session.folders.open.get(file, "")
    session.folders.put(file, changed(before, params.content_changes, session.encoding))
    session.soon()


def _saved(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    session.soon()


def _closed(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    session.folders.close(session.file(params.text_document.uri))
    session.soon()


_TOLD: dict[str, Callable[[Session, Any], None]] = {
    types.INITIALIZE: _initialize,
    types.INITIALIZED: _initialized,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: _watched,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: _folders,
    types.TEXT_DOCUMENT_DID_OPEN: _opened,
    types.TEXT_DOCUMENT_DID_CHANGE: _edited,
    types.TEXT_DOCUMENT_DID_SAVE: _saved,
    types.TEXT_DOCUMENT_DID_CLOSE: _closed,
}


def _knows_snippets(client: types.ClientCapabilities) -> bool:
    text = client.text_document
    completion = text.completion if text else None
    item = completion.completion_item if completion else None
    return bool(item and item.snippet_support)


def _watches(client: types.ClientCapabilities) -> bool:
    watching = client.workspace.did_change_watched_files if client.workspace else None
    return bool(watching and watching.dynamic_registration)


def _watching() -> types.RegistrationParams:
    patterns = [types.FileSystemWatcher(pattern) for pattern in ("**/*.rule", "**/catalogue.json")]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers=patterns)
    name = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    return types.RegistrationParams([types.Registration(id="rules", method=name, register_options=options)])


def make_server(chosen: Path | None = None) -> Server:
    """A server for one editor, not started. `chosen` is the folder of the rule files, where the editor does not say."""
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # it logs what rules hold
    server = Server("treadle", version("treadle"), types.TextDocumentSyncKind.Incremental)
    session = Session(server, world.installed(), chosen)
    for method, handler in _TOLD.items():
        session.answer(method, handler)
    for method, (asked, options) in answers.ANSWERS.items():
        session.answer(method, asked, options)
    return server
