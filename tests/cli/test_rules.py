"""check, fmt and graph: no database, statuses a script can trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Call

SOUND = """use kommo

rule "Log it"
  when kommo.lead_created as lead
  where lead.price > 10000
  do
    log "hi"
"""
SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.fixture
def rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "a.rule"
    file.write_text(SOUND)
    return file


def test_a_sound_file_has_status_0(call: Call, rule: Path) -> None:
    assert call("check", "a.rule").status == 0
    assert call("check", ".", "--json").json == []


def test_faults_are_rendered_counted_and_status_1(call: Call, rule: Path) -> None:
    rule.write_text(SOUND.replace("lead.price", "lead.prise"))
    called = call("check", "a.rule")
    assert called.status == 1
    assert "error[E206]" in called.out
    assert "--> a.rule:5:14" in called.out
    assert called.out.splitlines()[-1] == "1 file: 1 error"


def test_a_code_is_explained_without_files(call: Call) -> None:
    called = call("check", "--why", "e304")
    assert called.status == 0
    assert called.out.startswith("# E304: a value may be missing\n")
    assert "Right:" in called.out


def test_a_code_that_is_none_is_told(call: Call) -> None:
    called = call("check", "--why", "E3O4")
    assert called.status == 2
    assert "There is no code E3O4" in called.err


def test_the_public_form_is_as_promised(call: Call, rule: Path) -> None:
    rule.write_text(SOUND.replace("lead.price", "lead.prise"))
    called = call("check", "a.rule", "--json")
    assert called.status == 1
    (found,) = json.loads(called.out)
    assert set(found) == {"code", "severity", "message", "file", "start", "end", "notes", "fixes"}
    assert (found["file"], found["start"], found["end"]) == (
        "a.rule",
        {"line": 5, "col": 14},
        {"line": 5, "col": 19},
    )
    (fix,) = found["fixes"]
    assert fix["edits"] == [{"start": 72, "end": 77, "text": "price"}]
    assert SOUND[72:77] == "price"


def test_warnings_count_only_when_they_shall(call: Call, rule: Path) -> None:
    rule.write_text(SOUND.replace('log "hi"', 'kommo.move_lead(lead_id: lead.id, stage: "Won")'))
    assert call("check", "a.rule").status == 0
    assert call("check", "a.rule", "--strict").status == 1


def test_every_sample_that_is_broken_is_told_without_a_trace(call: Call) -> None:
    for file in sorted((SAMPLES / "broken").glob("*.rule")):
        called = call("check", str(file))
        assert "Traceback" not in called.out + called.err
        assert "[E" in called.out or "[W" in called.out


def test_formatting_writes_once_and_then_has_nothing_to_do(call: Call, rule: Path) -> None:
    rule.write_text(SOUND.replace("lead.price > 10000", "lead.price   >10000"))
    assert call("fmt", "--check", "a.rule").status == 1
    diff = call("fmt", "--diff", "a.rule")
    assert diff.status == 1
    assert "-  where lead.price   >10000\n+  where lead.price > 10000\n" in diff.out
    assert rule.read_text() != SOUND
    assert call("fmt", "a.rule").status == 0
    assert rule.read_text() == SOUND
    assert call("fmt", "--check", "a.rule").status == 0


def test_what_cannot_be_read_is_left_alone_and_told(call: Call, rule: Path) -> None:
    broken = SOUND + '\nrule "Half"\n  when\n'
    rule.write_text(broken)
    called = call("fmt", "a.rule")
    assert called.status == 1
    assert "error[E" in called.err
    assert rule.read_text() == broken


def test_the_graph_names_its_version_and_its_lines(call: Call, rule: Path) -> None:
    (found,) = call("graph", "a.rule").json
    assert len(found["version"]) == 32
    assert (found["graph"]["name"], found["graph"]["file"]) == ("Log it", "a.rule")
    drawn = call("graph", "a.rule", "--format", "mermaid", "--rule", "Log it")
    assert drawn.out.startswith("flowchart TD\n")
    missing = call("graph", "a.rule", "--rule", "Log that")
    assert missing.status == 2
    assert "'Log it'" in missing.err


def test_a_graph_of_a_broken_file_is_its_faults(call: Call, rule: Path) -> None:
    rule.write_text(SOUND.replace("lead.price", "lead.prise"))
    called = call("graph", "a.rule")
    assert (called.status, called.out) == (1, "")
    assert "error[E206]" in called.err
