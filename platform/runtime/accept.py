"""Taking events in: from a delivery, or put in by hand, to rows that are committed before anybody is answered.

Owns the way of an event up to its first commit: which connection it came to, what the plugin reads from it, which runs
it starts. Conditions that need nothing but the event are decided here; the others by the worker. All deliveries in
flight share one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import structlog
from msgspec.structs import replace

from treadle.dsl import values
from treadle.runtime.clock import StoreClock
from treadle.runtime.committer import Committer
from treadle.runtime.connections import Connected, Connections
from treadle.runtime.echoes import FOREIGN, Origin, origin_of
from treadle.runtime.host import PluginHost
from treadle.runtime.ids import new_id
from treadle.runtime.live import Listener, LiveRules
from treadle.runtime.order import ordered
from treadle.runtime.ports import Arrival, NewDelivery, NewEvent, NewRun, Store
from treadle.runtime.starting import told_key
from treadle.runtime.webhooks import Webhook
from treadle.runtime.webrequests import Unreadable, hook_of
from treadle.sdk.delivery import Accepted, Delivery, Event, Refused, Unread

MAX_BODY = 10 * 1024 * 1024
"""Bytes of one delivery."""
MAX_KEY = 255
"""Characters of an `Idempotency-Key`."""


class HookUnknown(Exception):
    """There is no such hook: no connection of that name, or another secret. One answer for both."""


class HookRefused(Exception):
    """The delivery is not for us, or cannot be read at all. `status` is the HTTP status to answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Receipt(msgspec.Struct, frozen=True):
    """What was stored. For a duplicate, `events` holds the id of the one that was there first."""

    accepted: int
    duplicates: int
    events: list[UUID]


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way in, and the rules that hear it; the flag says whether more than the event decides."""

    event: NewEvent
    heard: tuple[tuple[Listener, bool], ...] = ()
    by_us: bool = False
    may_be_own: bool = False


class Offer(msgspec.Struct, frozen=True):
    """What one sender waits for."""

    delivery: NewDelivery | None
    events: tuple[Offered, ...]


class Acceptor:
    """The way in. `ring` is called after each commit that left something to do."""

    def __init__(
        self,
        store: Store,
        live: LiveRules,
        connections: Connections,
        host: PluginHost,
        clock: StoreClock,
        ring: Callable[[], None],
    ) -> None:
        self._store = store
        self._live = live
        self._connections = connections
        self._host = host
        self._clock = clock
        self._ring = ring
        self._caused = host.caused()
        self._made = host.made()
        self._committer: Committer[Offer, Receipt] = Committer(self._write)

    async def receive(self, connection: str, secret: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        """Store one delivery; returns after the commit. Raises `HookUnknown`, `HookRefused` and `StoreDown`."""
        presented, now = presented_as(secret), self._clock.now()
        found = self._connections.find(connection)
        if found is None or not found.knows(presented, now):
            # A wrong secret takes the way of a name that nobody has; it may also be newer than what is known here.
            found = await self._connections.look_again(connection)
        if found is None or not found.knows(presented, now):
            raise HookUnknown
        _bounded(body)
        delivery = Delivery(connection=found.instance, headers=headers, body=body, received_at=now)
        kept = NewDelivery(id=new_id(), connection_id=found.row.id, content_type=delivery.content_type, body=body)
        return await self._committer.put(Offer(kept, tuple(self._read(found, kept.id, delivery))))

    async def receive_web(
        self, webhook: Webhook | None, secret: str, headers: Mapping[str, str], query: str, body: bytes
    ) -> Receipt:
        """Store one request to a rule's own address; None where there is none. Raises like `receive`."""
        if webhook is None or not webhook.knows(presented_as(secret)):
            raise HookUnknown
        _bounded(body)
        key = headers.get("idempotency-key") or None
        if key is not None and len(key) > MAX_KEY:
            raise HookRefused(400, "bad_request", f"An Idempotency-Key may have {MAX_KEY} characters at most.")
        try:
            data = hook_of(headers, query, body)
        except Unreadable as unreadable:
            raise HookRefused(400, "unreadable", str(unreadable)) from None
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        kept = NewDelivery(id=new_id(), connection_id=webhook.id, content_type=kind, body=body)
        event = NewEvent(
            id=new_id(),
            trigger=f"webhook.{webhook.name}",
            data=data,
            connection_id=webhook.id,
            delivery_id=kept.id,
            key=key,
            publication=self._live.publication,
        )
        return await self._committer.put(Offer(kept, (Offered(event=event, heard=self._heard(event, None)),)))

    async def put(
        self, trigger: str, data: bytes, entity: str | None, connection: Connected | None, id: UUID | None = None
    ) -> Receipt:
        """Store an event that somebody made, in a commit of its own or its caller's; `data` is JSON that fits the
        trigger. The same id again is stored once.
        """
        event = NewEvent(
            id=id or new_id(),
            trigger=trigger,
            data=data,
            connection_id=connection.row.id if connection else None,
            entity=entity,
            publication=self._live.publication,
        )
        (receipt,) = await self._write([Offer(None, (Offered(event=event, heard=self._heard(event, connection)),))])
        return receipt

    # --- reading ----------------------------------------------------------------------------------------------------

    def _read(self, connection: Connected, delivery_id: UUID, delivery: Delivery) -> Iterable[Offered]:
        answer = self._ask_plugin(connection, delivery)
        for event in answer.events:
            yield self._event(connection, delivery_id, event)
        for unread in answer.unread:
            yield Offered(event=self._unread(connection, delivery_id, unread))

    def _ask_plugin(self, connection: Connected, delivery: Delivery) -> Accepted[Any]:
        plugin = self._host.plugins[connection.row.plugin]
        try:
            answer = connection.instance.receive(delivery, tuple(plugin.triggers.values()))
        except (RecursionError, UnicodeError, msgspec.DecodeError):
            raise HookRefused(400, "unreadable", "The body cannot be read.") from None
        except Exception as error:
            structlog.get_logger("treadle.accept").error("plugin_cannot_read", plugin=plugin.name, exc_info=error)
            reason = f"The plugin {plugin.name} failed to read this delivery ({type(error).__name__})."
            return Accepted(unread=(Unread(group="delivery", reason=reason, data=None, key=str(new_id())),))
        if isinstance(answer, Refused):
            raise HookRefused(answer.status, answer.code, answer.message)
        return answer

    def _event(self, connection: Connected, delivery_id: UUID, event: Event[Any]) -> Offered:
        trigger = f"{connection.row.plugin}.{event.trigger.name}"
        new = NewEvent(
            id=new_id(),
            trigger=trigger,
            data=values.encode(event.data),
            connection_id=connection.row.id,
            delivery_id=delivery_id,
            key=event.key,
            entity=event.entity,
            version=event.version,
            publication=self._live.publication,
        )
        heard = self._heard(new, connection)
        may_be_own = bool(heard) and event.entity is not None and trigger in self._caused
        return Offered(event=new, heard=heard, by_us=event.by_us, may_be_own=may_be_own)

    def _unread(self, connection: Connected, delivery_id: UUID, unread: Unread) -> NewEvent:
        return NewEvent(
            id=new_id(),
            trigger=f"{connection.row.plugin}.unread",
            data=values.encode({"group": unread.group, "data": unread.data}),
            connection_id=connection.row.id,
            delivery_id=delivery_id,
            key=unread.key,
            unread=unread.reason,
        )

    def _heard(self, event: NewEvent, connection: Connected | None) -> tuple[tuple[Listener, bool], ...]:
        if not self._live.listeners(event.trigger, connection):
            return ()
        return self._live.hear(event.trigger, connection, values.decode(event.data), self._clock.now())

    # --- writing ----------------------------------------------------------------------------------------------------

    async def _write(self, offers: Sequence[Offer]) -> Sequence[Receipt]:
        origins = await self._origins(offers)
        deliveries = [offer.delivery for offer in offers if offer.delivery is not None]
        arrivals = [
            arrival_of(offered, origins.get(offered.event.id, FOREIGN)) for offer in offers for offered in offer.events
        ]
        told: set[UUID] = set()
        duplicates = await self._store.accept(deliveries, arrivals, told)
        if told or any(arrival.runs for arrival in arrivals):
            self._ring()
        return [_receipt(offer, duplicates) for offer in offers]

    async def _origins(self, offers: Sequence[Offer]) -> dict[UUID, Origin]:
        """One look per connection at what we wrote lately, only when an event of the group can be our own doing."""
        asked: dict[UUID, list[Offered]] = {}
        for offer in offers:
            for offered in offer.events:
                if offered.may_be_own and offered.event.connection_id is not None:
                    asked.setdefault(offered.event.connection_id, []).append(offered)
        found: dict[UUID, Origin] = {}
        for connection_id, many in asked.items():
            echoes = await self._store.echoes(
                connection_id, list({name for each in many for name in self._about(each)})
            )
            for each in many:
                mine = [echo for echo in echoes if echo.entity in self._about(each)]
                found[each.event.id] = origin_of(each.event.version, mine, by_us=each.by_us)
        return found

    def _about(self, offered: Offered) -> frozenset[str]:
        """What a change of ours that this event reports may have been recorded under."""
        entity = str(offered.event.entity)
        family = f"{entity.partition(':')[0]}:*"
        return frozenset({entity, family}) if offered.event.trigger in self._made else frozenset({entity})


