"""`/plugins`: what is installed and what it offers, enough to draw every form."""

from __future__ import annotations

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from treadle.api.pages import Page
from treadle.api.problems import Refused
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.offers import PluginOffer
from treadle.runtime.services import plugins


class PluginSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin with the names of what it offers. `error` says why it could not be loaded."""

    name: str
    version: str
    doc: str
    error: str | None
    connections: tuple[str, ...]
    triggers: tuple[str, ...]
    actions: tuple[str, ...]
    functions: tuple[str, ...]
    types: tuple[str, ...]


class PluginPage(Page[PluginSummary], frozen=True):
    """Installed plugins; there is one page."""


@get("/", summary="Installed plugins")
async def list_plugins(engine: NamedDependency[Engine], who: NamedDependency[Principal]) -> PluginPage:
    """Each with the names of its connection kinds, triggers, actions, functions and types. `/plugins/{name}` has the
    schemas. A plugin that could not be loaded is listed with the reason.
    """
    return PluginPage([_summary(each) for each in await plugins.listed(engine, who)], None)


@get("/{name:str}", summary="A plugin with all that it offers", codes=("plugin_unknown",))
async def show_plugin(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], name: FromPath[str]
) -> PluginOffer:
    """Connection kinds, triggers, actions, functions and types with docs, examples and JSON Schema (2020-12). A text
    that is to be picked among an account's values has `x-pick`; `GET /catalogue` has the values. Secrets are
    `writeOnly`.
    """
    try:
        return await plugins.shown(engine, who, name)
    except plugins.PluginUnknown as unknown:
        raise Refused("plugin_unknown", f"{unknown}.") from None


def _summary(each: PluginOffer) -> PluginSummary:
    return PluginSummary(
        name=each.name,
        version=each.version,
        doc=each.doc,
        error=each.error,
        connections=tuple(one.kind for one in each.connections),
        triggers=tuple(one.name for one in each.triggers),
        actions=tuple(one.name for one in each.actions),
        functions=tuple(one.name for one in each.functions),
        types=tuple(each.types),
    )


router = Router("/plugins", route_handlers=[list_plugins, show_plugin], tags=["Plugins"])
