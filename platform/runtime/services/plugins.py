"""The catalogue of plugins: who may look at it."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.host import PluginHost
from treadle.runtime.offers import PluginOffer, offers

_told: WeakKeyDictionary[PluginHost, list[PluginOffer]] = WeakKeyDictionary()


class PluginUnknown(Exception):
    """No plugin of that name is installed."""


async def listed(engine: Engine, who: Principal) -> list[PluginOffer]:
    """Every installed plugin with all that it offers. Raises `Forbidden`."""
    who.require("read")
    if (found := _told.get(engine.host)) is None:
        found = _told[engine.host] = await asyncio.to_thread(offers, engine.host)
    return found


async def shown(engine: Engine, who: Principal, name: str) -> PluginOffer:
    """One of them. Raises `Forbidden` and `PluginUnknown`."""
    for each in await listed(engine, who):
        if each.name == name:
            return each
    raise PluginUnknown(f"there is no plugin {name!r}")
