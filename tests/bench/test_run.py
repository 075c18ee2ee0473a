"""The command: what it stores, and that it answers for a part that could not be measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench import calibration, run
from bench.processes import HarnessError


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])


@pytest.mark.slow
def test_one_part_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "bench.json"

    status = run.main(["--only", "harness", "--quick", "--out", str(out)])

    figures = {each["name"]: each for each in json.loads(out.read_text())}
    assert status == 0
    assert figures["harness.load_requests_per_cpu_s"]["pass"]
    assert "PASS: 2 goals of 2 met" in capsys.readouterr().out


def test_a_part_that_breaks_fails_its_goals_and_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise HarnessError("the sink has a cold")

    monkeypatch.setattr(calibration, "calibrate", broken)
    out = tmp_path / "bench.json"

    status = run.main(["--only", "harness", "--out", str(out)])

    assert status == 3
    assert [each["pass"] for each in json.loads(out.read_text())] == [False, False]
    assert "the sink has a cold" in capsys.readouterr().err
