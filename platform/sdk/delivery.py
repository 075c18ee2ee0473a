"""What comes in: a delivery from outside and the typed events that a plugin reads from it.

Owns the shapes that `decode` and `receive` take and give. Storing, deduplicating and matching are the runtime's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from treadle.sdk.trigger import Trigger

T = TypeVar("T")


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request to a connection's hook, as it came. Header names are lower case; `body` is at most 10 MB.

    `connection` is the configured connection (an instance of the plugin's class) that the address belongs to.
    """

    connection: Any
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime

    @property
    def content_type(self) -> str:
        """The media type without parameters, lower case; empty when the header is missing."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Event(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One typed event.

    `key` tells this event from every other of the connection: the same key again is a duplicate. `entity` names what
    it is about (`kommo.lead:70001`), `version` that thing's version after the change as the service counts it, and
    `by_us` says that the service names our own user as the author: with these three a change that one of our runs made
    is told from everybody else's.
    """

    trigger: type[Trigger[Any, T]]
    data: T
    key: str
    entity: str | None = None
    version: str | None = None
    by_us: bool = False


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a delivery that this plugin cannot read: kept and shown, never lost, and no rule hears it.

    `group` says what it was called (`unsorted.add`), `reason` why it was not read, one sentence.
    """

    group: str
    reason: str
    data: Any
    key: str


class Accepted(msgspec.Struct, Generic[T], frozen=True):
    """The delivery is genuine and readable, at least in parts."""

    events: tuple[Event[T], ...] = ()
    unread: tuple[Unread, ...] = ()


class Refused(msgspec.Struct, frozen=True):
    """The delivery is not for us or cannot be read at all.

    `status` is the HTTP status to answer (400, 401, 404, 413, 415), `code` a stable slug, `message` one sentence for
    the person who looks after the sender.
    """

    message: str
    code: str = "bad_delivery"
    status: int = 400
