"""What became of an event, rule by rule. Owns the recomputing: from the recorded event, what was read for it and the
rules that were live when it came. Only what a state suppressed is taken from the history.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.graph import Graph
from treadle.dsl.values import Value
from treadle.runtime.conditions import why_not, why_not_meant, why_not_on_arrival
from treadle.runtime.connections import Connected, Connections
from treadle.runtime.live import Listener, LiveRules
from treadle.runtime.machine.step import names_of
from treadle.runtime.ports import EventFilter, RunFilter, RunRow, Store, StoredEvent

Outcome = Literal["fired", "filtered", "unread", "unheard", "pending"]

_MOST_RULES = 1000
_AT_ONCE = 8
_LOOKED_AT = 500
_LOOKED_THROUGH = 2000
_MOST_PARENTS = 25


class RuleExplained(msgspec.Struct, frozen=True):
    """What one rule made of the event; `why` is the condition that failed with its values, or what suppressed it."""

    rule: str
    file: str
    outcome: Literal["fired", "filtered", "suppressed", "pending"]
    why: str | None = None
    run: UUID | None = None


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its one outcome.

    `fired`: a rule fired. `filtered`: rules listened and none fired. `unheard`: no rule listens. `unread`: the plugin
    could not read it, `reason` says why. `pending`: a condition is still being decided.
    """

    id: UUID
    trigger: str
    connection: str | None
    entity: str | None
    received_at: Any
    data: Any
    outcome: Outcome
    runs: list[UUID]
    explanation: list[RuleExplained]
    reason: str | None = None


