"""What holds on the real store between any two commits, whoever writes at the same time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

_TIES = {
    "listens": "listens",
    "turns": "turns",
    "group": "(select distinct on (line) run_id from quiet_runs order by line, mark desc) as newest",
    "quiet_events": "quiet_events",
    "open approvals": "(select run_id from approvals where state = 'open') as asked",
}
_OF_LIVE_RUNS = {"signals": "signals", **_TIES}

_BROKEN = {
    "unread is miscounted": """
        select run_id from live_runs
        where unread <> (select count(*) from signals where signals.run_id = live_runs.run_id)
    """,
    "sleeps though something came": """
        select run_id from live_runs where unread > 0 and worker_id is null and due_at > now()
    """,
    "is over and lives": "select run_id from live_runs join run_ends using (run_id)",
    "is neither over nor alive": """
        select id from runs
        where id not in (select run_id from live_runs) and id not in (select run_id from run_ends)
    """,
    **{
        f"{name} of a run that is over": f"select run_id from {rows} where run_id not in (select run_id from live_runs)"
        for name, rows in _OF_LIVE_RUNS.items()
    },
    **{
        f"not tied for its {name}": f"select run_id from {rows} join live_runs using (run_id) where not tied"
        for name, rows in _TIES.items()
    },
}


def broken(database_url: str, workspace_id: UUID) -> dict[str, list[Any]]:
    """What does not hold in the workspace, with the runs; empty where all is well."""
    with psycopg.connect(database_url, autocommit=True) as app:
        app.execute("set role treadle_app; set search_path = treadle")
        app.execute("select set_config('treadle.workspace', %s, false)", [str(workspace_id)])
        found = {name: app.execute(question.encode()).fetchall() for name, question in _BROKEN.items()}
    return {name: rows for name, rows in found.items() if rows}
