"""A history that is made up answers every list that is timed on it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from bench import history

RUNS = 2_000


def test_each_list_of_a_made_up_history_has_an_answer(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "TIMES", 0)
    newest = datetime.now(UTC)
    history.fill(database_url, RUNS, newest)
    with psycopg.connect(database_url) as owner:
        found = owner.execute(
            "select (select count(*) from treadle.runs), (select count(*) from treadle.run_ends),"
            " (select count(*) from treadle.live_runs), (select count(distinct outcome) from treadle.run_ends)"
        ).fetchone()
    assert found is not None
    assert (found[0], found[1] + found[2], found[3]) == (RUNS, RUNS, 4)
    took = asyncio.run(history.timed(database_url, tmp_path, RUNS, newest))
    assert len(took) > 20
    assert all(each > 0 for each in took.values())
