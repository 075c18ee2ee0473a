"""One editor's session: its folders, what it was told, and how a file is called here and there.

Owns that nothing which goes wrong reaches the client as more than an empty answer, or as one sentence.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from itertools import groupby
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from treadle.cli.lsp.folders import Folder, Folders
from treadle.cli.lsp.positions import Ruler
from treadle.cli.lsp.shown import diagnostic
from treadle.dsl.catalogue import Catalogue

PAUSE = 0.15
"""Seconds after the last change before what is wrong is told."""

P = ParamSpec("P")
T = TypeVar("T")


class Session:
    """What the handlers share. `encoding` is what the client's columns count."""

    def __init__(self, server: LanguageServer, catalogue: Catalogue, chosen: Path | None) -> None:
        self.server = server
        self.folders = Folders(catalogue, chosen)
        self.encoding = "utf-16"
        self.snippets = True
        self._names: dict[str, str] = {}
        self._told: dict[str, list[types.Diagnostic]] = {}
        self._beside: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def answer(self, method: str, handler: Callable[[Session, Any], Any], options: Any = None) -> None:
        """Let a function of the session and the parameters answer a method of the protocol."""

        def handle(params: Any) -> Any:
            return quiet(handler)(self, params)

        self.server.feature(method, options)(handle)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run beside the answers."""
        task = asyncio.get_running_loop().create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def file(self, uri: str) -> str:
        """What a file is called here: its path, or for one that lies nowhere the client's own name for it."""
        path = uris.to_fs_path(uri)
        file = Path(path).resolve().as_posix() if path else uri
        self._names[file] = uri
        return file

    def uri(self, file: str) -> str:
        """What the client calls a file."""
        return self._names.get(file) or uris.from_fs_path(file) or file

    def folder(self, file: str) -> Folder:
        """The project of a file."""
        return self.folders.of(file)

    def ruler(self, file: str) -> Ruler:
        """The text of a file, measured for the client. Raises `KeyError`."""
        return Ruler(self.folder(file).project.sources[file], self.encoding)

    def soon(self) -> None:
        """Tell what is wrong when the typing pauses."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(PAUSE, quiet(self.tell))

    def tell(self) -> None:
        """Send what is wrong, for each file where it is another than was told before."""
        found: dict[str, list[types.Diagnostic]] = {}
        for folder in self.folders.roots():
            project = folder.project
            found |= {file: [] for file in project.sources}
            for file, here in groupby(project.diagnostics(), key=lambda each: each.file):
                ruler = Ruler(project.sources[file], self.encoding)
                found[file] = [diagnostic(each, ruler) for each in here]
        for file in (*found, *(each for each in self._told if each not in found)):
            now = found.get(file, [])
            if now != self._told.get(file, []) or file not in self._told:
                self._send(file, now)
        self._told = found

    def _send(self, file: str, now: list[types.Diagnostic]) -> None:
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(self.uri(file), now))


def quiet(handler: Callable[P, T]) -> Callable[P, T | None]:
    """A handler that answers nothing when it cannot do its work: an editor must not lose its server."""

    @wraps(handler)
    def handle(*args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return handler(*args, **kwargs)
        except JsonRpcException:
            raise  # a sentence for the person who asked
        except KeyError:  # a file that is not open, or has gone
            return None
        except Exception as failure:
            report(failure)
            return None

    return handle


def report(failure: BaseException) -> None:
    """One line on standard error, which editors keep in a log."""
    where: Any = failure.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f" ({Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno})" if where is not None else ""
    sys.stderr.write(f"treadle lsp: {type(failure).__name__}: {failure}{place}\n")
