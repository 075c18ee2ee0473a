"""Finding out whether a note or a task of ours arrived, for an API that keeps no key of the caller's.

Kommo stores nothing with a common note or a task that could carry the effect id. So the moment before the first send is
remembered under it, and a look-up searches what our user made since then with the very same content. What a step is
known to have made is remembered too, so that two steps which write equal texts do not claim one note between them.
What remains: a person working as the token's own user, who writes the same text in the same minute.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from treadle.sdk import Context

if TYPE_CHECKING:
    from treadle_kommo.connection import Kommo

Json: TypeAlias = Mapping[str, Any]

_SKEW = 120
"""Seconds by which Kommo's clock and ours may differ."""

_KEPT = 30 * 86400.0


async def begin(ctx: Context[Kommo]) -> None:
    """Remember that this effect is about to be sent; the first try's moment stays."""
    if await ctx.store.get(_begun(ctx.effect_id)) is None:
        await ctx.store.put(_begun(ctx.effect_id), int(ctx.clock.now().timestamp()), ttl=_KEPT)


async def claim(ctx: Context[Kommo], kind: str, id: int) -> None:
    """Remember that this effect made that thing."""
    await ctx.store.put(_claimed(kind, id), ctx.effect_id, ttl=_KEPT)


async def find(ctx: Context[Kommo], kind: str, made: AsyncIterator[Json], fits: Callable[[Json], bool]) -> Json | None:
    """The thing that this effect made, or None when it surely made none. `made` comes newest first; `fits` compares
    the content.
    """
    begun = await ctx.store.get(_begun(ctx.effect_id))
    if begun is None:
        return None
    async for thing in made:
        if thing["created_at"] < begun - _SKEW:
            return None
        ours = ctx.connection.user_id in (None, thing.get("created_by"))
        if ours and fits(thing) and await ctx.store.get(_claimed(kind, thing["id"])) in (None, ctx.effect_id):
            await claim(ctx, kind, thing["id"])
            return thing
    return None


def _begun(effect_id: str) -> str:
    return f"begun:{effect_id}"


def _claimed(kind: str, id: int) -> str:
    return f"made:{kind}:{id}"
