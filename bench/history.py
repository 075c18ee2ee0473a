"""How long lists of a long history take: a million runs and their events, asked for in every way, over the API.

Every list is asked for cold in turn and then again and again; the slowest of all answers of a list is its figure. Most
runs were suppressed, the newest all of them, so that who walks through the history to fill a page walks far.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg

from bench.figures import Figure, figure
from bench.postgres import Server
from bench.processes import HarnessError
from treadle.runtime.ids import DEFAULT_WORKSPACE, first_id
from treadle.runtime.store.parameters import key_hash

DATABASE = "bench_history"
TIMES = 5  # after the first
_DAYS = 30
_RULES, _ENTITIES, _KEYS = 200, 20_000, 50_000
_TABLES = {
    "events": "workspace_id, id, received_at, hops, trigger, entity, unread, data",
    "runs": "workspace_id, id, created_at, event_id, hops, graph, kind, rule, origin",
    "run_ends": "workspace_id, run_id, ended_at, epoch, outcome, rule",
    "live_runs": "workspace_id, run_id, due_at, status, rule, state",
    "run_keys": "workspace_id, run_id, key_hash",
}
_LIVE = ("waiting", "running", "unknown")
_CHUNK = 5_000
_ENCRYPTION_KEY = "k1:" + base64.b64encode(bytes(32)).decode()


def measure(server: Server, folder: Path, runs: int) -> list[Figure]:
    """The slowest answer of each list in milliseconds, and of all."""
    from treadle.runtime.migrate import migrate

    url = server.fresh(DATABASE)
    try:
        migrate(url)
        began = time.monotonic()
        newest = datetime.now(UTC)
        fill(url, runs, newest)
        server.settle()
        print(f"  {runs:,} runs after {time.monotonic() - began:.0f} s", flush=True)
        found = asyncio.run(timed(url, folder, runs, newest))
    finally:
        server.drop(DATABASE)
    slowest = figure("history.slowest_ms", max(found.values()), "ms")
    return [*(figure(f"history.{name}_ms", took, "ms") for name, took in found.items()), slowest]


def fill(url: str, runs: int, newest: datetime) -> None:
    """So many runs, each of an event of its own, over a month that ends with `newest`."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table, columns in _TABLES.items():
            copied = f"copy treadle.{table} ({columns}) from stdin".encode()
            lines = _lines(table, runs, newest)
            with connection.cursor() as cursor, cursor.copy(copied) as copy:
                while chunk := list(islice(lines, _CHUNK)):
                    copy.write("".join(chunk))
            connection.execute(f"vacuum analyze treadle.{table}".encode())


def _lines(table: str, runs: int, newest: datetime) -> Iterator[str]:
    """As COPY takes them."""
    own = str(DEFAULT_WORKSPACE)
    oldest, step = newest - timedelta(days=_DAYS), timedelta(days=_DAYS) / runs
    for number in range(runs):
        at = oldest + step * number
        first = first_id(at).int + number
        run, fate, rule = f"{first + runs:032x}", _fate(number, runs), f"Rule {number % _RULES}"
        if table == "events":
            unread = "not JSON" if number % 1000 == 0 else "\\N"
            entity = f"acme.order:{number % _ENTITIES if number % 100 else 'hot'}"
            trigger = f"acme.order_{number % 7}" if number % 5000 else "acme.rare"
            yield f'{own}\t{first:032x}\t{at}\t0\t{trigger}\t{entity}\t{unread}\t{{"id": 1}}\n'
        elif table == "runs":
            yield f"{own}\t{run}\t{at}\t{first:032x}\t0\tg\trule\t{rule}\t{rule}\n"
        elif table == "run_keys":
            yield f"{own}\t{run}\t{key_hash(str(number % _KEYS))}\n"
        elif table == "live_runs" and fate in _LIVE:
            yield f"{own}\t{run}\t{newest + timedelta(days=1)}\t{fate}\t{rule}\t{{}}\n"
        elif table == "run_ends" and fate not in _LIVE:
            yield f"{own}\t{run}\t{at}\t1\t{fate}\t{rule}\n"


