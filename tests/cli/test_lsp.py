"""`treadle lsp` as an editor meets it: a process, its standard input and output, and the protocol between."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls")
pytestmark = pytest.mark.slow

WAIT = 60.0
RULE = """use kommo

let big = 5000

rule "Big deals"
  when kommo.lead_created as lead
  where lead.price > big
  do
    log "🎉 {lead.name}"
    kommo.add_tags(lead_id: lead.id, tags: ["vip"])
"""
OTHER = 'event paid\n  total: number\n\nsequence "Follow up"(lead_id: int)\n  do\n    log "{lead_id}"\n'


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
        message = self.told.get(timeout=WAIT)
        if message.get("method") == "textDocument/publishDiagnostics":
            found = message["params"]
            self.diagnostics[found["uri"]] = found["diagnostics"]
        return message

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

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(timeout=WAIT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "big.rule").write_text(RULE, encoding="utf-8")
    (tmp_path / "rules" / "other.rule").write_text(OTHER, encoding="utf-8")
    return tmp_path / "rules"


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    made = Client(folder)
    yield made
    made.kill()


def _begin(client: Client, folder: Path) -> str:
    snippets = {"completion": {"completionItem": {"snippetSupport": True}}, "rename": {"prepareSupport": True}}
    params = {
        "processId": os.getpid(),
        "rootUri": folder.as_uri(),
        "workspaceFolders": [{"uri": folder.as_uri(), "name": "rules"}],
        "capabilities": {"textDocument": snippets},
    }
    answer = client.ask("initialize", params)
    assert answer["capabilities"]["renameProvider"] == {"prepareProvider": True}
    client.tell("initialized", {})
    uri = (folder / "big.rule").as_uri()
    document = {"uri": uri, "languageId": "treadle", "version": 1, "text": RULE}
    client.tell("textDocument/didOpen", {"textDocument": document})
    return uri


def _at(uri: str, line: int, character: int, **more: Any) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}, **more}


def _edit(client: Client, uri: str, line: int, start: int, end: int, text: str) -> None:
    place = {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}
    changes = [{"range": place, "text": text}]
    client.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": changes})


def _labels(answer: Any) -> list[str]:
    return [each["label"] for each in answer["items"]]


def test_an_editing_session_from_open_to_shutdown(client: Client, folder: Path) -> None:
    uri = _begin(client, folder)
    assert client.wrong(uri) == []

    _edit(client, uri, 6, 8, 18, "lead.prise")
    assert client.wrong(uri) == ["E206"]
    actions = client.ask(
        "textDocument/codeAction",
        {
            "textDocument": {"uri": uri},
            "range": client.diagnostics[uri][0]["range"],
            "context": {"diagnostics": client.diagnostics[uri]},
        },
    )
    (fix,) = actions[0]["edit"]["changes"][uri]
    assert (actions[0]["title"], fix["newText"]) == ("Write `price`", "price")
    _edit(client, uri, 6, 13, 18, fix["newText"])
    assert client.wrong(uri) == []

    behind_emoji = _at(uri, 8, 19)  # `🎉` is two units wide: this is right behind `{lead.`
    assert {"name", "price"} <= set(_labels(client.ask("textDocument/completion", behind_emoji)))
    hover = client.ask("textDocument/hover", _at(uri, 8, 15))
    assert "lead: kommo.Lead" in hover["contents"]["value"]
    assert hover["range"] == {"start": {"line": 8, "character": 13}, "end": {"line": 8, "character": 17}}
    assert client.ask("textDocument/signatureHelp", _at(uri, 9, 28))["signatures"][0]["label"].startswith(
        "kommo.add_tags("
    )

    definition = client.ask("textDocument/definition", _at(uri, 6, 22))
    assert definition[0]["range"]["start"] == {"line": 2, "character": 4}
    assert client.ask("textDocument/prepareRename", _at(uri, 6, 22))["placeholder"] == "big"
    renamed = client.ask("textDocument/rename", _at(uri, 6, 22, newName="least"))
    assert [each["newText"] for each in renamed["changes"][uri]] == ["least", "least"]
    refused = client.ask("textDocument/rename", _at(uri, 6, 22, newName="lead"))
    assert refused["code"] == -32803
    assert "`lead`" in refused["message"]
    assert "Traceback" not in json.dumps(refused)

    _edit(client, uri, 2, 0, 13, "let   big=5000")
    (edit,) = client.ask(
        "textDocument/formatting", {"textDocument": {"uri": uri}, "options": {"tabSize": 2, "insertSpaces": True}}
    )
    assert edit["newText"].strip() in "let big = 5000"
    status, log = client.end()
    assert (status, log) == (0, "")


def test_the_whole_of_a_file_and_of_the_folder(client: Client, folder: Path) -> None:
    uri = _begin(client, folder)
    document = {"textDocument": {"uri": uri}}
    outline = client.ask("textDocument/documentSymbol", document)
    assert [each["name"] for each in outline] == ["kommo", "big", "Big deals"]
    assert outline[2]["children"][0]["name"] == "when kommo.lead_created as lead"
    found = client.ask("workspace/symbol", {"query": "fol"})
    assert [(each["name"], each["location"]["uri"]) for each in found] == [
        ("Follow up", (folder / "other.rule").as_uri())
    ]
    assert len(client.ask("textDocument/semanticTokens/full", document)["data"]) % 5 == 0
    folds = client.ask("textDocument/foldingRange", document)
    assert {"startLine": 4, "endLine": 9, "kind": "region"} in folds
    hints = client.ask("textDocument/inlayHint", {**document, "range": _whole()})
    assert [each["label"] for each in hints] == [": int"]


def _whole() -> dict[str, Any]:
    return {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}


def test_files_of_the_folder_are_checked_together_and_open_ones_win(client: Client, folder: Path) -> None:
    uri = _begin(client, folder)
    assert client.wrong(uri) == []
    _edit(client, uri, 9, 4, 51, 'start "Follow up"(lead_id: lead.id)')
    names = _labels(client.ask("textDocument/completion", _at(uri, 9, 11)))
    assert names == ["Follow up"]
    other = (folder / "other.rule").as_uri()
    text = OTHER.replace("Follow up", "Later")
    document = {"uri": other, "languageId": "treadle", "version": 1, "text": text}
    client.tell("textDocument/didOpen", {"textDocument": document})
    assert client.wrong(uri) == ["E209"]
    client.tell("textDocument/didClose", {"textDocument": {"uri": other}})
    assert client.wrong(uri) == []
    (folder / "other.rule").unlink()
    client.tell("workspace/didChangeWatchedFiles", {"changes": [{"uri": other, "type": 3}]})
    assert client.wrong(uri) == ["E209"]


def test_what_an_account_holds_is_read_beside_the_rules(client: Client, folder: Path) -> None:
    uri = _begin(client, folder)
    stages = [{"id": "1", "name": "Qualified", "within": "Sales"}]
    accounts = {"main": {"plugin": "kommo", "choices": {"stages": stages}}}
    (folder / "catalogue.json").write_text(json.dumps({"format": 1, "accounts": accounts}), encoding="utf-8")
    changed = {"uri": (folder / "catalogue.json").as_uri(), "type": 1}
    client.tell("workspace/didChangeWatchedFiles", {"changes": [changed]})
    _edit(client, uri, 9, 4, 51, 'kommo.move_lead(lead_id: lead.id, stage: "')
    assert _labels(client.ask("textDocument/completion", _at(uri, 9, 46))) == ["Qualified"]


def test_nothing_that_is_broken_ends_the_server(client: Client, folder: Path) -> None:
    uri = _begin(client, folder)
    for text in ('rule "', "\t\t((((", "use kommo\n\x00", "rule\n  when\n    do\n", "🎉" * 50, ""):
        changes = [{"text": text}]
        client.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": 3}, "contentChanges": changes})
        for method in ("completion", "hover", "definition", "signatureHelp"):
            client.ask(f"textDocument/{method}", _at(uri, 0, 5))
        assert client.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}}) is not None
    assert client.ask("textDocument/hover", _at("untitled:one", 3, 3)) is None
    assert client.end()[0] == 0
