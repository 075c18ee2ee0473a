"""The runtime in one hand: everything that the API and the command line ask of it.

Owns putting the parts together, opening and closing them in order, and following what other processes change. Each verb
is a module of its own; nothing is decided here.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import structlog

from treadle.dsl import values
from treadle.dsl.catalogue import Catalogue
from treadle.runtime import production, publishing
from treadle.runtime.accept import Acceptor, HookRefused, HookUnknown, Receipt, presented_as
from treadle.runtime.arguments import fill
from treadle.runtime.bell import Bell, open_bell
from treadle.runtime.byhand import StartInvalid, started_by_hand
from treadle.runtime.changes.feed import Feed
from treadle.runtime.changes.reading import ChangeReader
from treadle.runtime.claimant import Renewer
from treadle.runtime.clock import StoreClock, steady
from treadle.runtime.connections import Connections, ConnectionUnknown, ConnectionView, FieldsInvalid
from treadle.runtime.context import Contexts
from treadle.runtime.database import Database, open_database
from treadle.runtime.explain import EventRow, EventView, Explainer, Outcome, RuleExplained
from treadle.runtime.health import Health, Probe
from treadle.runtime.host import PluginHost
from treadle.runtime.installation import Installation
from treadle.runtime.keys import ensure_key
from treadle.runtime.language.pool import LanguagePool
from treadle.runtime.live import LiveRules
from treadle.runtime.loading import payload_decoder
from treadle.runtime.net.addresses import AllowList
from treadle.runtime.net.client import GuardedClient
from treadle.runtime.net.rates import RateLimiter
from treadle.runtime.oauth.grants import Grants
from treadle.runtime.oauth.keeper import TokenKeeper
from treadle.runtime.ownevents import EventInvalid, own_event
from treadle.runtime.ports import EventFilter, Origin, Store, StoreDown
from treadle.runtime.publishing import Published
from treadle.runtime.redaction import Redactor
from treadle.runtime.renewing import Line, PostgresRenewer
from treadle.runtime.sealing import installed_vault
from treadle.runtime.settings import Settings
from treadle.runtime.sharedrates import SharedRates
from treadle.runtime.survey import Policy, WaitingAt
from treadle.runtime.switching import (
    RuleUnknown,
    RuleView,
    SaysOtherwise,
    State,
    Switched,
    list_rules,
    stop_runs,
    switch,
)
from treadle.runtime.tasks import ended
from treadle.runtime.vault import Vault
from treadle.runtime.webhooks import Webhooks
from treadle.runtime.world import world

if TYPE_CHECKING:
    from treadle.dsl.facade import Compiled

__all__ = [
    "ConnectionUnknown", "ConnectionView", "Engine", "EventInvalid", "EventView", "FieldsInvalid", "Health",
    "HookRefused", "HookUnknown", "Policy", "Published", "Receipt", "RuleExplained", "RuleUnknown", "RuleView",
    "SaysOtherwise", "StartInvalid", "Switched", "WaitingAt", "open_engine",
]  # fmt: skip

_LOOK = 1.0  # seconds between looks at what is live and connected
_OLD = 5.0  # seconds since the last look after which what is live is asked for before an event is taken in
_ASK_TIME = 10  # looks between two readings of the store's clock
_GARBAGE = (50_000, 20, 100)  # collecting as often as Python does by default took a sixth of a worker's time, measured


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine is made of. `database` is None for a store in memory."""

    settings: Settings
    store: Store
    database: Database | None
    host: PluginHost
    vault: Vault
    redactor: Redactor
    bell: Bell
    client: GuardedClient
    rates: RateLimiter
    renewer: Renewer
    language: LanguagePool | None = None


