"""Requests by the ten thousand, sent to the API by several callers at once: none may be answered with a 5xx.

The application is called in this process, over a real engine on an embedded Postgres of its own. Callers are keys of
each role's rights and of a second workspace; what one makes, the others go on with.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.figures import Figure, Goal

from fuzz.requesting import Maker, Request

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine

TOGETHER = 8
MOST = 1_000_000
"""Bytes of an answer that are looked at."""
SHOWN = 20
RULES = """rule "Fuzzed"
  when by hand
  do
    wait 1 day
    log "over"

rule "Hooked"
  when webhook "fuzzed" as hook
  do
    log "heard"

sequence "Followed"(n: int)
  do
    wait 1 day
"""

Answered = Counter[tuple[str, int]]
"""How often an operation was answered with a status; 599 where the application raised or said nothing."""


def requests(count: int, seed: int) -> Iterator[Figure]:
    """Sends so many requests; the figures of how they were answered."""
    began = time.monotonic()
    answered, worst = asyncio.run(_sent(count, seed))
    for told in worst[:SHOWN]:
        print(f"  {told}", flush=True)
    _by_route(answered)
    goal, failed = Goal("==", 0), sum(times for each, times in answered.items() if is_failure(*each))
    refused = sum(times for (_, status), times in answered.items() if 400 <= status < 500)
    yield Figure("api.seed", seed, "", None, passed=True)
    yield Figure("api.requests", sum(answered.values()), "requests", None, passed=True)
    yield Figure("api.refused", refused, "requests", None, passed=True)
    yield Figure("api.seconds", round(time.monotonic() - began, 1), "s", None, passed=True)
    yield Figure("api.failures", failed, "requests", str(goal), passed=goal.met(failed))


def is_failure(operation: str, status: int) -> bool:
    """A probe says 503 when the installation is not ready; that is its answer, as the document has it."""
    return status >= 500 and not (status == 503 and operation.startswith("GET /health"))


def _by_route(answered: Answered) -> None:
    routes: dict[str, Counter[int]] = {}
    for (operation, status), times in answered.items():
        routes.setdefault(operation, Counter())[status] += times
    for operation in sorted(routes):
        told = "  ".join(f"{status}: {times}" for status, times in sorted(routes[operation].items()))
        print(f"  {operation:<52} {told}", flush=True)


async def _sent(count: int, seed: int) -> tuple[Answered, list[str]]:
    from treadle.api.app import create_api, create_app
    from treadle.api.openapi import document_of
    from treadle.runtime.engine import open_engine
    from treadle.runtime.settings import Settings

    answered, worst = Answered(), list[str]()
    with tempfile.TemporaryDirectory(prefix="treadle-fuzz-") as folder:
        async with open_engine(Settings.read({}, home=Path(folder) / "home", most_requests=0)) as engine:
            app, document = create_app(engine), document_of(create_api(engine))
            await _furnish(engine)
            maker = Maker(random.Random(seed), document, await _keys(engine))

            async def some(number: int) -> None:
                for _ in range(number):
                    asked = maker.request()
                    status, answer = await _answer(app, asked)
                    answered[asked.operation, status] += 1
                    maker.learn(asked.operation, answer)
                    if is_failure(asked.operation, status):
                        worst.append(_told(status, asked, answer))

            await asyncio.gather(*(some(count // TOGETHER) for _ in range(TOGETHER)))
    return answered, worst


async def _furnish(engine: Engine) -> None:
    """Something to ask about: rules that are live, and runs of theirs."""
    done = await engine.publish({"fuzzed.rule": RULES})
    assert not done.errors, done.errors
    for _ in range(5):
        await engine.start_by_hand("Fuzzed", {})


async def _keys(engine: Engine) -> list[str]:
    """The first key, one for each role's rights, and one of another workspace."""
    from treadle.runtime.access import RIGHTS, SYSTEM
    from treadle.runtime.ids import new_id
    from treadle.runtime.services import keys, workspaces

    first = (engine.settings.home / "key").read_text().strip()
    made = [(await keys.made(engine, SYSTEM, role, sorted(rights), None))[1] for role, rights in RIGHTS.items()]
    other = (await workspaces.made(engine, SYSTEM, new_id(), "fuzzed", "Fuzzed")).key
    return [first, *made, *([other] if other else [])]


def _told(status: int, asked: Request, answer: bytes) -> str:
    scope = asked.scope
    sent = f"{scope['method']} {scope['path']!r}?{scope['query_string']!r} {asked.body[:200]!r}"
    return f"{status} {sent} -> {answer[:300]!r}"


async def _answer(app: Any, asked: Request) -> tuple[int, bytes]:
    status, answer, given = 599, bytearray(), False

    async def receive() -> dict[str, Any]:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": asked.body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif len(answer) < MOST:
            answer.extend(message.get("body", b""))

    try:
        await app(asked.scope, receive, send)
    except Exception as failure:
        print(f"  raised {type(failure).__name__}: {failure}", flush=True)
        return 599, b""
    return status, bytes(answer)
