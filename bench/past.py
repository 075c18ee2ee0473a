"""A long history, written straight into the tables: events, their runs, with ends, keys and steps, over a month.

Owns the rows. Most runs were suppressed, the newest all of them, so that who walks through the history to fill a page
walks far.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

import msgspec
import psycopg

from treadle.runtime.ids import DEFAULT_WORKSPACE, first_id
from treadle.runtime.store.parameters import key_hash

DAYS = 30
_ENTITIES, _KEYS = 20_000, 50_000
_TABLES = {
    "events": "workspace_id, id, received_at, hops, trigger, entity, unread, data",
    "runs": "workspace_id, id, created_at, event_id, hops, graph, kind, rule, origin",
    "run_ends": "workspace_id, run_id, ended_at, epoch, outcome, rule",
    "live_runs": "workspace_id, run_id, due_at, status, rule, state",
    "run_keys": "workspace_id, run_id, key_hash",
    "steps": "workspace_id, run_id, id, started_at, seq, tries, node, what, state, effect, input",
    "step_outcomes": "workspace_id, run_id, step_id, written_at, tries, state, output",
}
_LIVE = ("waiting", "running", "unknown")
_CHUNK = 5_000


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """Whose history it is: rules by name and version in turn, what their events are like, steps of a run that is done.

    `data` is JSON.
    """

    rules: tuple[tuple[str, str], ...] = tuple((f"Rule {number}", "g") for number in range(200))
    triggers: tuple[str, ...] = tuple(f"acme.order_{number}" for number in range(7))
    data: str = '{"id": 1}'
    entity: str = "acme.order"
    steps: int = 0


def fill(url: str, runs: int, newest: datetime, past: Past | None = None) -> None:
    """So many runs, each of an event of its own, over a month that ends with `newest`."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table, columns in _TABLES.items():
            copied = f"copy treadle.{table} ({columns}) from stdin".encode()
            lines = _lines(table, runs, newest, past or Past())
            with connection.cursor() as cursor, cursor.copy(copied) as copy:
                while chunk := list(islice(lines, _CHUNK)):
                    copy.write("".join(chunk))
            connection.execute(f"vacuum analyze treadle.{table}".encode())


def _lines(table: str, runs: int, newest: datetime, past: Past) -> Iterator[str]:
    """As COPY takes them."""
    own = str(DEFAULT_WORKSPACE)
    oldest, step = newest - timedelta(days=DAYS), timedelta(days=DAYS) / runs
    data = past.data.replace("\\", "\\\\")
    for number in range(runs):
        at = oldest + step * number
        first = first_id(at).int + number
        run, fate = f"{first + runs:032x}", _fate(number, runs)
        rule, graph = past.rules[number % len(past.rules)]
        if table == "events":
            unread = "not JSON" if number % 1000 == 0 else "\\N"
            entity = f"{past.entity}:{number % _ENTITIES if number % 100 else 'hot'}"
            trigger = past.triggers[number % len(past.triggers)] if number % 5000 else "acme.rare"
            yield f"{own}\t{first:032x}\t{at}\t0\t{trigger}\t{entity}\t{unread}\t{data}\n"
        elif table == "runs":
            yield f"{own}\t{run}\t{at}\t{first:032x}\t0\t{graph}\trule\t{rule}\t{rule}\n"
        elif table == "run_keys":
            yield f"{own}\t{run}\t{key_hash(str(number % _KEYS))}\n"
        elif table == "live_runs" and fate in _LIVE:
            yield f"{own}\t{run}\t{newest + timedelta(days=1)}\t{fate}\t{rule}\t{{}}\n"
        elif table == "run_ends" and fate not in _LIVE:
            yield f"{own}\t{run}\t{at}\t1\t{fate}\t{rule}\n"
        elif table in ("steps", "step_outcomes") and fate == "done":
            ids = (f"{first + (2 + each) * runs:032x}" for each in range(past.steps))
            made = _step if table == "steps" else _outcome
            yield from (f"{own}\t{run}\t{made(id_, seq, at)}\n" for seq, id_ in enumerate(ids, 1))


def _step(id: str, seq: int, at: datetime) -> str:
    return f'{id}\t{at}\t{seq}\t1\tn{seq}\thttp.post\tintent\tblind\t{{"url": "https://desk.example.com/{seq}"}}'


def _outcome(id: str, seq: int, at: datetime) -> str:
    return f'{id}\t{at}\t1\tdone\t{{"status": 200, "text": "number {seq}"}}'


def _fate(number: int, runs: int) -> str:
    if number > runs * 0.8 or number % 2:
        return "suppressed"
    at = number // 2 % 1000
    for fate, until in (("failed", 20), ("stopped", 30), ("waiting", 80), ("running", 81), ("unknown", 82)):
        if at < until:
            return fate
    return "done"