def presented_as(secret: str) -> bytes:
    """The secret in an address as it is compared; whatever a path may hold has bytes."""
    return secret.encode("utf-8", "surrogateescape")


def arrival_of(offered: Offered, origin: Origin) -> Arrival:
    """The event and the runs it starts. A rule does not hear what its own runs, or sequences they started, did."""
    event, echo = offered.event, origin.echo if origin.kind == "own" else None
    if echo is not None:
        event = msgspec.structs.replace(event, cause=echo.run_id, hops=echo.hops + 1)
    runs = [
        (listener.program.graph, _run(listener, event, later=later, suspect=_may_be_of(listener, origin)))
        for listener, later in offered.heard
        if echo is None or echo.origin != listener.rule or listener.program.graph.own_changes
    ]
    return Arrival(event, ordered(runs))


def _may_be_of(listener: Listener, origin: Origin) -> bool:
    if listener.program.graph.own_changes:
        return False
    return origin.kind == "suspect" and origin.echo is not None and origin.echo.origin == listener.rule


def _run(listener: Listener, event: NewEvent, *, later: bool, suspect: bool) -> NewRun:
    open_state = listener.suspect if suspect else listener.matching
    run = NewRun(
        id=new_id(),
        graph=listener.program.version,
        kind="rule",
        rule=listener.rule,
        origin=listener.rule,
        status="matching" if later or suspect else "running",
        state=open_state if later or suspect else listener.running,
        event_id=event.id,
        hops=event.hops,
        turn=_turn(listener, event),
    )
    quiet, key = listener.program.graph.quiet, None if suspect else _group(listener, event)
    if quiet is None or key is None:
        return run
    return replace(run, state=listener.quiet, quiet=key, delay=quiet.seconds)


