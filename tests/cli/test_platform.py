"""Commands that need the platform, on a machine where no server runs: the same words, the engine opened here."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest
from tests.cli.conftest import Call

LEAD = {"id": 7, "name": "Ana", "price": 20000, "pipeline_id": 5001, "stage_id": 5101, "status_id": 5101,
        "created_at": "2025-11-23T10:00:00Z", "updated_at": "2025-11-23T10:00:00Z"}  # fmt: skip
RULE = """use kommo

rule "Log {name}"
  when kommo.lead_created as lead
  where lead.price > 10000
  do
    log "hi"
"""


@pytest.fixture
def lead(tmp_path: Path) -> str:
    file = tmp_path / "lead.json"
    file.write_text(json.dumps(LEAD | {"id": int(uuid4().hex[:10], 16)}))
    return str(file)


def test_an_event_is_sent_listed_and_shown(call: Call, lead: str) -> None:
    receipt = call("send", "kommo.lead_created", lead, "--json").json
    (event,) = receipt["events"]
    assert (receipt["accepted"], receipt["duplicates"]) == (1, 0)
    entity = f"kommo.lead:{json.loads(Path(lead).read_text())['id']}"
    (listed,) = call("events", "--entity", entity, "--json").json
    shown = call("events", "show", event, "--json").json
    assert listed | {"explanation": []} == shown
    assert (shown["id"], shown["trigger"], shown["data"]["price"]) == (event, "kommo.lead_created", 20000)
    text = call("events", "show", event)
    assert text.status == 0
    assert entity in text.out


def test_whoever_sends_without_a_server_is_told_so(call: Call, lead: str) -> None:
    assert "No server runs here" in call("send", "kommo.lead_created", lead).err


def test_an_event_that_does_not_fit_has_faults(call: Call, lead: str) -> None:
    called = call("send", "kommo.nothing", lead)
    assert (called.status, called.out) == (1, "")
    assert "kommo.nothing" in called.err
    assert len(called.err.splitlines()) == 1


def test_rules_are_published_and_hear(call: Call, lead: str, tmp_path: Path) -> None:
    (tmp_path / "log.rule").write_text(RULE.replace("{name}", "it"))
    called = call("publish", str(tmp_path))
    assert called.status == 0
    assert "live: 1 rule (Log it), 0 sequences" in called.out
    event = call("send", "kommo.lead_created", lead, "--json").json["events"][0]
    assert call("events", "show", event, "--json").json["outcome"] == "fired"
    (run,) = call("runs", "list", "--event", event, "--json").json
    assert (run["rule"], run["status"]) == ("Log it", "running")
    assert call("runs", "--since", "1h", "--event", event, "--json").json == [run]
    assert call("runs", "--until", "1h", "--event", event, "--json").json == []
    assert call("runs", "--key", "nobody", "--json").json == []
    assert call("runs", "--since", "soon").status == 2
    assert event in {each["id"] for each in call("events", "--outcome", "fired", "--since", "1h", "--json").json}
    shown = call("runs", "show", run["id"], "--json").json
    assert (shown["id"], shown["steps"]) == (run["id"], [])
    assert shown["source"] == {"file": "log.rule", "line": 3, "col": 1}
    assert "Log it" in call("runs").out
    assert "Log it" in call("runs", "show", run["id"]).out


def test_a_rule_is_started_by_hand(call: Call, tmp_path: Path) -> None:
    (tmp_path / "button.rule").write_text('rule "Button"\n  when by hand (amount: number)\n  do\n    log "{amount}"\n')
    assert call("publish", str(tmp_path)).status == 0
    (tmp_path / "args.json").write_text('{"amount": 0.1}')
    started = call("runs", "start", "Button", str(tmp_path / "args.json"), "--json").json
    assert call("runs", "show", started["run"], "--json").json["rule"] == "Button"
    refused = call("runs", "start", "Button")
    assert (refused.status, "amount is missing (number)" in refused.err) == (1, True)


def test_files_with_faults_change_nothing_and_say_why(call: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.rule").write_text(RULE.replace("{name}", "bad").replace("lead.price", "lead.prise"))
    called = call("publish", str(tmp_path))
    assert called.status == 1
    assert "did you mean `price`" in called.err
    assert "  where lead.prise > 10000" in called.err
    assert "Traceback" not in called.err
    found = json.loads(call("publish", str(tmp_path), "--json").out)
    assert [(each["code"], each["start"]["line"]) for each in found] == [("E206", 5)]


def test_connections_are_made_and_listed_with_whole_addresses(call: Call) -> None:
    name = f"k-{uuid4().hex[:8]}"
    fields = ("base_url=https://127.0.0.1:9", "access_token=t0ken")
    made = call("connections", "add", "kommo", "--name", name, *fields, "--json").json
    assert (made["name"], made["plugin"]) == (name, "kommo")
    assert made["hook_url"].startswith(f"http://127.0.0.1:8080/hooks/{name}/")
    assert made in call("connections", "list", "--json").json
    assert name in call("connections").out
    again = call("connections", "add", "kommo", "--name", name, *fields)
    assert again.status == 1
    assert name in again.err
    tested = call("connections", "test", name)
    assert tested.status == 1
    assert "t0ken" not in tested.err + tested.out


def test_a_connection_gets_another_hook_and_goes(call: Call) -> None:
    name = f"k-{uuid4().hex[:8]}"
    fields = ("base_url=https://127.0.0.1:9", "client_id=c", "client_secret=a-long-secret")
    made = call("connections", "add", "kommo", "--name", name, *fields, "--json").json
    rotated = call("connections", "rotate-hook", name, "--json").json
    assert rotated["hook_url"] != made["hook_url"]
    assert call("connections", "rotate-hook", name).status == 0
    asked = call("connections", "connect", name)
    assert "https://www.kommo.com/oauth?" in asked.out
    assert call("connections", "connect", name, "--json").json["expires_in"] == 1200
    assert call("connections", "remove", name).out == f"removed {name}\n"
    assert call("connections", "remove", name).status == 1


def test_what_is_not_there(call: Call) -> None:
    for words in (("runs", "show", str(uuid4())), ("events", "show", str(uuid4())), ("runs", "show", "x")):
        called = call(*words)
        assert (called.status, len(called.err.splitlines())) == (1, 1)


def test_the_doctor_tells_all_but_secrets(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRY_DSN", "https://s3cret@sentry.example/1")
    found = call("doctor", "--json").json
    assert found["settings"]["SENTRY_DSN"] == "set"
    assert found["health"]["database"] is True
    assert {plugin["name"] for plugin in found["plugins"]} >= {"kommo", "http"}
    text = call("doctor")
    assert "s3cret" not in text.out + text.err
    assert "plugin kommo" in text.out


def test_a_key_that_is_not_known_is_one_line(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_KEY", f"trd_{'a' * 43}")
    called = call("runs")
    assert called.status == 3
    assert "TREADLE_KEY" in called.err


def test_a_file_left_by_a_killed_server_misleads_nobody(call: Call, database_home: Path) -> None:
    import os

    (database_home / "server.json").write_text(
        json.dumps({"url": "http://127.0.0.1:9", "pid": os.getpid(), "home": str(database_home)})
    )
    assert call("runs", "--json").status == 0
    (database_home / "server.json").unlink()
