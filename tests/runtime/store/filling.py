"""Fills the tables with runs that all wait for everything at once, so that the planner knows of full tables."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

_FILL = """
create temporary table made as
    select gen_random_uuid() as run, gen_random_uuid() as event, gen_random_uuid() as line, gen_random_uuid() as other,
        number
    from generate_series(1, {count}) as given (number);
insert into events (id, trigger, data, hops) select event, 't.e', '{{}}', 0 from made;
insert into event_keys (connection_id, key_hash, event_id) select other, line, event from made;
insert into runs (id, event_id, parent_id, hops, graph, kind, rule, origin, answers)
    select run, event, other, 0, 'g', 'rule', 'R', 'R', 's' from made;
insert into live_runs (run_id, due_at, status, state, tied, unread)
    select run, now() + interval '1 day', 'waiting', '{{}}', true, 1 from made;
insert into listens (run_id, slot, trigger, path, value_hash, looked)
    select run, 's1', 't.answer', 'id', other, true from made;
insert into approvals (id, run_id, until, slot, rule, question, asked)
    select other, run, now(), 's1', 'R', '?', 'b' from made;
insert into signals (run_id, source, kind, slot) select run, event, 'event', 's1' from made;
insert into turns (line, run_id, standing) select line, run, 'has' from made;
insert into quiet_runs (line, mark, run_id, of_event) select line, event, run, true from made;
insert into quiet_events (run_id, events) select run, array[event] from made;
insert into windows (line, expires_at, total) select line, now() + interval '1 hour', 1 from made;
insert into window_uses (line, token, used_at, amount) select line, run, now(), 1 from made;
insert into once_keys (key_hash, run_id, expires_at, rule) select line, run, now() + interval '1 hour', 'R' from made;
insert into schedules (key, planned_at) select 'k' || number, now() from made;
insert into steps (run_id, id, seq, tries, node, what, state, connection_id, entity)
    select run, other, 1, 0, 'n', 'w', 'done', other, 'e:' || number from made;
insert into step_outcomes (run_id, step_id, state, tries) select run, other, 'done', 1 from made;
insert into run_outputs (run_id, output) select run, '1' from made
"""


def fill(owner: psycopg.Connection[Any], workspace_id: UUID, count: int) -> None:
    """So many runs of the workspace; the tables are analysed."""
    owner.execute("set search_path = treadle")
    owner.execute("select set_config('treadle.workspace', %s, false)", [str(workspace_id)])
    for statement in _FILL.format(count=count).split(";\n"):
        owner.execute(statement.encode())
    owner.execute("vacuum analyze")
