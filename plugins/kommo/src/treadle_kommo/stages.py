"""Stages by name and by id. Owns the two system stages, which every pipeline has and the account may have renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from treadle.sdk import ActionFailed, Context
from treadle_kommo.codes import LOST, SYSTEM_STAGES, WON

if TYPE_CHECKING:
    from treadle_kommo.connection import Kommo

_SYSTEM = {"won": WON, "lost": LOST}


class Stage(msgspec.Struct, frozen=True):
    """A stage as the API wants it. `pipeline_id` is None for a system stage of no particular pipeline."""

    status_id: int
    pipeline_id: int | None


async def by_name(ctx: Context[Kommo], stage: str, pipeline: str | None) -> Stage:
    """The stage of that name. Raises `ActionFailed` with a did-you-mean, or when several pipelines have it."""
    home = await ctx.catalogue.find("pipelines", pipeline) if pipeline is not None else None
    if system := _SYSTEM.get(stage.lower()):
        return Stage(system, int(home.id) if home else None)
    found = await ctx.catalogue.find("stages", stage, within=home.name if home else None)
    if home is None and found.within is not None:
        home = await ctx.catalogue.find("pipelines", found.within)
    return Stage(int(found.id), int(home.id) if home else None)


class Names:
    """Names of stages and pipelines by id, each asked of the catalogue once. An id it does not know has no name."""

    def __init__(self, ctx: Context[Kommo]) -> None:
        self._ctx = ctx
        self._known: dict[tuple[str, int], str | None] = {}

    async def stage(self, id: int | None) -> str | None:
        """The name of the stage with that id: Won and Lost for the system stages, whatever the account calls them."""
        return SYSTEM_STAGES.get(id or 0) or await self._name("stages", id)

    async def pipeline(self, id: int | None) -> str | None:
        """The name of the pipeline with that id."""
        return await self._name("pipelines", id)

    async def _name(self, kind: str, id: int | None) -> str | None:
        if id is None:
            return None
        if (kind, id) not in self._known:
            try:
                self._known[kind, id] = (await self._ctx.catalogue.find(kind, str(id))).name
            except ActionFailed:
                self._known[kind, id] = None
        return self._known[kind, id]
