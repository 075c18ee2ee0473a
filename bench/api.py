"""How long each route takes over HTTP while all are asked for, with a long history behind, at a fixed rate.

Requests begin when their turn is, however many are still under way, and count from then on: what the generator is late
by is in every figure, and told beside them. Nine of ten are reads, each of the document's lists and objects in turn;
the others are deliveries. The answers of a route are its figure. The rules of the history are live.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import psycopg

from bench.deliveries import FORM, requests
from bench.figures import Figure, Goal, figure, judged, spread
from bench.past import Past, fill
from bench.postgres import Server
from bench.processes import HarnessError, cpu_seconds
from bench.rule_files import workspace
from bench.service import Service, command, running
from treadle.runtime.ids import DEFAULT_WORKSPACE

DATABASE = "bench_api"
RUNS = 100_000
RULES = 200
STEPS = 2
SECONDS = 20.0
RATES = (50, 200)
ACCEPT = "accept"
READ = Goal("<", 100)
"""Milliseconds of 95 of 100 answers of one read, at the first rate."""
_LEFT_OUT = ("/api/v1/live", "/api/v1/oauth/callback", "/api/v1/export")
_PLACES = {"run_id": "runs", "event_id": "events"}
_DONE = {"run_id": "&status=done"}
_NARROWED = (
    "runs?status=failed",
    "runs?rule=Tag+1",
    "runs?entity=kommo.lead:hot",
    "runs?key=42",
    "events?entity=kommo.lead:hot",
    "events?outcome=filtered",
)
"""Lists with a filter; the entity has a hundredth of the history."""
_READS_ANEW = re.compile(r'^rule "Source .*"$', re.MULTILINE)
"""Rules for which each delivery would start a run that has to look something up: off, as no worker is there for it."""


def measure(server: Server, folder: Path, sink: str, runs: int = RUNS, seconds: float = SECONDS) -> list[Figure]:
    """The figures of all routes."""
    url = server.fresh(DATABASE)
    try:
        with running(folder, url, sink) as service:
            _publish(service)
            fill(url, runs, datetime.now(UTC), _past(url))
            server.settle()
            return asyncio.run(_measured(service, server.pid, seconds))
    finally:
        server.drop(DATABASE)


def _publish(service: Service) -> None:
    for name, text in workspace(RULES).items():
        quiet = _READS_ANEW.sub(r"\g<0>\n  off", text)
        (service.folder / "rules" / name).write_text(quiet, encoding="utf-8")
    command(["publish", str(service.folder / "rules")], service.env)


def _past(url: str) -> Past:
    """The history of the rules that are live."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select set_config('treadle.workspace', %s, false)", [str(DEFAULT_WORKSPACE)])
        found = connection.execute("select graph ->> 'name', version from treadle.graphs order by 1").fetchall()
    triggers = ("kommo.lead_created",) * 4 + (
        "kommo.lead_updated",
        "kommo.lead_stage_changed",
        "kommo.message_received",
    )
    data = '{"id":7,"name":"Big Deal","price":25000,"tags":["import"],"fields":{},"source":null}'
    return Past(rules=tuple(found), triggers=triggers, data=data, entity="kommo.lead", steps=STEPS)


async def _measured(service: Service, postgres: int | None, seconds: float) -> list[Figure]:
    key = (Path(service.env["TREADLE_HOME"]) / "key").read_text().strip()
    headers = {"Authorization": f"Bearer {key}"}
    connector = aiohttp.TCPConnector(limit=64)
    base = f"http://127.0.0.1:{service.port}"
    async with aiohttp.ClientSession(base, headers=headers, connector=connector) as http:
        reads = [path async for path in _reads(http) if await _answers(http, path)]
        mixed, full = [_Volley(http, service, postgres, reads, rate) for rate in RATES]
        await mixed.fire(seconds)
        await full.fire(seconds)
    for told in (mixed.failed + full.failed)[:10]:
        print(f"  {told}", flush=True)
    if ACCEPT not in mixed.took or len(mixed.took) < len(reads):
        raise HarnessError("not every route was asked; the rate times the seconds has to be more than the routes")
    accepts = mixed.took.pop(ACCEPT)
    p95 = {name: spread(each).p95 for name, each in sorted(mixed.took.items())}
    return [
        *(judged(f"api.{name}_p95_ms", value, "ms", READ) for name, value in p95.items()),
        figure("api.slowest_read_p95_ms", max(p95.values()), "ms"),
        figure("api.accept_p95_ms", spread(accepts).p95, "ms"),
        figure("api.failures", len(mixed.failed) + len(full.failed), "answers"),
        *full.told(),
        *(figure(f"api.client_late_p95_ms_at_{each.rate}", spread(each.late).p95, "ms") for each in (mixed, full)),
    ]


