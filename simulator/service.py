"""The service that rules act on, and the way there. Owns the truth about what was done: every effect, when, by whom.

A tag and a message are idempotent: the same key is done once. A shipment is checkable: each request makes one, a
look-up finds it by its mark, after a while. A remark is blind: each request writes one.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec

from simulator.faults import Fate, Faults
from simulator.loop import Loop, owner
from simulator.model import Model
from treadle.runtime.net.breaks import broken
from treadle.runtime.net.client import Credentials, Request
from treadle.runtime.net.departure import Departure
from treadle.runtime.net.scoped import EFFECT_HEADER
from treadle.runtime.net.urls import Target
from treadle.sdk.context import Answer

_LAG = 1.5  # seconds after which a look-up finds a shipment, at most
_JSON = {"content-type": "application/json"}


class Effect(msgspec.Struct, frozen=True):
    """Something that the service did. `what` is meant once: the action, the order and the label of the step."""

    at: float
    action: str
    what: str
    effect_id: str


class Service:
    """`effects` in the order of their doing. `gaps` are the effects that left a process after a freeze."""

    def __init__(self, loop: Loop, faults: Faults, dice: Random, note: Callable[[str], None]) -> None:
        self._loop = loop
        self._faults = faults
        self._dice = dice
        self._note = note
        self.effects: list[Effect] = []
        self.gaps: set[str] = set()
        self.unclear: Counter[str] = Counter()
        """Requests that were not answered with what was done, by effect."""
        self.model = Model(Random(dice.getrandbits(64)), loop.time)
        self._done: set[str] = set()
        self._shipped: dict[str, float] = {}

    def opens(self, target: Target) -> bool:
        """Whether the operator opened this host."""
        return True

    # --- the way there ------------------------------------------------------------------------------------------------

    async def exchange(self, request: Request, departure: Departure, within: float, credentials: Credentials) -> Answer:
        """See `net.client.GuardedClient.exchange`."""
        try:
            async with asyncio.timeout(within):
                return await self._exchange(request, departure, credentials)
        except (TimeoutError, OSError) as error:
            raise broken(error, request.target, left=departure.left, after=within) from error

    async def _exchange(self, request: Request, departure: Departure, credentials: Credentials) -> Answer:
        fate, effect = self._faults.request(), request.headers.get(EFFECT_HEADER, "")
        if fate == "refused":
            raise ConnectionRefusedError
        credentials(request.target)
        await asyncio.sleep(self._faults.latency())
        departure.go()
        if fate == "gap":
            self.gaps.add(effect)
            process = owner.get()
            self._loop.freeze(process.beside or process, self._dice.choice([8.0, 30.0, 70.0]))
            await asyncio.sleep(0)
        if fate != "fine":
            self.unclear[effect] += 1
        answered: asyncio.Future[Answer] = self._loop.create_future()
        self._later(self._faults.latency(), self._arrives, request, fate, answered)
        return await answered

    def _arrives(self, request: Request, fate: Fate, answered: asyncio.Future[Answer]) -> None:
        if fate == "lost":
            self._later(self._faults.latency(), _cut, answered)
            return
        if fate == "busy":
            answer = Answer(429, {"retry-after": "2"}, b"")
        elif fate == "broken_before":
            answer = Answer(500, {}, b"")
        else:
            answer = self._handle(request)
            answer = Answer(500, {}, b"") if fate == "broken_after" else answer
        if fate == "unanswered":
            self._later(self._faults.latency(), _cut, answered)
        else:
            delay = self._dice.uniform(5, 20) if fate == "slow" else self._faults.latency()
            self._later(delay, _tell, answered, answer)

    def _later(self, seconds: float, act: Callable[..., None], *args: Any) -> None:
        self._loop.call_later(seconds, act, *args, context=self._loop.world.context)

    # --- what it does -------------------------------------------------------------------------------------------------

    def _handle(self, request: Request) -> Answer:
        _, thing, *rest = request.target.url.path.split("/")
        if thing == "ask":
            return Answer(
                200, _JSON, self.model.answer(json.loads(request.body or b"null"), request.headers[EFFECT_HEADER])
            )
        if request.method == "GET":
            return self._read(thing, rest[0])
        sent = json.loads(request.body or b"null")
        if "refused" in sent["label"]:
            return Answer(422, _JSON, b'{"error": "no"}')
        self._do(thing, f"{thing} {rest[0]} {sent['label']}", request.headers[EFFECT_HEADER])
        return Answer(200, _JSON, json.dumps({"id": int(rest[0])}).encode())

    def _read(self, thing: str, id: str) -> Answer:
        if thing == "orders":
            return Answer(200, _JSON, json.dumps({"id": int(id), "customer": int(id) % 3}).encode())
        seen = self._shipped.get(id)
        if seen is None or seen > self._loop.time():
            return Answer(404, _JSON, b"{}")
        return Answer(200, _JSON, b'{"id": 0}')

    def _do(self, action: str, what: str, effect_id: str) -> None:
        if action in ("tags", "messages") and effect_id in self._done:
            return
        if action == "shipments":
            self._shipped.setdefault(effect_id, self._loop.time() + self._dice.uniform(0, _LAG))
        self._done.add(effect_id)
        self.effects.append(Effect(self._loop.time(), action, what, effect_id))
        self._note(f"service did {what} {effect_id}")


def _cut(answered: asyncio.Future[Answer]) -> None:
    if not answered.done():
        answered.set_exception(ConnectionResetError())


def _tell(answered: asyncio.Future[Answer], answer: Answer) -> None:
    if not answered.done():
        answered.set_result(answer)
