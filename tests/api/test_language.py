"""/language: what an editor asks while somebody types, over HTTP, in the processes that really answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.api.test_events import LEAD

from treadle.runtime.engine import Engine
from treadle.runtime.language import pool as pools
from treadle.runtime.language.pool import LanguageBusy, LanguageFailed, LanguageFull, TooMuch

TEXT = """use kommo as crm

let floor = 500

rule "{name}"
  when crm.lead_created as lead
  where lead.price > floor
  do
    note = crm.add_note(lead_id: lead.id, text: "Hi")
    wait 2 days
    log "noted {{note.id}}"

test "big ones get a note"
  given crm.lead_created {{id: 7, price: 900}}
  mock crm.add_note returns {{id: 1}}
  expect crm.add_note(lead_id: 7)
"""


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """A machine that is busy with other tests is no reason to fail."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pools, "PATIENCE", 60.0)
        patch.setattr(pools, "HANGS", 60.0)
        yield


def text(name: str = "Greet") -> str:
    return TEXT.format(name=name)


async def ask(api: httpx.AsyncClient, verb: str, status: int = 200, **asked: Any) -> Any:
    answer = await api.post(f"/api/v1/language/{verb}", json={"file": "greet.rule", "text": text()} | asked)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_one_file_is_asked_about_in_every_way(api: httpx.AsyncClient) -> None:
    checked = await ask(api, "check", text=text().replace("lead.price", "lead.prize"))
    assert [each["code"] for each in checked["diagnostics"]] == ["E206"], checked
    assert (await ask(api, "check"))["diagnostics"] == []

    formatted = await ask(api, "format", text="let  a=1\n")
    assert formatted["text"] == "let a = 1\n"
    assert formatted["edits"]

    at = {"line": 9, "col": 16}
    completions = await ask(api, "complete", **at)
    assert "add_note" in {each["label"] for each in completions["items"]}
    assert "add_note" in (await ask(api, "hover", line=9, col=18))["hover"]["text"]
    assert (await ask(api, "hover", line=2, col=1))["hover"] is None

    tree = (await ask(api, "symbols"))["symbols"]
    assert [each["name"] for each in tree] == ["crm", "floor", "Greet", "big ones get a note"]
    found = (await ask(api, "symbols", query="gree"))["found"]
    assert {"Greet"} <= {each["name"] for each in found}

    drawn = await ask(api, "graph", drawing="svg")
    (graph,) = drawn["graphs"]
    assert set(graph["graph"]["nodes"]) == set(drawn["declarations"][0]["steps"]) == {"add_note", "wait", "log"}
    assert drawn["drawing"].startswith("<svg")

    played = await ask(api, "test")
    assert (played["passed"], played["failed"]) == (1, 0), played
    broken = await ask(api, "test", text=text().replace("price: 900", "price: 9"))
    assert broken["tests"][0]["failure"]["message"]


async def test_a_step_keeps_its_graph_id_where_the_text_has_a_fault(api: httpx.AsyncClient) -> None:
    drawn = await ask(api, "graph", text=text().replace("> floor", "> flor"))
    assert drawn["graphs"] == []
    assert set(drawn["declarations"][0]["steps"]) == {"add_note", "wait", "log"}
    assert drawn["diagnostics"]


async def test_operations_edit_the_text(api: httpx.AsyncClient) -> None:
    decl = {"kind": "rule", "name": "Greet"}
    first = {"op": "set_argument", "decl": decl, "step": "add_note", "name": "text", "value": '"Hello"'}
    second = {"op": "rename", "decl": {"kind": "let", "name": "floor"}, "to": "least"}
    edited = await ask(api, "edit", operations=[first, second])
    assert edited["text"] == text().replace('"Hi"', '"Hello"').replace("floor", "least")
    assert edited["diagnostics"] == []
    assert len(edited["applied"]) == 2
    assert edited["graphs"][0]["graph"]["nodes"]["add_note"]

    refused = await ask(api, "edit", 422, operations=[first, {"op": "remove_step", "decl": decl, "step": "add_note"}])
    assert refused["code"] == "edit_refused"
    assert "Operation 2 of 2" in refused["detail"]
    assert refused["diagnostics"][0]["code"] == "E807"

    assert (await ask(api, "edit", 412, operations=[first], base="of yesterday"))["code"] == "base_changed"
    assert (await ask(api, "edit", operations=[first], base=edited["base"]))["text"]