class Engine:
    """An open runtime of one workspace."""

    def __init__(self, parts: Parts) -> None:
        self.settings = parts.settings
        self.store = parts.store
        self._database = parts.database
        self.host = parts.host
        self.vault = parts.vault
        self.redactor = parts.redactor
        self.bell = parts.bell
        self.renewer = parts.renewer
        self.clock = StoreClock()
        self.live = LiveRules(parts.store)
        contexts = Contexts(parts.client, parts.rates, parts.store, parts.redactor)
        self.connections = Connections(parts.store, parts.host, parts.vault, parts.redactor, contexts)
        if (database := parts.database) is not None:
            database.store.costs = parts.host.costs()
            grants = Grants(database.pool, database.store.workspace_id)
            self.connections.keeper = TokenKeeper(grants, parts.client, parts.vault, parts.redactor)
        self.webhooks = Webhooks(parts.store, parts.vault, parts.redactor)
        self._acceptor = Acceptor(parts.store, self.live, self.connections, parts.host, self.clock, parts.bell.ring)
        self.language = parts.language or LanguagePool(parts.host.specs, parts.settings.language_processes)
        self.installation = Installation(self)
        self._stopped: set[str] = set()
        self._catching_up = asyncio.Lock()
        self._explainer = Explainer(parts.store, self.live, self.connections)

    @property
    def database(self) -> Database:
        """The open database."""
        assert self._database is not None, "this engine works on a store in memory"
        return self._database

    @cached_property
    def feed(self) -> Feed:
        """Changes as they commit, for all who watch through this process."""
        return Feed(ChangeReader(self.database.pool, self.database.store.workspace_id))

    @cached_property
    def probe(self) -> Probe:
        """Asks how everything is."""
        return Probe(self)

    async def begin(self) -> None:
        """Read what is live and connected. Raises `StoreDown`."""
        self.redactor.add(self.host.secrets())
        self.clock.adjust(await self.store.now())
        await self.connections.refresh()
        await self.live.refresh()
        await self.webhooks.refresh()
        self._stopped = self._off()

    async def refreshed(self) -> None:
        """Read anew what other processes may have changed. Raises `StoreDown`."""
        await self.live.refresh()
        await self._sweep()
        await self.connections.refresh()

    @asynccontextmanager
    async def following(self, *, every: float = _LOOK) -> AsyncIterator[None]:
        """While inside, a store alone is asked every so many seconds what others changed. Where there are workspaces,
        their `installation` does it for all.
        """
        await self.begin()
        task = asyncio.create_task(self._follow(every), name="follow")
        try:
            yield
        finally:
            await ended(task)

    async def _follow(self, every: float) -> None:
        looks = 0
        while True:
            await asyncio.sleep(every)
            looks += 1
            try:
                await self.refreshed()
                if looks % _ASK_TIME == 0:
                    self.clock.adjust(await self.store.now())
            except StoreDown:
                continue
            except Exception as error:
                structlog.get_logger("treadle.engine").error("following_failed", exc_info=error)

    def _off(self) -> set[str]:
        return {rule for rule, to in self.live.switches.items() if to == "off"}

    async def _sweep(self) -> None:
        """Runs that processes started which had not heard yet that their rule is off."""
        for rule in self._off() - self._stopped:
            await self._stop_runs(rule)
        self._stopped = self._off()

    async def _stop_runs(self, rule: str) -> int:
        stopped = await stop_runs(self.store, rule)
        self.bell.ring()
        return stopped

    # --- events -----------------------------------------------------------------------------------------------------

    async def receive(self, connection: str, secret: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        """Store one delivery; returns after the commit. Raises `HookUnknown`, `HookRefused` and `StoreDown`."""
        if steady() - self.live.asked > _OLD:
            await self._catch_up()
        return await self._acceptor.receive(connection, secret, headers, body)

    async def receive_web(self, name: str, secret: str, headers: Mapping[str, str], query: str, body: bytes) -> Receipt:
        """Store one request to the address of a `when webhook` line. Raises like `receive`."""
        if steady() - self.live.asked > _OLD:
            await self._catch_up()
        found = self.webhooks.find(name) if name in self.live.webhooks else None
        if found is None or not found.knows(presented_as(secret)):
            await self.webhooks.look_again()
            await self.live.refresh()
            found = self.webhooks.find(name) if name in self.live.webhooks else None
        return await self._acceptor.receive_web(found, secret, headers, query, body)

    async def _catch_up(self) -> None:
        """Who was frozen, or cut off, does not know yet which rules hear what comes now."""
        async with self._catching_up:
            if steady() - self.live.asked <= _OLD:
                return
            try:
                await self.live.refresh()
            except StoreDown:
                raise
            except Exception as error:  # what is live cannot be read: the last that could be hears on
                self.live.asked = steady()
                structlog.get_logger("treadle.engine").error("following_failed", exc_info=error)

    async def put_event(self, trigger: str, data: Any, id: UUID | None = None) -> Receipt:
        """Store an event made by hand; `data` is plain JSON data as the trigger, or the `event` of one's own, declares
        it. The same id again is stored once. Raises `EventInvalid`.
        """
        if trigger.startswith("event."):
            await self.live.refresh()
            return await self._acceptor.put(trigger, own_event(self.live, trigger, data), None, None, id)
        if steady() - self.live.asked > _OLD:
            await self._catch_up()
        declared = self.host.trigger(trigger)
        if declared is None:
            known = sorted(f"{name}.{each}" for name, plugin in self.host.plugins.items() for each in plugin.triggers)
            raise EventInvalid(f"there is no trigger {trigger!r}; there are {', '.join(known) or 'none'}")
        try:
            payload = payload_decoder(declared.payload).decode(values.encode(data))
        except (msgspec.ValidationError, TypeError, ValueError, RecursionError) as error:
            raise EventInvalid(f"{trigger}: {error}") from None
        encoded = values.encode(payload)
        entity = fill(declared.entity, values.decode(encoded)) if declared.entity else None
        plugin = trigger.partition(".")[0]
        return await self._acceptor.put(trigger, encoded, entity, self.connections.default(plugin), id)

    async def explain(self, event_id: UUID) -> EventView | None:
        """The event, its outcome and what each rule made of it; None when there is no such event."""
        return await self._explainer.explain(event_id)

    async def events(self, filter: EventFilter, outcome: Outcome | None = None) -> tuple[list[EventRow], UUID | None]:
        """A page of events with what became of them, see `Explainer.page`."""
        return await self._explainer.page(filter, outcome)

    async def start_by_hand(self, rule: str, args: Mapping[str, Any], id: UUID | None = None) -> UUID:
        """Start a live rule that is `by hand`; the run's id, after the commit. `args` are plain JSON data by parameter.
        The same id again is started once. Raises `StartInvalid` and `StoreDown`.
        """
        await self.live.refresh()
        run = started_by_hand(self.live, rule, args)
        run = msgspec.structs.replace(run, id=id or run.id)
        await self.store.begin(run, Origin(None, values.encode(args)))
        self.bell.ring()
        return run.id

    # --- rules ------------------------------------------------------------------------------------------------------

    async def world(self) -> Catalogue:
        """What rule files are checked against."""
        return await world(self.host, self.connections)

    async def publish(self, sources: Mapping[str, str]) -> Compiled:
        """Check files by path and, when they have no errors, make them the live ones, all at once. Runs stay."""
        return (await self.publication(sources)).compiled

    async def publication(
        self, sources: Mapping[str, str], policy: Policy = "stay", *, preview: bool = False
    ) -> Published:
        """The same, with what becomes of the runs that wait; with `preview`, nothing is changed."""
        world = await self.world()
        published = await publishing.publish(
            self.store, self.live, self.webhooks, sources, world, policy=policy, preview=preview
        )
        self.bell.ring()
        return published

    async def publish_sound(self, sources: Mapping[str, str]) -> Compiled:
        """The same, but a broken file keeps its last good version."""
        return await publishing.publish_sound(self.store, self.live, self.webhooks, sources, await self.world())

    async def rules(self) -> list[RuleView]:
        """The live rules, as their files have them."""
        await self.live.refresh()
        await self.webhooks.refresh()
        return list_rules(self.live, self.webhooks, self.clock.now())

    async def switch_rule(self, name: str, to: State) -> Switched:
        """Switch a live rule; off, its runs that are queued or asleep end at once, the others before their next step.
        Raises `RuleUnknown` and `SaysOtherwise`.
        """
        await self.live.refresh()
        await switch(self.store, self.live, name, to)
        return await self.switched(name, to)

    async def switched(self, name: str, to: State) -> Switched:
        """What follows from a switch that is written."""
        await self.live.refresh()
        stopped = await self._stop_runs(name) if to == "off" else 0
        self._stopped = self._off()
        view = next(each for each in await self.rules() if each.name == name)
        return Switched(view, stopped)

    async def health(self) -> Health:
        """How everything is, asked now."""
        return await self.probe.health()


@asynccontextmanager
async def open_engine(
    settings: Settings, *, migrate: bool = False, host: PluginHost | None = None
) -> AsyncIterator[Engine]:
    """Open everything; `host` instead of the installed plugins. Raises what is wrong with the settings or the database,
    one line each.
    """
    gc.set_threshold(*_GARBAGE)
    production.require(settings)
    vault, redactor = installed_vault(settings), Redactor()
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings, migrate=migrate))
        await production.require_database(settings, database.pool)
        bell = await stack.enter_async_context(open_bell(settings, database))
        client = await stack.enter_async_context(GuardedClient(AllowList.parse(settings.allow_hosts)))
        line = Line(database.url)
        parts = Parts(
            settings=settings,
            store=database.store,
            database=database,
            host=host or PluginHost.load(),
            vault=vault,
            redactor=redactor,
            bell=bell,
            client=client,
            rates=SharedRates(database.store),
            renewer=PostgresRenewer(line, database.store.workspace_id),
        )
        engine = Engine(parts)
        parts = msgspec.structs.replace(parts, language=engine.language)
        engine.installation = Installation(engine, lambda id_: Engine(_of(parts, database.of(id_), line)))
        if database.embedded or migrate:
            await ensure_key(database.store, settings.home)
        stack.push_async_callback(engine.language.close)
        await stack.enter_async_context(engine.installation.following())
        yield engine


def _of(parts: Parts, database: Database, line: Line) -> Parts:
    """The parts of an engine of another workspace, which is that of `database`."""
    return msgspec.structs.replace(
        parts,
        store=database.store,
        database=database,
        rates=SharedRates(database.store),
        renewer=PostgresRenewer(line, database.store.workspace_id),
    )
