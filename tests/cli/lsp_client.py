"""A plain client of the Language Server Protocol, for tests of `treadle lsp`."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

WAIT = 60.0
"""Seconds that an answer may take; it is there in a few hundredths."""


class Client:
    """A plain client: it numbers requests and keeps what comes in between."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "TREADLE_HOME": str(folder / ".home"), "HOME": str(folder)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "treadle", "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment,
        )
        self.told: queue.Queue[dict[str, Any]] = queue.Queue()
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self._number = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        out = self._process.stdout
        assert out is not None
        while line := out.readline():
            length = 0
            while line.strip():
                name, _, value = line.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
                line = out.readline()
            self.told.put(json.loads(out.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self._process.stdin.flush()

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        """The result, or the error as it came."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == self._number and "method" not in message:
                return message.get("result", message.get("error"))

    def _next(self) -> dict[str, Any]:
        message = self._message()
        if message.get("method") == "textDocument/publishDiagnostics":
            found = message["params"]
            self.diagnostics[found["uri"]] = found["diagnostics"]
        return message

    def _message(self) -> dict[str, Any]:
        for _ in range(int(WAIT)):
            try:
                return self.told.get(timeout=1.0)
            except queue.Empty:
                if self._process.poll() is not None:
                    assert self._process.stderr is not None
                    raise AssertionError(self._process.stderr.read().decode()) from None
        raise AssertionError("no answer")

    def wrong(self, uri: str) -> list[str]:
        """The codes that are told of a file next."""
        self.diagnostics.pop(uri, None)
        while uri not in self.diagnostics:
            self._next()
        return [each["code"] for each in self.diagnostics[uri]]

    def end(self) -> tuple[int, str]:
        """Shut down as editors do; the exit status and the log."""
        self.ask("shutdown", None)
        self.tell("exit", None)
        assert self._process.stderr is not None
        log = self._process.stderr.read().decode()
        return self._process.wait(timeout=WAIT), log

    def hang_up(self) -> int:
        """Go without a word, as an editor that crashes; the exit status."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(timeout=WAIT)

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(timeout=WAIT)
