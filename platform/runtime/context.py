"""What stands behind `treadle.sdk.Context`: one call's view of the world. Owns the wiring; HTTP itself is `net`."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, cast
from uuid import UUID, uuid5

import msgspec
import structlog

from treadle.dsl import values
from treadle.dsl.catalogue import Choice
from treadle.runtime.directory import AccountDirectory, Choices
from treadle.runtime.ids import new_id
from treadle.runtime.net.client import GuardedClient
from treadle.runtime.net.departure import BeforeSend
from treadle.runtime.net.rates import RateLimiter
from treadle.runtime.net.scoped import Fresh, Scope, ScopedHttp
from treadle.runtime.ports import RunFilter, RunStatus, Store, StoreDown
from treadle.runtime.redaction import Redactor
from treadle.runtime.system import system
from treadle.sdk import context as sdk
from treadle.sdk.connection import Connection
from treadle.sdk.failures import ActionFailed

_LONGEST_KEY = 200
_KEEPERS = UUID("6f1d1b5e-3c07-4f53-9a53-8a1b6a3a2c10")
"""The space of the ids under which plugins without connections keep values."""
_MOST_COUNTED, _COUNTED_AT_ONCE = 10_000, 1_000
_LOCK_SECONDS = 60.0
_LOCK_PAUSE = 0.05

_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")


class Line(msgspec.Struct, frozen=True):
    """What an action wrote with `ctx.log`."""

    level: str
    event: str
    fields: dict[str, Any]


class Owner(msgspec.Struct, frozen=True):
    """Whose call it is: the connection's id, instance and cached choices, or only the plugin when it has none. `fresh`
    brings a living token where the platform keeps it.
    """

    plugin: str = ""
    id: UUID | None = None
    instance: Connection | None = None
    choices: Choices = {}
    look_up: Callable[[], Awaitable[Choices]] | None = None
    fresh: Fresh | None = None


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.fromtimestamp(system.get().wall() / 1e9, UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(seconds)


class Values:
    """`ctx.store`: durable JSON values of one connection, or of a plugin that has none."""

    def __init__(self, store: Store, keeper: UUID) -> None:
        self._store = store
        self._id = keeper

    async def get(self, key: str) -> Any:
        """The value, or None."""
        found = await self._store.get_value(*self._at(key))
        return None if found is None else values.decode(found)

    async def put(self, key: str, value: Any, *, ttl: float | None = None) -> None:
        """Set it."""
        await self._store.put_value(*self._at(key), _encoder.encode(value), ttl)

    async def swap(self, key: str, expected: Any, value: Any, *, ttl: float | None = None) -> bool:
        """Set it only if it is still `expected`."""
        before = None if expected is None else _encoder.encode(expected)
        after = None if value is None else _encoder.encode(value)
        return await self._store.swap_value(*self._at(key), before, after, ttl)

    def _at(self, key: str) -> tuple[UUID, str]:
        if not 0 < len(key) <= _LONGEST_KEY:
            raise ActionFailed(f"a key has 1 to {_LONGEST_KEY} characters", code="bad_key")
        return self._id, key


class Runs:
    """`ctx.history`: counts over the runs that the store keeps."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def count_runs(
        self, *, rule: str | None, status: str | None, since: datetime, entity: str | None = None
    ) -> int:
        """How many began since then, up to 10,000."""
        count, wanted = 0, cast("RunStatus | None", status)
        asked = RunFilter(rule=rule, status=wanted, entity=entity, limit=_COUNTED_AT_ONCE)
        while count < _MOST_COUNTED:
            found = await self._store.runs(asked)
            count += sum(each.created_at >= since for each in found)
            if len(found) < _COUNTED_AT_ONCE or found[-1].created_at < since:
                break
            asked = msgspec.structs.replace(asked, before=found[-1].id)
        return min(count, _MOST_COUNTED)


