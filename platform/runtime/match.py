"""Deciding, in the worker, what an event alone could not: own changes in doubt, fields to be read, keys taken.

Owns the order of these questions and what each answer means for the run; reads through the plugin's trigger, at most
once an event. Terms of a condition that need nothing were decided when the event came in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.operations.faults import EvaluationError
from treadle.runtime.conditions import why_not
from treadle.runtime.echoes import origin_of
from treadle.runtime.loading import Loads, Unloaded
from treadle.runtime.machine.retries import pause
from treadle.runtime.machine.step import names_of
from treadle.runtime.ports import Fault, Store, StoredEvent
from treadle.runtime.running import Running

_SUSPECT_FOR = timedelta(seconds=30)  # longer than a call is open: its timeout, and a worker's lease
_ASK_AGAIN = 0.3
_LOADS = 5


class Fires(msgspec.Struct, frozen=True, tag="fires"):
    """The rule fires."""


class Suppressed(msgspec.Struct, frozen=True, tag="suppressed"):
    """It does not, and why."""

    why: Fault


class Later(msgspec.Struct, frozen=True, tag="later"):
    """Nobody can tell yet; ask again after so many seconds."""

    seconds: float


class Unreadable(msgspec.Struct, frozen=True, tag="unreadable"):
    """What a condition needs cannot be read."""

    why: Fault


Verdict = Fires | Suppressed | Later | Unreadable


class Matcher:
    """Decides matching runs, and reads fields that their steps need."""

    def __init__(self, store: Store, loader: Loads) -> None:
        self._store = store
        self._loader = loader

    async def decide(self, run: Running) -> Verdict:
        """Whether the rule fires on its event. Writes nothing but the taken key; what was read is left in `run`."""
        event = run.claimed.event
        if event is None:
            return Fires()
        if run.state.suspect and (verdict := await self._own(run, event)) is not None:
            return verdict
        if _reads(run) and (unread := await self.load(run)) is not None:
            return unread
        return await self._conditions(run, event)

    async def load(self, run: Running) -> Later | Unreadable | None:
        """Bring what the delivery did not carry, once an event; None when it is there."""
        event = run.claimed.event
        if event is None or event.loaded is not None:
            return None
        try:
            run.loaded(await self._loader.load(event))
        except Unloaded as failed:
            tries = run.state.loads + 1
            if failed.final or tries >= _LOADS:
                return Unreadable(failed.fault)
            run.state = replace(run.state, loads=tries)
            return Later(pause(tries, 1.0, failed.retry_after))
        return None

    async def _own(self, run: Running, event: StoredEvent) -> Verdict | None:
        if event.connection_id is None or event.entity is None:
            return None
        family = f"{event.entity.partition(':')[0]}:*"
        echoes = await self._store.echoes(event.connection_id, [event.entity, family])
        origin = origin_of(event.version, echoes, by_us=False)
        if origin.kind == "own" and origin.echo is not None and origin.echo.origin == run.claimed.rule:
            return Suppressed(Fault("own_change", f"the change was made by run {origin.echo.run_id} of this rule"))
        if origin.kind == "suspect" and run.claimed.now - event.received_at < _SUSPECT_FOR:
            return Later(_ASK_AGAIN)
        return None

    async def _conditions(self, run: Running, event: StoredEvent) -> Verdict:
        program, graph = run.program, run.program.graph
        names: dict[str, Any] = names_of(graph.hears[run.state.heard].name, run.event, event.received_at)
        if (why := why_not(program, names)) is not None:
            return Suppressed(Fault("filtered", why))
        if program.once is None or graph.once is None:
            return Fires()
        try:
            key = program.once(program.scope(names))
        except EvaluationError as error:
            return Suppressed(Fault(error.code, f"once per: {error.message}"))
        if key is None:
            return Fires()
        text = values.encode(key).decode()
        if await self._store.once(graph.name, text, graph.once.within, run.claimed.run_id):
            return Fires()
        return Suppressed(Fault("once", f"the rule has fired for {text} already"))


def _reads(run: Running) -> bool:
    graph = run.program.graph
    return any(term.loads for term in graph.where) or bool(graph.once and graph.once.loads)
