"""A run as a person reads it."""

from __future__ import annotations

from typing import Any

import pytest

from treadle.cli.timeline import print_run


def step(seq: int, **given: Any) -> dict[str, Any]:
    fixed = {
        "seq": seq,
        "what": "acme.add_note",
        "state": "done",
        "tries": 1,
        "input": {"order": 7},
        "output": None,
        "error": None,
        "cost": {"amount": "0.0250", "currency": "eur"},
        "waited": 0.01,
        "started_at": "2026-03-01T10:00:00Z",
        "ended_at": "2026-03-01T10:00:00.250Z",
        "source": {"file": "a.rule", "line": 5, "col": 7},
    }
    return fixed | given


def test_steps_say_where_they_stand_how_long_they_took_and_what_was_waited(capsys: pytest.CaptureFixture[str]) -> None:
    run = {
        "id": "01a208e2-0c74-7c7b-be42-bd4080797427",
        "rule": "R",
        "status": "failed",
        "created_at": "2026-03-01T10:00:00Z",
        "ended_at": "2026-03-03T14:00:09Z",
        "error": {"code": "x", "message": "the service is away"},
        "retry_of": None,
        "cost": [{"amount": "0.0750", "currency": "eur"}],
        "resolutions": [],
        "steps": [
            step(1),
            step(2, tries=3, ended_at="2026-03-01T10:03:20Z"),
            step(3, waited=93_784.0, ended_at=None, source=None, state="unknown"),
        ],
    }
    print_run(run)
    told = capsys.readouterr().out
    assert "R  failed  2 d 4 h" in told
    assert "the service is away" in told
    assert told.count("a.rule:5:7") == 2
    for part in ("250 ms", "3 min 20 s", "3 tries", "after 1 d 2 h", "0.025 EUR", "cost 0.075 EUR"):
        assert part in told
    assert told.count("after") == 1