class _Volley:
    """Requests at one rate. `took` are seconds of every answer by route, `late` those by which requests were sent after
    their turn.
    """

    def __init__(
        self, http: aiohttp.ClientSession, service: Service, postgres: int | None, reads: list[str], rate: int
    ) -> None:
        self._http, self._service, self._reads, self.rate = http, service, reads, rate
        self._pids = {"cpu": service.serve.pid} | ({} if postgres is None else {"postgres_cpu": postgres})
        self.took: dict[str, list[float]] = {}
        self.late: list[float] = []
        self.failed: list[str] = []
        self._cpu: dict[str, float] = {}

    async def fire(self, seconds: float) -> None:
        """Ask for so long, and wait for the last answers."""
        count = int(self.rate * seconds)
        bodies, under_way = iter(_bodies(count)), []
        reads = itertools.cycle(self._reads)
        before = {name: cpu_seconds(pid) for name, pid in self._pids.items()}
        began = time.perf_counter() + 0.1
        for number in range(count):
            turn = began + number / self.rate
            await asyncio.sleep(max(0.0, turn - time.perf_counter()))
            if number % 10 == 9:
                send = self._ask("POST", self._service.hook, next(bodies), turn, ACCEPT)
            else:
                send = self._ask("GET", path := next(reads), None, turn, _name(path))
            under_way.append(asyncio.create_task(send))
        await asyncio.gather(*under_way)
        self._cpu = {name: (cpu_seconds(pid) - before[name]) / count for name, pid in self._pids.items()}

    def told(self) -> list[Figure]:
        """All answers together, and what one costs the server's process and Postgres."""
        every = spread(itertools.chain.from_iterable(self.took.values()))
        return [
            figure(f"api.p95_ms_at_{self.rate}", every.p95, "ms"),
            figure(f"api.p99_ms_at_{self.rate}", every.p99, "ms"),
            figure(f"api.accept_p95_ms_at_{self.rate}", spread(self.took[ACCEPT]).p95, "ms"),
            *(figure(f"api.{name}_ms_at_{self.rate}", took * 1000, "ms") for name, took in self._cpu.items()),
        ]

    async def _ask(self, method: str, path: str, body: bytes | None, turn: float, name: str) -> None:
        self.late.append(time.perf_counter() - turn)
        headers = {} if body is None else {"Content-Type": FORM}
        async with self._http.request(method, path, data=body, headers=headers) as answer:
            told = await answer.read()
            if answer.status >= 300:
                self.failed.append(f"{method} {path} answered {answer.status}: {told[:200]!r}")
        self.took.setdefault(name, []).append(time.perf_counter() - turn)


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
            async with http.get(f"/api/v1/{_PLACES[name]}?limit=1{_DONE.get(name, '')}") as answer:
                yield path.replace(f"{{{name}}}", (await answer.json())["items"][0]["id"])
    for narrowed in _NARROWED:
        yield f"/api/v1/{narrowed}"


async def _answers(http: aiohttp.ClientSession, path: str) -> bool:
    """Whether it takes a request without parameters; it is asked cold."""
    async with http.get(path) as answer:
        await answer.read()
        if 400 <= answer.status < 500:
            print(f"  left out, answers {answer.status}: {path}", flush=True)
        return answer.status < 400 or answer.status >= 500


def _bodies(count: int) -> Iterator[bytes]:
    first = 800_000_000 + time.monotonic_ns() % 90_000_000
    return (each.partition(b"\r\n\r\n")[2] for each in requests("kommo", first, count, host="t", path="/"))


def _name(path: str) -> str:
    """`/api/v1/runs/018...` is `runs_one`, and what is below it keeps its name; a filter is `runs_by_rule`."""
    place, _, query = path.removeprefix("/api/v1/").partition("?")
    told = [part if len(part) != 36 else "one" for part in place.split("/")]
    return "_".join(told) + (f"_by_{query.partition('=')[0]}" if query else "")