class Explainer:
    """Explains events of this workspace."""

    def __init__(self, store: Store, live: LiveRules, connections: Connections) -> None:
        self._store = store
        self._live = live
        self._connections = connections

    async def explain(self, event_id: UUID) -> EventView | None:
        """The event and what became of it, or None when there is no such event."""
        event = await self._store.event(event_id)
        return None if event is None else await self._view(event)

    async def page(self, filter: EventFilter, outcome: Outcome | None = None) -> tuple[list[EventView], UUID | None]:
        """A page of events, and the id behind which the next one goes on; None at the end.

        Outcomes are not stored, they are found out: with one, some thousand events are looked through for a page, which
        then may hold fewer than its limit, or none, and still not be the last.
        """
        found, following = await self._found(filter, outcome)
        bound = asyncio.Semaphore(_AT_ONCE)

        async def view(event: StoredEvent) -> EventView:
            async with bound:
                return await self._view(event)

        return list(await asyncio.gather(*map(view, found))), following

    async def _found(self, filter: EventFilter, outcome: Outcome | None) -> tuple[list[StoredEvent], UUID | None]:
        if outcome in (None, "unread"):
            asked = replace(filter, unread=outcome == "unread", limit=filter.limit + 1)
            events = await self._store.events(asked)
            return events[: filter.limit], events[filter.limit - 1].id if len(events) > filter.limit else None
        found: list[StoredEvent] = []
        rules: dict[UUID | None, LiveRules] = {}
        before = filter.before
        for _ in range(_LOOKED_THROUGH // _LOOKED_AT):
            events = await self._store.events(replace(filter, before=before, limit=_LOOKED_AT))
            fates = await self._store.fates([event.id for event in events])
            for event in events:
                if await self._outcome(event, fates.get(event.id), rules) == outcome:
                    found.append(event)
                if len(found) == filter.limit:
                    return found, event.id
            if len(events) < _LOOKED_AT:
                return found, None
            before = events[-1].id
        return found, before

    async def _outcome(
        self, event: StoredEvent, fate: Literal["fired", "pending"] | None, known: dict[UUID | None, LiveRules]
    ) -> Outcome:
        """The same as the view says. `known` are the rules of publications that were asked for before."""
        if event.unread:
            return "unread"
        if event.publication not in known:
            known[event.publication] = await self._rules_then(event)
        rules, connected = known[event.publication], self._connected(event)
        if not (rules.listeners(event.trigger, connected) or rules.switched_off(event.trigger, connected)):
            return "unheard"
        return fate or "filtered"

    def _connected(self, event: StoredEvent) -> Connected | None:
        return self._connections.by_id(event.connection_id) if event.connection_id else None

    async def _view(self, event: StoredEvent) -> EventView:
        connected = self._connected(event)
        explanation = [] if event.unread else await self._rules(event, connected)
        return EventView(
            id=event.id,
            trigger=event.trigger,
            connection=connected.name if connected else None,
            entity=event.entity,
            received_at=event.received_at,
            data=values.decode(event.loaded or event.data),
            outcome=_outcome(event, explanation),
            runs=[each.run for each in explanation if each.run is not None and each.outcome == "fired"],
            explanation=explanation,
            reason=event.unread,
        )

    async def _rules(self, event: StoredEvent, connected: Connected | None) -> list[RuleExplained]:
        rules = await self._rules_then(event)
        off = rules.switched_off(event.trigger, connected)
        listeners = rules.listeners(event.trigger, connected) + off
        if not listeners:
            return []
        runs = await self._runs(event.id)
        data = listeners[0].event(values.decode(event.loaded or event.data))
        cause = await self._origin(event.cause)
        return [
            explained_rule(listener, event, data, runs.get(listener.rule), cause, off=listener in off)
            for listener in listeners
        ]

    async def _rules_then(self, event: StoredEvent) -> LiveRules:
        if event.publication is None or event.publication == self._live.publication:
            return self._live
        found = await self._store.publication(event.publication)
        then = LiveRules(self._store)
        if found is not None:
            graphs = {key: msgspec.json.decode(text, type=Graph) for key, text in found.graphs.items()}
            then.switch(found.id, graphs)
        return then

    async def _runs(self, event_id: UUID) -> dict[str, RunRow]:
        found = await self._store.runs(RunFilter(event_id=event_id, limit=_MOST_RULES))
        found += await self._store.runs(RunFilter(event_id=event_id, status="suppressed", limit=_MOST_RULES))
        return {row.rule: row for row in found}

    async def _origin(self, run_id: UUID | None) -> str | None:
        """The rule at the root of the chain of starts that made this event happen."""
        rule = None
        for _ in range(_MOST_PARENTS):
            row = await self._store.run(run_id) if run_id else None
            if row is None:
                break
            rule, run_id = row.rule, row.parent_id
        return rule


def explained_rule(
    listener: Listener,
    event: StoredEvent,
    data: Value,
    run: RunRow | None,
    cause: str | None = None,
    *,
    off: bool = False,
) -> RuleExplained:
    """What a rule that listens made of the event, whose `data` are values by now. `run` is the one that it started, if
    any; `cause` the rule at the root of the chain that made the event happen; `off` says that it is switched off now.
    """
    rule, file = listener.rule, listener.program.graph.file
    if run is not None:
        return _of_run(rule, file, run)
    if cause == rule:
        return RuleExplained(rule, file, "suppressed", f"own change, made by run {event.cause}")
    ask = why_not if event.loaded else why_not_on_arrival
    why = why_not_meant(listener, data, event.received_at)
    why = why or ask(listener.program, names_of(listener.name, data, event.received_at))
    if off and not why:
        return RuleExplained(rule, file, "suppressed", "the rule is switched off")
    return RuleExplained(rule, file, "filtered", why or "it was off, or did not hold, when the event came in")


def _of_run(rule: str, file: str, run: RunRow) -> RuleExplained:
    if run.status == "matching":
        return RuleExplained(rule, file, "pending", "a condition is still being decided", run.id)
    if run.status != "suppressed":
        return RuleExplained(rule, file, "fired", None, run.id)
    why = run.error.message if run.error else None
    filtered = run.error is not None and run.error.code == "filtered"
    return RuleExplained(rule, file, "filtered" if filtered else "suppressed", why, run.id)


def _outcome(event: StoredEvent, explanation: list[RuleExplained]) -> Outcome:
    outcomes = {each.outcome for each in explanation}
    if event.unread:
        return "unread"
    if not explanation:
        return "unheard"
    return "fired" if "fired" in outcomes else "pending" if "pending" in outcomes else "filtered"