def _group(listener: Listener, event: NewEvent) -> str | None:
    """Where the pause alone decides, the run is in its group at once: no worker can be too late to say so."""
    graph = listener.program.graph
    if graph.quiet is None or graph.once is not None or graph.at_most is not None:
        return None
    if any(each.loads for each in (*graph.where, graph.quiet, *((graph.alone,) if graph.alone else ()))):
        return None
    return told_key(listener.program, listener.program.quiet, _of(listener, event))


def _turn(listener: Listener, event: NewEvent) -> str | None:
    """Runs that queue stand in line from now on; others have no use for that before they are looked at."""
    alone = listener.program.graph.alone
    if alone is None or alone.otherwise != "queue" or alone.loads:
        return None
    return told_key(listener.program, listener.program.alone, _of(listener, event))


def _of(listener: Listener, event: NewEvent) -> dict[str, Any]:
    return {listener.name: listener.event(values.decode(event.data))}


def _bounded(body: bytes) -> None:
    if len(body) > MAX_BODY:
        raise HookRefused(413, "too_large", "A delivery may be 10 MB at most.")


def _receipt(offer: Offer, duplicates: Mapping[UUID, UUID]) -> Receipt:
    ids = [duplicates.get(offered.event.id, offered.event.id) for offered in offer.events]
    again = sum(offered.event.id in duplicates for offered in offer.events)
    return Receipt(len(ids) - again, again, ids)