async def test_the_other_files_are_those_of_the_workspace(api: httpx.AsyncClient) -> None:
    name = f"S {uuid4().hex[:8]}"
    stored = f'sequence "{name}"(lead: int)\n  do\n    log "{{lead}}"\n'
    published = await api.post("/api/v1/publications", json={"files": {"steps.rule": stored}})
    assert published.status_code == 201, published.text
    using = text().replace("wait 2 days", f'start "{name}"(lead: lead.id)')
    before = await ask(api, "check", text=using)
    assert before["diagnostics"] == []
    renamed = {"op": "rename", "decl": {"kind": "sequence", "name": name}, "to": "Aside"}
    edited = await ask(api, "edit", file="steps.rule", text=stored, operations=[renamed])
    assert edited["others"] == {}

    gone = await api.post("/api/v1/publications", json={"files": {}})
    assert gone.status_code == 201, gone.text
    after = await ask(api, "check", text=using)
    assert after["diagnostics"] != []
    assert after["base"] != before["base"]


async def test_a_set_of_its_own_needs_no_workspace(api: httpx.AsyncClient) -> None:
    asked = {"files": {"a.rule": "let a = b\n", "b.rule": "# nothing\n"}}
    answer = await api.post("/api/v1/language/check", json=asked)
    assert [each["file"] for each in answer.json()["diagnostics"]] == ["a.rule"]
    both = await api.post("/api/v1/language/check", json=asked | {"file": "a.rule", "text": ""})
    assert both.status_code == 400


async def test_an_event_is_explained_on_the_edited_text(api: httpx.AsyncClient, engine: Engine) -> None:
    made = await ask(api, "explain", trigger="kommo.lead_created", data=LEAD | {"price": 100})
    (told,) = [each for each in made["rules"] if each["rule"] == "Greet"]
    assert told["outcome"] == "filtered"
    assert "lead.price" in told["why"]

    put = await api.post("/api/v1/events", json={"trigger": "kommo.lead_created", "data": LEAD | {"price": 900}})
    stored = await ask(api, "explain", event=put.json()["events"][0])
    assert [each["outcome"] for each in stored["rules"] if each["rule"] == "Greet"] == ["fired"]

    assert (await ask(api, "explain", 404, event=str(uuid4())))["code"] == "event_unknown"
    assert (await ask(api, "explain", 422, trigger="kommo.nothing", data={}))["code"] == "event_invalid"
    for wrong in (5, None, [], {"id": "seven"}, {"price": {}}):
        assert (await ask(api, "explain", 422, trigger="kommo.lead_created", data=wrong))["code"] == "event_invalid"
    assert await ask(api, "explain", trigger="kommo.lead_created", data={})


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (LanguageBusy(), 503, "language_busy"),
        (LanguageFull(), 429, "language_full"),
        (TooMuch(), 422, "too_much"),
        (LanguageFailed("check: KeyError (files.py:7)"), 500, "unexpected"),
    ],
)
async def test_what_keeps_from_answering_is_a_problem(
    api: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int, code: str
) -> None:
    async def fails(*_: object) -> bytes:
        raise failure

    monkeypatch.setattr(engine.language, "ask", fails)
    answer = await api.post("/api/v1/language/format", json={"file": "a.rule", "text": ""})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status in (429, 503))
    assert "KeyError" not in answer.text


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        ("complete", {"line": 0, "col": 1}),
        ("hover", {"line": 1, "col": 10**30}),
        ("symbols", {"query": "x" * 201}),
        ("graph", {"drawing": "png"}),
        ("edit", {"operations": []}),
        ("edit", {"operations": [{"op": "dance"}]}),
        ("edit", {"operations": [{"op": "set_off", "decl": {"kind": "rule"}}]}),
        ("explain", {}),
        ("explain", {"event": str(uuid4()), "trigger": "a.b"}),
        ("format", {"file": ""}),
        ("format", {"file": "f" * 401}),
        ("test", {"texts": ""}),
    ],
)
async def test_what_makes_no_sense_is_refused_before_anybody_works(
    api: httpx.AsyncClient, engine: Engine, verb: str, asked: dict[str, Any]
) -> None:
    assert (await ask(api, verb, 400, **asked))["code"] == "bad_request"
    assert engine.language.processes() == []


async def test_a_text_has_bounds(api: httpx.AsyncClient) -> None:
    assert (await ask(api, "format", 413, text="#" * 5_000_001))["code"] == "too_large"
    assert (await ask(api, "check", text="(" * 4_000))["diagnostics"]
    assert (await ask(api, "hover", line=10_000_000, col=10_000_000))["hover"] is None
