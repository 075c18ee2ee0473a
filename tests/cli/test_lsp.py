"""`treadle lsp` as an editor meets it: a process, its standard input and output, and the protocol between."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.lsp_client import Client

pytestmark = pytest.mark.slow

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
    _mend(client, uri)
    _look(client, uri)
    _rename(client, uri)
    _edit(client, uri, 2, 0, 13, "let   big=5000")
    options = {"tabSize": 2, "insertSpaces": True}
    (edit,) = client.ask("textDocument/formatting", {"textDocument": {"uri": uri}, "options": options})
    assert edit["newText"].strip() in "let big = 5000"
    status, log = client.end()
    assert (status, log) == (0, "")


def _mend(client: Client, uri: str) -> None:
    """A misspelt field is told, and mended by the fix that is offered."""
    _edit(client, uri, 6, 8, 18, "lead.prise")
    assert client.wrong(uri) == ["E206"]
    context = {"diagnostics": client.diagnostics[uri]}
    place = {"textDocument": {"uri": uri}, "range": client.diagnostics[uri][0]["range"], "context": context}
    (action,) = client.ask("textDocument/codeAction", place)
    (fix,) = action["edit"]["changes"][uri]
    assert (action["title"], fix["newText"]) == ("Write `price`", "price")
    _edit(client, uri, 6, 13, 18, fix["newText"])
    assert client.wrong(uri) == []


def _look(client: Client, uri: str) -> None:
    behind_emoji = _at(uri, 8, 19)  # `🎉` is two units wide: this is right behind `{lead.`
    assert {"name", "price"} <= set(_labels(client.ask("textDocument/completion", behind_emoji)))
    hover = client.ask("textDocument/hover", _at(uri, 8, 15))
    assert "lead: kommo.Lead" in hover["contents"]["value"]
    assert hover["range"] == {"start": {"line": 8, "character": 13}, "end": {"line": 8, "character": 17}}
    (signature,) = client.ask("textDocument/signatureHelp", _at(uri, 9, 28))["signatures"]
    assert signature["label"].startswith("kommo.add_tags(")
    definition = client.ask("textDocument/definition", _at(uri, 6, 22))
    assert definition[0]["range"]["start"] == {"line": 2, "character": 4}


def _rename(client: Client, uri: str) -> None:
    assert client.ask("textDocument/prepareRename", _at(uri, 6, 22))["placeholder"] == "big"
    renamed = client.ask("textDocument/rename", _at(uri, 6, 22, newName="least"))
    assert [each["newText"] for each in renamed["changes"][uri]] == ["least", "least"]
    refused = client.ask("textDocument/rename", _at(uri, 6, 22, newName="lead"))
    assert refused["code"] == -32803
    assert "`lead`" in refused["message"]
    assert "Traceback" not in json.dumps(refused)


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


def test_the_server_ends_with_its_editor(client: Client, folder: Path) -> None:
    _begin(client, folder)
    assert client.hang_up() in (0, 1)
