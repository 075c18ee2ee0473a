"""Values with a key, counts and turns, kept for all rules of the workspace. Owns how a repeated call stays one.

A call that is sent again finds its own effect among the last ones that touched the value, or beside it where many have
been since, and answers as before. That holds for a day: nobody takes a call over later.
"""

from __future__ import annotations

import random
from datetime import timedelta
from hashlib import blake2b
from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import ActionFailed, Context, NotSent, action

YEAR = timedelta(days=365)
_REMEMBERED = 30  # effects that stand with the value; earlier ones stand beside it
_BESIDE = 86_400.0
_TRIES, _PAUSE = 50, 0.01

Key = Annotated[str, Meta(description="What it is kept under, seen by every rule; up to 180 characters.")]
Lasts = Annotated[timedelta, Meta(description="After how long without a change it is forgotten.")]


@action(effect="idempotent", writes="treadle.value:{key}", example={"key": "last owner", "value": "Ann"})
async def remember(ctx: Context[Any], key: Key, value: Any, lasts: Lasts = YEAR) -> None:
    """Keep a value under a key, in place of the one before."""
    await ctx.store.put(_name("value", key), value, ttl=_seconds(lasts))


@action(effect="idempotent", reads=True, example={"key": "last owner"})
async def recall(ctx: Context[Any], key: Key) -> Any:
    """The value that was remembered under a key; missing when there is none."""
    return await ctx.store.get(_name("value", key))


@action(effect="idempotent", writes="treadle.count:{key}", adds=True, example={"key": "signups today", "by": 1})
async def count_up(
    ctx: Context[Any],
    key: Key,
    by: Annotated[int, Meta(description="How much to add; 0 only looks, a negative number counts down.")] = 1,
    lasts: Lasts = YEAR,
) -> int:
    """Add to the count of a key, which begins at 0, and take the new count."""
    return await _counted(ctx, _name("count", key), by, lasts)


@action(
    effect="idempotent",
    writes="treadle.turn:{key}",
    adds=True,
    example={"key": "sellers", "items": ["Ann", "Sam"]},
)
async def next_of(
    ctx: Context[Any],
    key: Annotated[str, Meta(description="Whose turns are counted, seen by every rule.")],
    items: Annotated[list[Any], Meta(description="What takes turns, in order.")],
    lasts: Lasts = YEAR,
) -> Any:
    """The next of the items, each in its turn over all runs that use the key: a round robin."""
    if not items:
        raise ActionFailed("There is nothing to choose from: `items` is empty.", code="invalid")
    turn = await _counted(ctx, _name("turn", key), 1, lasts)
    return items[(turn - 1) % len(items)]


@action(effect="idempotent", reads=True, example={"rule": "Qualify new leads", "status": "failed", "within": "PT1H"})
async def count_runs(
    ctx: Context[Any],
    rule: Annotated[str | None, Meta(description="A rule or a sequence by its name; all unless given.")] = None,
    status: Annotated[
        str | None, Meta(description="running, waiting, done, failed, stopped or unknown; any unless given.")
    ] = None,
    entity: Annotated[
        str | None, Meta(description="What their events were about, such as kommo.lead:70001; anything unless given.")
    ] = None,
    within: Annotated[timedelta, Meta(description="How far back runs that began are counted.")] = timedelta(hours=1),
) -> int:
    """How many runs began lately, up to 10,000."""
    if status is not None and status not in _STATUSES:
        raise ActionFailed(f"There is no status {status!r}: it is one of {', '.join(_STATUSES)}.", code="invalid")
    since = ctx.clock.now() - within
    return await ctx.history.count_runs(rule=rule, status=status, since=since, entity=entity)


ACTIONS = (remember, recall, count_up, next_of, count_runs)

_STATUSES = ("running", "waiting", "done", "failed", "stopped", "unknown")


def _name(kind: str, key: str) -> str:
    return f"{kind}:{key}"


def _seconds(lasts: timedelta) -> float:
    if not timedelta(0) < lasts <= 10 * YEAR:
        raise ActionFailed("`lasts` is more than nothing and at most ten years.", code="invalid")
    return lasts.total_seconds()


async def _counted(ctx: Context[Any], name: str, by: int, lasts: timedelta) -> int:
    """The count after adding `by`, once for each effect."""
    seconds = _seconds(lasts)
    for attempt in range(_TRIES):
        held = await ctx.store.get(name)
        count, done = (held["count"], held["done"]) if held is not None else (0, [])
        if (answer := await _answered(ctx, name, done)) is not None:
            return answer
        done = [*done, [ctx.effect_id, count + by]]
        for effect, told in done[:-_REMEMBERED]:  # before the swap, or one who dies between would lose it
            await ctx.store.put(_beside(name, effect), told, ttl=_BESIDE)
        fresh = {"count": count + by, "done": done[-_REMEMBERED:]}
        if await ctx.store.swap(name, held, fresh, ttl=seconds):
            return int(count + by)
        await ctx.clock.sleep(random.uniform(0, _PAUSE * (attempt + 1)))
    raise NotSent("Too many runs change this value at once.", code="busy")


async def _answered(ctx: Context[Any], name: str, done: list[Any]) -> int | None:
    """What this very effect was told before; None when it is new."""
    for effect, answer in done:
        if effect == ctx.effect_id:
            return int(answer)
    told = await ctx.store.get(_beside(name, ctx.effect_id)) if len(done) >= _REMEMBERED else None
    return None if told is None else int(told)


def _beside(name: str, effect: str) -> str:
    return f"done:{blake2b(f'{name} {effect}'.encode(), digest_size=16).hexdigest()}"
