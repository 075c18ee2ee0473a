"""`treadle runs cancel` and `resolve`: what people order about a run, on the command line."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from tests.cli.conftest import Call

from treadle.cli.doubts import print_doubts

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


def test_a_step_that_is_not_there_cannot_be_resolved(call: Call, tmp_path: Path) -> None:
    _, run = started(call, tmp_path)
    refused = call("runs", "resolve", run, "7", "skip")
    assert (refused.status, "the run has no step '7'" in refused.err) == (1, True)
    refused = call("runs", "resolve", run, "7", "happened", "--output", "A-17")
    assert (refused.status, "--output is no JSON" in refused.err) == (1, True)
    assert call("runs", "resolve", run, "7", "perhaps").status == 2


def test_doubts_say_what_was_sent_and_what_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    step = {"id": "s", "seq": 3, "what": "shop.charge", "effect": "blind", "tries": 2, "input": {"id": 7}}
    step |= {"ended_at": "2026-01-05T08:00:00Z", "error": {"message": "POST shop.example: no answer in 10 s"}}
    dealt_with = step | {"id": "before", "seq": 2}
    run = {"id": "r", "rule": "Charge", "steps": [dealt_with, step], "doubts": ["s"], "resolutions": []}
    monkeypatch.setattr("treadle.cli.client.with_api", lambda _: [run])
    print_doubts([run])
    head, of_run, sent, since, known, *_, last = capsys.readouterr().out.splitlines()
    assert head == "Charge: step 3, shop.charge (blind, sent 2 times)"
    assert (of_run.split(), sent.split(maxsplit=1)[0], known.split(maxsplit=1)) == (
        ["run", "r"],
        "sent",
        ["known", "POST shop.example: no answer in 10 s"],
    )
    assert since.strip().startswith("since")
    assert last == "Settle one: treadle runs resolve RUN STEP check|happened|again|skip"


def test_a_run_that_is_not_over_is_not_run_again(call: Call, tmp_path: Path) -> None:
    _, run = started(call, tmp_path)
    refused = call("runs", "retry", run, "--newest")
    assert (refused.status, "the run is not over" in refused.err) == (1, True)
