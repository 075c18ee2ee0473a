"""The stand-in as an ASGI application: who may ask, how fast, what a fault does, which handler answers.

Owns the order of those checks. Fault injection and the rate come before the work, as at Kommo; a cut answer after it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from treadle_kommo.simulator import (
    companies,
    contacts,
    control,
    directory,
    leads,
    links,
    notes,
    talks,
    tasks,
    unsorted,
    webhooks,
)
from treadle_kommo.simulator.asgi import Handler, Receive, Reply, Request, Router, Scope, Send, read, write
from treadle_kommo.simulator.consent import CONSENT, TOKEN
from treadle_kommo.simulator.hal import Rejected, problem
from treadle_kommo.simulator.simulation import Fault, Seen, Simulation

_ROUTES = (
    *directory.ROUTES,
    *unsorted.ROUTES,
    *links.ROUTES,
    *companies.ROUTES,
    *notes.ROUTES,
    *leads.ROUTES,
    *contacts.ROUTES,
    *tasks.ROUTES,
    *talks.ROUTES,
    *webhooks.ROUTES,
)
_RETRY_AFTER = 1
"""Seconds told with a 429. Kommo's own sample says 300, which no test would wait for."""


class KommoApp:
    """One simulated account on one address. `simulation` is its state, for tests in the same process."""

    def __init__(self, base_url: str, clock: Callable[[], float] = time.time) -> None:
        self.simulation = Simulation(base_url, clock)
        self._api: Router[Any] = Router(_ROUTES)
        self._control: Router[Any] = Router(control.ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            request = await read(scope, receive)
            inside = request.path.startswith("/_test/")
            await write(await self._controlled(request) if inside else self._asked(request), send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.simulation.sender.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _controlled(self, request: Request) -> Reply:
        found = self._control.find(request.method, request.path)
        if isinstance(found, bool):
            return problem(405 if found else 404, f"Cannot {request.method} {request.path}")
        try:
            reply: Reply = await found[0](self.simulation, request, **found[1])
        except Rejected as rejected:
            return rejected.reply
        return reply

    def _asked(self, request: Request) -> Reply:
        reply = self._answer(request)
        self.simulation.seen.append(
            Seen(
                effect_id=request.headers.get("treadle-effect-id", ""),
                method=request.method,
                path=request.path,
                status=0 if reply.cut else reply.status,
            )
        )
        return reply

    def _answer(self, request: Request) -> Reply:
        sim = self.simulation
        if (request.method, request.path) == ("GET", CONSENT):
            return sim.consent.page(request)
        if (request.method, request.path) == ("POST", TOKEN):
            return sim.consent.token(request)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer != sim.account.token and not sim.consent.takes(bearer):
            return problem(401, "Invalid user name or password")
        if not self._within_rate():
            return problem(429, "Too many requests", retry_after=_RETRY_AFTER)
        fault = next((each for each in sim.faults if each.fits(request.method, request.path)), None)
        if fault is not None:
            sim.faults.remove(fault)
        if fault is not None and not fault.cut:
            return _faulty(fault)
        found = self._api.find(request.method, request.path)
        if isinstance(found, bool):
            return problem(405 if found else 404, f"Cannot {request.method} {sim.base_url}{request.path}")
        reply = self._handled(*found, request)
        return (
            Reply(status=reply.status, body=reply.body, content_type=reply.content_type, cut=True) if fault else reply
        )

    def _handled(self, handler: Handler, arguments: dict[str, Any], request: Request) -> Reply:
        try:
            reply: Reply = handler(self.simulation, request, self.simulation.account.token_user, **arguments)
        except Rejected as rejected:
            return rejected.reply
        return reply

    def _within_rate(self) -> bool:
        """A window that slides: at most so many requests in any second."""
        sim, now = self.simulation, self.simulation.clock()
        while sim.recent and sim.recent[0] <= now - 1:
            sim.recent.popleft()
        if sim.per_second is not None and len(sim.recent) >= sim.per_second:
            return False
        sim.recent.append(now)
        return True


def _faulty(fault: Fault) -> Reply:
    if fault.status == 429:
        return problem(429, "Too many requests", retry_after=fault.retry_after or _RETRY_AFTER)
    if fault.status == 500:
        body = b'{"title":"ErrInternalServer","status":500,"detail":"Internal error","trace_id":"simulated"}'
        return Reply(status=500, body=body, content_type="application/problem+json")
    return Reply(status=fault.status, body=b"<html>simulated</html>", content_type="text/html")