class Lines:
    """`ctx.log`: kept for the history, and written to the process's log."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def info(self, event: str, **fields: Any) -> None:
        """Something worth knowing."""
        self._add("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Something to look at."""
        self._add("warning", event, fields)

    def _add(self, level: str, event: str, fields: dict[str, Any]) -> None:
        self.lines.append(Line(level, event, fields))
        getattr(structlog.get_logger("treadle.action"), level)(event, **fields)


class CallContext:
    """One call's context. `version` is what the action said by `wrote`."""

    def __init__(self, owner: Owner, effect_id: str, http: ScopedHttp, store: Store, clock: SystemClock) -> None:
        self.connection: Any = owner.instance
        self.effect_id = effect_id
        self.http: sdk.Http = http
        self.clock: sdk.Clock = clock
        self.log: sdk.Log = (lines := Lines())
        self.version: str | None = None
        self._owner = owner
        self._store = store
        self._http = http
        self._lines = lines

    @cached_property
    def store(self) -> sdk.Store:
        """Durable values of the connection, or of the plugin."""
        return Values(self._store, self._owner.id or _keeper(self._owner.plugin))

    @cached_property
    def history(self) -> sdk.History:
        """What ran."""
        return Runs(self._store)

    @cached_property
    def catalogue(self) -> sdk.Directory:
        """What the account holds."""
        return AccountDirectory(self._owner.choices, self._owner.look_up)

    @property
    def sent(self) -> bool:
        """Whether a byte of any request of this call may have left this machine."""
        return self._http.sent

    @property
    def only_read(self) -> bool:
        """Whether requests left, and all of them were reads: then nothing was changed."""
        return self._http.sent and not self._http.wrote

    @property
    def lines(self) -> list[Line]:
        """What the action wrote with `ctx.log`, in order."""
        return self._lines.lines

    def wrote(self, version: str) -> None:
        """Which version the written entity has now."""
        self.version = str(version)

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        """Hold a lock of this connection over all workers, for at most a minute."""
        return _held(self.store, self.clock, f"lock:{name}")


@lru_cache(maxsize=256)
def _keeper(plugin: str) -> UUID:
    """Under which a plugin without connections keeps values."""
    return uuid5(_KEEPERS, plugin)


@asynccontextmanager
async def _held(store: sdk.Store, clock: sdk.Clock, key: str) -> AsyncIterator[None]:
    while True:
        mine = {"owner": str(new_id()), "until": (clock.now() + timedelta(seconds=_LOCK_SECONDS)).isoformat()}
        theirs = await store.get(key)
        free = theirs is None or datetime.fromisoformat(theirs["until"]) < clock.now()
        if free and await store.swap(key, theirs, mine):
            break
        await clock.sleep(_LOCK_PAUSE * (0.5 + random.random()))
    try:
        yield
    finally:
        with suppress(StoreDown):  # then it expires, and what was done under it is done
            await store.swap(key, mine, None)


class Contexts:
    """Makes contexts. One a process."""

    def __init__(self, client: GuardedClient, rates: RateLimiter, store: Store, redactor: Redactor) -> None:
        self._client = client
        self._rates = rates
        self._store = store
        self._redactor = redactor
        self._clock = SystemClock()

    def make(
        self,
        owner: Owner,
        *,
        effect_id: str = "",
        marks: bool = True,
        within: float = 10.0,
        ends: bool = False,
        before_send: BeforeSend | None = None,
    ) -> CallContext:
        """A context for one call. `within` bounds each request in seconds, and with `ends` the caller does so; without
        `marks` requests do not carry the effect's id, as look-ups have none of their own.
        """
        scope = Scope(
            connection=owner.instance,
            rate_key=str(owner.id) if owner.id else "",
            effect_id=effect_id if marks else "",
            within=within,
            ends=ends,
            before_send=before_send,
            fresh=owner.fresh,
            redact=self._redactor.text,
        )
        http = ScopedHttp(self._client, self._rates, scope)
        return CallContext(owner, effect_id, http, self._store, self._clock)


def frozen_choices(found: Any) -> Choices:
    """What a look-up answered, as it is kept."""
    return {
        kind: tuple(Choice(each.id, each.name, each.within, each.type) for each in many) for kind, many in found.items()
    }
