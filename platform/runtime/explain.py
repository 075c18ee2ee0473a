"""What became of an event, rule by rule. Owns the recomputing: from the recorded event, what was read for it and the
rules that were live when it came. Only what a state suppressed is taken from the history.
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.dsl.graph import Graph
from treadle.dsl.values import Value
from treadle.runtime.conditions import why_not, why_not_meant, why_not_on_arrival
from treadle.runtime.connections import Connected, Connections
from treadle.runtime.live import Listener, LiveRules
from treadle.runtime.machine.step import names_of
from treadle.runtime.ports import RunFilter, RunRow, Store, StoredEvent

Outcome = Literal["fired", "filtered", "unread", "unheard", "pending"]

_MOST_RULES = 1000
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
        if event is None:
            return None
        connected = self._connections.by_id(event.connection_id) if event.connection_id else None
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
        listeners = rules.listeners(event.trigger, connected)
        if not listeners:
            return []
        runs = await self._runs(event.id)
        data = listeners[0].event(values.decode(event.loaded or event.data))
        cause = await self._origin(event.cause)
        return [explained_rule(listener, event, data, runs.get(listener.rule), cause) for listener in listeners]

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
    listener: Listener, event: StoredEvent, data: Value, run: RunRow | None, cause: str | None = None
) -> RuleExplained:
    """What a rule that listens made of the event, whose `data` are values by now. `run` is the one that it started, if
    any; `cause` the rule at the root of the chain that made the event happen.
    """
    rule, file = listener.rule, listener.program.graph.file
    if run is not None:
        return _of_run(rule, file, run)
    if cause == rule:
        return RuleExplained(rule, file, "suppressed", f"own change, made by run {event.cause}")
    ask = why_not if event.loaded else why_not_on_arrival
    why = why_not_meant(listener, data, event.received_at)
    why = why or ask(listener.program, names_of(listener.name, data, event.received_at))
    return RuleExplained(rule, file, "filtered", why or "its conditions did not hold when the event came in")


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
