"""Deciding, in the worker, what an event alone could not: own changes in doubt, fields to be read, then the clauses.

Owns the order of these questions; the clauses that need a state are `deciders`. Reads through the plugin's trigger, at
most once an event. Terms of a condition that need nothing were decided when the event came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from treadle.dsl import values
from treadle.runtime.conditions import why_not
from treadle.runtime.deciders import Candidate, Later, Passes, Suppressed, Waits, decide
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


class Unreadable(msgspec.Struct, frozen=True, tag="unreadable"):
    """What a condition needs cannot be read."""

    why: Fault


Verdict = Fires | Suppressed | Later | Waits | Unreadable


class Matcher:
    """Decides matching runs, and reads fields that their steps need."""

    def __init__(self, store: Store, loader: Loads) -> None:
        self._store = store
        self.loader = loader

    async def decide(self, run: Running) -> Verdict:
        """Whether the rule fires on its event. Writes nothing but the taken key; what was read is left in `run`."""
        event = run.claimed.event
        if run.state.phase is None and event is not None:
            if run.state.suspect and (verdict := await self._own(run, event)) is not None:
                return verdict
            if _reads(run) and (unread := await self.load(run)) is not None:
                return unread
        if run.state.phase is None and (why := why_not(run.program, _names(run, event))) is not None:
            return Suppressed(Fault("filtered", why))
        return await self._clauses(run, event)

    async def load(self, run: Running) -> Later | Unreadable | None:
        """Bring what the delivery did not carry, once an event; None when it is there."""
        event = run.claimed.event
        if event is None or event.loaded is not None:
            return None
        try:
            run.loaded(await self.loader.load(event))
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

    async def _clauses(self, run: Running, event: StoredEvent | None) -> Verdict:
        state = run.state
        candidate = Candidate(
            run_id=run.claimed.run_id,
            program=run.program,
            names=_names(run, event),
            phase=state.phase,
            behind=state.behind,
            until=state.rest.until if state.rest else None,
            now=run.claimed.now,
        )
        answer = await decide(self._store, candidate)
        if isinstance(answer, Waits | Passes) and answer.events:
            await self._gather(run, answer.events)
        elif isinstance(answer, Passes) and event is not None:
            await self._gather(run, (event.id,))
        return Fires() if isinstance(answer, Passes) else answer

    async def _gather(self, run: Running, ids: Sequence[UUID]) -> None:
        """`as list`: the events of the group, under their name; an event whose key is missing is a group of its own."""
        quiet = run.program.graph.quiet
        if quiet is None or quiet.name is None or quiet.name in run.state.vars:
            return
        events = [event for each in ids if (event := await self._store.event(each)) is not None]
        data = [values.decode(each.loaded or each.data) for each in events]
        run.state = replace(run.state, vars={**run.state.vars, quiet.name: run.program.revived(quiet.name, data)})


def _names(run: Running, event: StoredEvent | None) -> dict[str, Any]:
    if event is None:
        return {"now": run.claimed.now, **run.state.vars}
    return names_of(run.program.heard[run.state.heard].name, run.event, event.received_at)


def _reads(run: Running) -> bool:
    graph = run.program.graph
    clauses = (graph.once, graph.at_most, graph.quiet, graph.alone)
    return any(term.loads for term in graph.where) or any(each is not None and each.loads for each in clauses)
