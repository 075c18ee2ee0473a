"""How long lists of a long history take: a million runs and their events, asked for in every way, over the API.

Every list is asked for cold in turn and then again and again; the slowest of all answers of a list is its figure.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from bench.figures import Figure, figure
from bench.past import DAYS, fill
from bench.postgres import Server
from bench.processes import HarnessError
from treadle.runtime.ids import first_id

DATABASE = "bench_history"
TIMES = 5  # after the first
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


def _asked(runs: int, newest: datetime) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """What is asked for: a route and its query."""
    day = {"since": (newest - timedelta(days=20)).isoformat(), "until": (newest - timedelta(days=19)).isoformat()}
    middle = runs // 2
    at = newest - timedelta(days=DAYS) + timedelta(days=DAYS) / runs * middle
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
