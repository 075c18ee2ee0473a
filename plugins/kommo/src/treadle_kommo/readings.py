"""What one item of a webhook says, before it becomes an event. Owns the shape alone."""

from __future__ import annotations

from typing import Any

import msgspec


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one item says.

    `about` and `version` are the event's entity and version. `user` is who did it, as far as the item tells. `key` is
    what tells the event from others of its trigger; without it the item's content does. `bot` marks a chat bot's work.
    """

    trigger: str
    data: Any
    about: str
    version: str | None = None
    user: int | None = None
    key: str | None = None
    bot: bool = False
