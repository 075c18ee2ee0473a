"""`treadle runs cancel`: what people order about a run, on the command line."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from tests.cli.conftest import Call

RULE = """rule "{name}"
  when by hand
  do
    wait 1 day
"""


def started(call: Call, tmp_path: Path) -> tuple[str, str]:
    """The name of a rule and a run of it that nobody has looked at."""
    name = f"R {uuid4().hex[:8]}"
    rule = tmp_path / "r.rule"
    rule.write_text(RULE.format(name=name))
    assert call("publish", str(rule)).status == 0
    return name, str(call("runs", "start", name, "--json").json["run"])


def test_a_run_is_told_to_end(call: Call, tmp_path: Path) -> None:
    name, run = started(call, tmp_path)
    told = call("runs", "cancel", run, "--reason", "a mistake")
    assert told.out == f'"{name}" ends before its next step (it was running).\n'
    assert "No server runs here" in told.err
    assert call("runs", "cancel", run, "--who", "ana", "--json").json["id"] == run


def test_a_run_that_is_not_there_is_said(call: Call) -> None:
    refused = call("runs", "cancel", str(uuid4()))
    assert (refused.status, "There is no run" in refused.err) == (1, True)
