"""What became of an event, rule by rule. Owns the recomputing: from the recorded event, what was read for it and the
rules that were live when it came. Only what a state suppressed is taken from the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.values import Value
from treadle.runtime.conditions import why_not, why_not_meant, why_not_on_arrival
from treadle.runtime.connections import Connected, Connections
from treadle.runtime.live import Listener, LiveRules
from treadle.runtime.machine.step import names_of
from treadle.runtime.ports import EventFilter, RunFilter, RunRow, Store, StoredEvent

Outcome = Literal["fired", "filtered", "unread", "unheard", "pending"]

_MOST_RULES = 1000
_MOST_THEN = 4
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


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its one outcome, and the runs that fired.

    `fired`: a rule fired. `filtered`: rules listened and none fired. `unheard`: no rule listens. `unread`: the plugin
    could not read it, `reason` says why. `pending`: a condition is still being decided.
    """

    id: UUID
    trigger: str
    connection: str | None
    entity: str | None
    received_at: datetime
    data: msgspec.Raw
    outcome: Outcome
    runs: list[UUID]
    reason: str | None = None


class EventView(EventRow, frozen=True, kw_only=True):
    """An event with what each rule that listens made of it."""

    explanation: list[RuleExplained]


class Explainer:
    """Explains events of this workspace."""

    def __init__(self, store: Store, live: LiveRules, connections: Connections) -> None:
        self._store = store
        self._live = live
        self._connections = connections
        self._then: dict[UUID, LiveRules] = {}  # of the publications that were asked for last

    async def explain(self, event_id: UUID) -> EventView | None:
        """The event and what became of it, or None when there is no such event."""
        event = await self._store.event(event_id)
        return None if event is None else await self._view(event)

    async def page(self, filter: EventFilter, outcome: Outcome | None = None) -> tuple[list[EventRow], UUID | None]:
        """A page of events, and the id behind which the next one goes on; None at the end.

        Outcomes are not stored, they are found out: with one, some thousand events are looked through for a page, which
        then may hold fewer than its limit, or none, and still not be the last.
        """
        if outcome in (None, "unread"):
            asked = replace(filter, unread=outcome == "unread", limit=filter.limit + 1)
            events = await self._store.events(asked)
            following = events[filter.limit - 1].id if len(events) > filter.limit else None
            return await self._rows(events[: filter.limit]), following
        found: list[EventRow] = []
        before = filter.before
        for _ in range(_LOOKED_THROUGH // _LOOKED_AT):
            events = await self._store.events(replace(filter, before=before, limit=_LOOKED_AT))
            found += [each for each in await self._rows(events) if each.outcome == outcome]
            if len(found) >= filter.limit:
                return found[: filter.limit], found[filter.limit - 1].id
            if len(events) < _LOOKED_AT:
                return found, None
            before = events[-1].id
        return found, before

    async def _rows(self, events: Sequence[StoredEvent]) -> list[EventRow]:
        fates = await self._store.fates([event.id for event in events]) if events else {}
        return [self._row(event, await self._heard(event), fates.get(event.id)) for event in events]

    def _row(self, event: StoredEvent, heard: bool, fired: list[UUID] | None) -> EventRow:  # noqa: FBT001
        """The same as the view says, which looks closer."""
        outcome: Outcome
        if event.unread:
            outcome = "unread"
        elif not heard:
            outcome = "unheard"
        else:
            outcome = "filtered" if fired is None else "fired" if fired else "pending"
        return EventRow(**self._told(event), outcome=outcome, runs=fired or [])

    async def _heard(self, event: StoredEvent) -> bool:
        """Whether a rule listened, be it switched off."""
        if event.unread:
            return False
        rules, connected = await self._rules_then(event), self._connected(event)
        return bool(rules.listeners(event.trigger, connected) or rules.switched_off(event.trigger, connected))

    def _told(self, event: StoredEvent) -> dict[str, Any]:
        connected = self._connected(event)
        return {
            "id": event.id,
            "trigger": event.trigger,
            "connection": connected.name if connected else None,
            "entity": event.entity,
            "received_at": event.received_at,
            "data": msgspec.Raw(event.loaded or event.data),
            "reason": event.unread,
        }

    def _connected(self, event: StoredEvent) -> Connected | None:
        return self._connections.by_id(event.connection_id) if event.connection_id else None

    async def _view(self, event: StoredEvent) -> EventView:
        connected = self._connected(event)
        explanation = [] if event.unread else await self._rules(event, connected)
        elsewhere = [] if event.unread else await self._without_connection(event, connected)
        return EventView(
            **self._told(event),
            outcome=_outcome(event, explanation),
            runs=[each.run for each in explanation if each.run is not None and each.outcome == "fired"],
            explanation=explanation + elsewhere,
        )

    async def _without_connection(self, event: StoredEvent, connected: Connected | None) -> list[RuleExplained]:
        """Rules that hear this trigger of a connection which is not there: the event may be one that they wait for."""
        rules = await self._rules_then(event)
        heard = rules.listeners(event.trigger, connected)
        found = []
        for each in rules.anywhere(event.trigger):
            hear = each.program.heard[each.heard]
            if each in heard or hear.plugin is None or self._connections.chosen(hear.plugin, hear.connection):
                continue
            name = f"connection {hear.connection!r}" if hear.connection else f"connection of the plugin {hear.plugin}"
            why = f"it hears {event.trigger} of the {name}, which is not there"
            found.append(RuleExplained(each.rule, each.program.graph.file, "filtered", why))
        return found

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
        if (known := self._then.get(event.publication)) is not None:
            return known
        found = await self._store.publication(event.publication)
        if found is None:
            return LiveRules(self._store)
        while len(self._then) >= _MOST_THEN:
            self._then.pop(next(iter(self._then)))
        then = self._then[found.id] = self._live.then(found.id, found.graphs)
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