def _fate(number: int, runs: int) -> str:
    if number > runs * 0.8 or number % 2:
        return "suppressed"
    at = number // 2 % 1000
    for fate, until in (("failed", 20), ("stopped", 30), ("waiting", 80), ("running", 81), ("unknown", 82)):
        if at < until:
            return fate
    return "done"


def _asked(runs: int, newest: datetime) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """What is asked for: a route and its query."""
    day = {"since": (newest - timedelta(days=20)).isoformat(), "until": (newest - timedelta(days=19)).isoformat()}
    middle = runs // 2
    at = newest - timedelta(days=_DAYS) + timedelta(days=_DAYS) / runs * middle
    event = {"event": UUID(int=first_id(at).int + middle)}
    return {
        "runs": ("runs", {}),
        "runs_of_a_rule": ("runs", {"rule": "Rule 42"}),
        "runs_done": ("runs", {"status": "done"}),
        "runs_failed": ("runs", {"status": "failed"}),
        "runs_waiting": ("runs", {"status": "waiting"}),
        "runs_running": ("runs", {"status": "running"}),
        "runs_suppressed": ("runs", {"status": "suppressed"}),
        "runs_of_a_rule_failed": ("runs", {"rule": "Rule 2", "status": "failed"}),
        "runs_of_a_rule_unknown": ("runs", {"rule": "Rule 162", "status": "unknown"}),
        "runs_of_a_rule_never_done": ("runs", {"rule": "Rule 1"}),
        "runs_of_a_key": ("runs", {"key": "42"}),
        "runs_of_an_entity": ("runs", {"entity": "acme.order:42"}),
        "runs_of_a_busy_entity": ("runs", {"entity": "acme.order:hot"}),
        "runs_of_an_event": ("runs", event),
        "runs_of_a_day": ("runs", day),
        "runs_of_a_rule_of_a_day": ("runs", {"rule": "Rule 42", **day}),
        "events": ("events", {}),
        "events_of_a_trigger": ("events", {"trigger": "acme.order_3"}),
        "events_of_a_rare_trigger": ("events", {"trigger": "acme.rare"}),
        "events_of_an_entity": ("events", {"entity": "acme.order:42"}),
        "events_of_a_day": ("events", day),
        "events_unread": ("events", {"outcome": "unread"}),
        "events_unheard": ("events", {"outcome": "unheard"}),
        "events_fired": ("events", {"outcome": "fired"}),
    }


async def timed(url: str, folder: Path, runs: int, newest: datetime) -> dict[str, float]:
    """Milliseconds of the slowest answer of each list. `folder` is for the key of the API."""
    from treadle.api.app import create_app
    from treadle.runtime.engine import open_engine
    from treadle.runtime.settings import Settings

    settings = Settings(home=folder, database_url=url, encryption_keys=_ENCRYPTION_KEY)
    async with open_engine(settings, migrate=True) as engine:
        key = (folder / "key").read_text().strip()
        transport = httpx.ASGITransport(create_app(engine))  # type: ignore[arg-type]  # two spellings of ASGI
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://t.example", headers=headers) as api:
            asked = _asked(runs, newest)
            await _page(api, "runs", {"limit": 1})  # opens connections
            return {name: await _slowest(api, *each) for name, each in asked.items()} | {
                "runs_far_down": await _far_down(api)
            }


async def _slowest(api: httpx.AsyncClient, path: str, query: Mapping[str, Any]) -> float:
    """Milliseconds of the slowest answer."""
    took = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        await _page(api, path, query)
        took.append((time.perf_counter() - began) * 1000)
    return max(took)


async def _far_down(api: httpx.AsyncClient) -> float:
    """The slowest of pages one behind the other."""
    cursor, took = None, 0.0
    for _ in range(20):
        began = time.perf_counter()
        cursor = (await _page(api, "runs", {"limit": 200, **({"cursor": cursor} if cursor else {})}))["next"]
        took = max(took, (time.perf_counter() - began) * 1000)
    return took


async def _page(api: httpx.AsyncClient, path: str, query: Mapping[str, Any]) -> Any:
    answer = await api.get(f"/api/v1/{path}", params={name: str(value) for name, value in query.items()})
    if answer.status_code != 200:
        raise HarnessError(f"/{path} with {dict(query)} answered {answer.status_code}: {answer.text[:200]}")
    return answer.json()
