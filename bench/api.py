"""How long each route takes over HTTP while all are asked for, with a long history behind, at a fixed rate.

Requests begin when their turn is, however many are still under way, and count from then on. Nine of ten are reads, each
of the document's lists and objects in turn; the others are deliveries. The answers of a route are its figure.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from bench.deliveries import FORM, requests
from bench.figures import Figure, figure, spread
from bench.history import fill
from bench.postgres import Server
from bench.service import Service, running

DATABASE = "bench_api"
RUNS = 100_000
SECONDS = 20.0
RATES = (50, 200)
ACCEPT = "accept"
_LEFT_OUT = ("/api/v1/live", "/api/v1/oauth/callback", "/api/v1/export")
_PLACES = {"run_id": "runs", "event_id": "events"}


def measure(server: Server, folder: Path, sink: str, runs: int = RUNS, seconds: float = SECONDS) -> list[Figure]:
    """The figures of all routes."""
    url = server.fresh(DATABASE)
    try:
        with running(folder, url, sink) as service:
            fill(url, runs, datetime.now(UTC))
            server.settle()
            return asyncio.run(_measured(service, seconds))
    finally:
        server.drop(DATABASE)


async def _measured(service: Service, seconds: float) -> list[Figure]:
    key = (Path(service.env["TREADLE_HOME"]) / "key").read_text().strip()
    headers = {"Authorization": f"Bearer {key}"}
    connector = aiohttp.TCPConnector(limit=64)
    base = f"http://127.0.0.1:{service.port}"
    async with aiohttp.ClientSession(base, headers=headers, connector=connector) as http:
        reads = [path async for path in _reads(http) if await _answers(http, path)]
        mixed, full = RATES
        failed: list[str] = []
        took = await _volley(http, service, reads, mixed, seconds, failed)
        figures = [figure(f"api.{name}_p95_ms", spread(each).p95, "ms") for name, each in sorted(took.items())]
        slowest = max(spread(each).p95 for name, each in took.items() if name != ACCEPT)
        loaded = await _volley(http, service, reads, full, seconds, failed)
    for told in failed[:10]:
        print(f"  {told}", flush=True)
    overall = spread(itertools.chain.from_iterable(loaded.values()))
    return [
        *figures,
        figure("api.slowest_read_p95_ms", slowest, "ms"),
        figure("api.failures", len(failed), "answers"),
        figure(f"api.p95_ms_at_{full}", overall.p95, "ms"),
        figure(f"api.p99_ms_at_{full}", overall.p99, "ms"),
    ]


async def _reads(http: aiohttp.ClientSession) -> Any:
    """The path of every read of the document that needs no more than an id of the history."""
    async with http.get("/api/openapi.json") as answer:
        document = await answer.json()
    for path, item in document["paths"].items():
        if "get" not in item or not path.startswith("/api/v1/") or path in _LEFT_OUT:
            continue
        name = path.partition("{")[2].partition("}")[0]
        if not name:
            yield path
        elif name in _PLACES and not path.endswith("/test"):
            async with http.get(f"/api/v1/{_PLACES[name]}?limit=1") as answer:
                yield path.replace(f"{{{name}}}", (await answer.json())["items"][0]["id"])


async def _answers(http: aiohttp.ClientSession, path: str) -> bool:
    """Whether it takes a request without parameters; it is asked cold."""
    async with http.get(path) as answer:
        await answer.read()
        if 400 <= answer.status < 500:
            print(f"  left out, answers {answer.status}: {path}", flush=True)
        return answer.status < 400 or answer.status >= 500


async def _volley(
    http: aiohttp.ClientSession, service: Service, reads: list[str], rate: int, seconds: float, failed: list[str]
) -> dict[str, list[float]]:
    """Seconds of every answer, by route."""
    took: dict[str, list[float]] = {}
    bodies = iter(_bodies(int(rate * seconds)))
    began = time.perf_counter() + 0.1
    under_way = []
    for number in range(int(rate * seconds)):
        turn = began + number / rate
        await asyncio.sleep(max(0.0, turn - time.perf_counter()))
        if number % 10 == 9:
            send = _ask(http, "POST", service.hook, next(bodies), turn, took, ACCEPT, failed)
        else:
            path = reads[number % len(reads)]
            send = _ask(http, "GET", path, None, turn, took, _name(path), failed)
        under_way.append(asyncio.create_task(send))
    await asyncio.gather(*under_way)
    return took


def _bodies(count: int) -> Iterator[bytes]:
    first = 800_000_000 + time.monotonic_ns() % 90_000_000
    return (each.partition(b"\r\n\r\n")[2] for each in requests("kommo", first, count, host="t", path="/"))


async def _ask(
    http: aiohttp.ClientSession,
    method: str,
    path: str,
    body: bytes | None,
    turn: float,
    took: dict[str, list[float]],
    name: str,
    failed: list[str],
) -> None:
    headers = {} if body is None else {"Content-Type": FORM}
    async with http.request(method, path, data=body, headers=headers) as answer:
        told = await answer.read()
        if answer.status >= 300:
            failed.append(f"{method} {path} answered {answer.status}: {told[:200]!r}")
    took.setdefault(name, []).append(time.perf_counter() - turn)


def _name(path: str) -> str:
    """`/api/v1/runs/018...` is `run`, and what is below it keeps its name."""
    parts = path.removeprefix("/api/v1/").split("/")
    told = [part if len(part) != 36 else "one" for part in parts]
    return "_".join(told)
