"""Reading the fields of an event that its delivery did not carry. Owns doing it once for all rules of the event.

Within a process runs of one event share one read; what it brings is stored with the event, for every later run.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import msgspec
import structlog

from treadle.dsl import values
from treadle.runtime.connections import Connections
from treadle.runtime.host import PluginHost
from treadle.runtime.ours import DATABASE
from treadle.runtime.ports import Fault, StoredEvent, StoreDown
from treadle.runtime.redaction import Redactor
from treadle.sdk.failures import ActionFailed, Failure
from treadle.sdk.trigger import Trigger

_SECONDS = 20.0
_REMEMBERED = 512


class Unloaded(Exception):
    """The fields could not be read. `final` when trying again would not help."""

    def __init__(self, fault: Fault, *, final: bool, retry_after: float | None = None) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.final = final
        self.retry_after = retry_after


class Loads(Protocol):
    """Whoever brings what a delivery did not carry."""

    async def load(self, event: StoredEvent) -> bytes:
        """The event's data with those fields, as JSON. Raises `Unloaded`."""
        ...


class Loader:
    """Reads through `Trigger.load`."""

    def __init__(self, host: PluginHost, connections: Connections, redactor: Redactor) -> None:
        self._host = host
        self._connections = connections
        self._redactor = redactor
        self._reads: OrderedDict[UUID, asyncio.Task[bytes]] = OrderedDict()

    async def load(self, event: StoredEvent) -> bytes:
        """The event's data with those fields, as JSON. Raises `Unloaded` and `StoreDown`."""
        task = self._reads.get(event.id)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._reads[event.id] = asyncio.create_task(self._load(event))
            if len(self._reads) > _REMEMBERED:
                self._reads.popitem(last=False)
        return await asyncio.shield(task)

    async def _load(self, event: StoredEvent) -> bytes:
        trigger = self._host.trigger(event.trigger)
        if trigger is None:
            raise Unloaded(Fault("no_trigger", f"no installed plugin has the trigger {event.trigger}"), final=True)
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._ask(trigger, event)
        except ActionFailed as failure:
            raise Unloaded(Fault(failure.code, failure.message), final=True) from None
        except Failure as failure:
            if failure.code == DATABASE:
                raise StoreDown(failure.message) from failure
            fault = Fault(failure.code, failure.message)
            raise Unloaded(fault, final=False, retry_after=failure.retry_after) from None
        except StoreDown:
            raise
        except TimeoutError:
            raise Unloaded(Fault("timeout", f"reading took longer than {_SECONDS:g} s"), final=False) from None
        except Exception as error:
            structlog.get_logger("treadle.load").error("plugin_failed", trigger=event.trigger, exc_info=error)
            message = f"{event.trigger} failed inside its plugin ({type(error).__name__})"
            raise Unloaded(Fault("plugin_error", message), final=True) from None

    async def _ask(self, trigger: type[Trigger[Any, Any]], event: StoredEvent) -> bytes:
        connected = self._connections.by_id(event.connection_id) if event.connection_id else None
        payload = payload_decoder(trigger.payload).decode(event.data)
        context = self._connections.contexts.make(self._connections.owner(connected))
        loaded = values.encode(await trigger().load(context, payload)).decode()
        return self._redactor.text(loaded).encode()


_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}


def payload_decoder(payload: type[Any]) -> msgspec.json.Decoder[Any]:
    """Reads the JSON of an event as its trigger's payload, numbers exact. One for each payload type."""
    if payload not in _decoders:
        _decoders[payload] = msgspec.json.Decoder(payload, float_hook=Decimal)
    return _decoders[payload]
