"""`treadle run`: one event through one file; nothing leaves the machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Call

RULE = """use kommo

rule "Big"
  when kommo.lead_created as lead
  where lead.price > 100
  do
    wait 2 days
    kommo.add_note(lead_id: lead.id, text: "Hi {lead.name}")

rule "Small"
  when kommo.lead_created as lead
  where lead.price <= 100
  do
    log "small"
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.rule").write_text(RULE)
    Path("lead.json").write_text('{"id": 7, "name": "Ana", "price": 100.10}')


def test_each_rule_says_what_it_did_and_each_step_what_it_would_do(call: Call) -> None:
    found = call("run", "a.rule", "--event", "kommo.lead_created=lead.json", "--json").json
    assert [(rule["rule"], rule["outcome"]) for rule in found["rules"]] == [("Big", "fired"), ("Small", "filtered")]
    assert "100.1" in found["rules"][1]["why"]
    (run,) = found["runs"]
    assert (run["status"], [step["what"] for step in run["steps"]]) == ("done", ["wait", "kommo.add_note"])
    note = run["steps"][1]
    assert (note["input"], note["sent"]) == ({"lead_id": 7, "text": "Hi Ana"}, False)


def test_a_person_gets_a_table_with_the_lines_of_the_file(call: Call) -> None:
    told = call("run", "a.rule", "--event", "kommo.lead_created=lead.json").out
    assert 'rule "Big": fired' in told
    assert 'rule "Small": filtered: ' in told
    assert "a.rule:8" in told
    assert "Effects were recorded, not sent" in told


@pytest.mark.parametrize(
    ("event", "status", "words"),
    [
        ("kommo.lead_creatd=lead.json", 1, "there is no trigger 'kommo.lead_creatd'"),
        ("kommo.lead_created", 2, "TRIGGER=EVENT.json"),
        ("kommo.lead_created=none.json", 2, "none.json"),
    ],
)
def test_what_was_asked_wrongly(call: Call, event: str, status: int, words: str) -> None:
    called = call("run", "a.rule", "--event", event)
    assert called.status == status
    assert words in called.err


def test_a_file_with_faults_is_not_run(call: Call) -> None:
    Path("a.rule").write_text(RULE.replace("lead.price > 100", "lead.prise > 100"))
    called = call("run", "a.rule", "--event", "kommo.lead_created=lead.json")
    assert (called.status, called.out) == (1, "")
    assert "error[E206]" in called.err


def test_an_event_that_no_rule_hears(call: Call) -> None:
    called = call("run", "a.rule", "--event", "kommo.contact_created=lead.json")
    assert (called.status, called.out) == (0, "No rule in these files hears kommo.contact_created.\n")
    assert json.loads(call("run", "a.rule", "--event", "kommo.contact_created=lead.json", "--json").out)["runs"] == []
