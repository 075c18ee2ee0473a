"""`treadle start` and `treadle starts`: a sequence once, and once for each row of a file."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from tests.cli.conftest import Call

SEQUENCE = """sequence "{name}"(who: text, times: int?)
  do
    log "hello"
"""


@pytest.fixture
def name(call: Call, tmp_path: Path) -> str:
    found = f"Greet {uuid4().hex[:8]}"
    file = tmp_path / "s.rule"
    file.write_text(SEQUENCE.format(name=found))
    assert call("publish", str(file)).status == 0
    return found


def test_one_is_started_with_values_of_the_right_types(call: Call, name: str) -> None:
    begun = call("start", name, "who=7", "times=3")
    assert (begun.status, begun.out.startswith("run ")) == (0, True)
    shown = call("runs", "show", begun.out.split()[1], "--json").json
    assert shown["started_by"]["args"] == {"who": "7", "times": 3}
    refused = call("start", name, "whom=7")
    assert (refused.status, "takes no 'whom'" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("file", "text"), [("a.csv", "who,times\nAna,3\n7,\n"), ("a.jsonl", '{"who": "Ana", "times": 3}\n\n{"who": "7"}\n')]
)
def test_each_row_of_a_file_is_kept_and_may_be_held_up(
    call: Call, name: str, tmp_path: Path, file: str, text: str
) -> None:
    rows = tmp_path / file
    rows.write_text(text)
    begun = call("start", name, "--each", str(rows), "--per-minute", "30", "--json").json
    assert (begun["total"], begun["left"], begun["per_minute"]) == (2, 2, 30)
    assert call("starts", "pause", begun["id"]).out == "paused: 0 of 2 started, 2 left at 30 a minute\n"
    assert call("starts", "resume", begun["id"], "--json").json["state"] == "running"
    assert call("starts", "cancel", begun["id"]).out == "cancelled: 0 of 2 started\n"
    assert f'"{name}", begun ' in call("starts", "show", begun["id"]).out
    assert begun["id"] in [each["id"] for each in call("starts", "--json").json]


def test_what_is_no_list_is_said(call: Call, name: str, tmp_path: Path) -> None:
    rows = tmp_path / "a.jsonl"
    rows.write_text('{"who": "Ana"}\n[]\n')
    assert call("start", name, "--each", str(rows)).err.strip() == f"Error: {rows}, line 2 is no JSON object."
    rows.write_text("whom\nAna\n")
    assert "there is no parameter 'whom'" in call("start", name, "--each", str(rows)).err
    assert call("start", name, "--each", str(tmp_path / "none.csv")).status == 2
    assert call("start", name, "who=7", "--each", str(rows)).status == 2
    assert call("start", name, "--per-minute", "3").status == 2
