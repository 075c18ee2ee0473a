"""Making a set of rule files the live one. Owns the rule that a set with errors changes nothing.

The files are checked together, against the installed plugins and the connected accounts, and switched in one commit,
with the runs that go over to the new version.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from treadle.dsl.catalogue import Catalogue
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.graph import Graph
from treadle.runtime.firing import keys_of
from treadle.runtime.ids import new_id
from treadle.runtime.languagework import in_thread
from treadle.runtime.live import LiveRules
from treadle.runtime.ports import Publication, Store
from treadle.runtime.survey import Policy, Survey, WaitingAt, survey
from treadle.runtime.webhooks import Webhooks

if TYPE_CHECKING:
    from treadle.dsl.facade import Compiled


class Published(msgspec.Struct, frozen=True):
    """What came of it. `waiting` tells of the runs on other versions, where somebody asked; `late` is how many of those
    that were to go over stayed, because a worker came first. `publication` is the one that is live.
    """

    compiled: Compiled
    waiting: tuple[WaitingAt, ...] = ()
    late: int = 0
    publication: UUID | None = None


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """What the history says of a publication: who made it, their comment, and the earlier one that it restores."""

    who: str | None = None
    comment: str | None = None
    restores: UUID | None = None


_NO_REASON = Why()
_AT_ONCE = 4  # graphs that are written down before others have their turn

Within = Callable[[Callable[[], Awaitable[int]]], Awaitable[int]]
"""Makes the switch, in a commit with something else."""


async def _alone(switch: Callable[[], Awaitable[int]]) -> int:
    return await switch()


async def publish(
    store: Store,
    live: LiveRules,
    webhooks: Webhooks,
    sources: Mapping[str, str],
    world: Catalogue,
    *,
    policy: Policy = "stay",
    preview: bool = False,
    why: Why = _NO_REASON,
    onto: UUID | None = None,
    within: Within = _alone,
    compiled: Compiled | None = None,
) -> Published:
    """Check and, when there are no errors, switch, `within` a commit of the caller's; with `preview`, only say what
    would become of runs. What is live already is not published again. `compiled` is what the files compile to, where
    that is known. Raises `Outrun` when `onto` is given and another publication is live by then.
    """
    await live.refresh()
    compiled = compiled or await compiled_in_thread(sources, world, live)
    if has_errors(compiled):
        return Published(compiled)
    return await publish_compiled(
        store,
        live,
        webhooks,
        sources,
        compiled,
        world,
        policy=policy,
        preview=preview,
        why=why,
        onto=onto,
        within=within,
    )


async def publish_compiled(
    store: Store,
    live: LiveRules,
    webhooks: Webhooks,
    sources: Mapping[str, str],
    compiled: Compiled,
    world: Catalogue,
    *,
    policy: Policy = "stay",
    preview: bool = False,
    why: Why = _NO_REASON,
    onto: UUID | None = None,
    within: Within = _alone,
) -> Published:
    """The same for files that were checked, and have no errors."""
    found = Survey()
    if preview or policy != "stay":
        found = await survey(store, live, {graph.version(): graph for graph in compiled.partial}, world, policy)
    late = 0
    if not preview:
        late = await within(lambda: _switch(store, live, webhooks, sources, compiled, found, why, onto))
    return Published(compiled, found.waiting, late, live.publication)


async def publish_sound(
    store: Store,
    live: LiveRules,
    webhooks: Webhooks,
    sources: Mapping[str, str],
    world: Catalogue,
    *,
    why: Why = _NO_REASON,
    onto: UUID | None = None,
) -> Compiled:
    """For a folder that people edit: a broken file keeps its last good version, the others go live.

    The answer holds what is live now, with the diagnostics of the files as they are. Raises like `publish`.
    """
    await live.refresh()
    compiled = await compiled_in_thread(sources, world, live)
    found, kept = compiled.diagnostics, dict(sources)
    broken = _broken(compiled)
    while broken:
        for file in broken:
            good = live.sources.get(file)
            if good is not None and kept.get(file) != good:
                kept[file] = good
            else:
                kept.pop(file, None)
        compiled = await compiled_in_thread(kept, world, live)
        broken = _broken(compiled) & kept.keys()
    await _switch(store, live, webhooks, kept, compiled, Survey(), why, onto)
    return msgspec.structs.replace(compiled, diagnostics=found)


async def _switch(
    store: Store,
    live: LiveRules,
    webhooks: Webhooks,
    sources: Mapping[str, str],
    compiled: Compiled,
    found: Survey,
    why: Why,
    onto: UUID | None,
) -> int:
    """How many runs that were to go over stayed."""
    await live.refresh()
    graphs = await _written(compiled.partial)
    same = live.publication is not None and live.sources == dict(sources) and set(graphs) == live.versions()
    if same and not found.changes:
        return 0
    publication = Publication(
        id=new_id(),
        created_at=await store.now(),
        sources=dict(sources),
        graphs=graphs,
        limits=msgspec.json.encode(compiled.program.limits if compiled.program else ()),
        events=msgspec.json.encode(compiled.program.events if compiled.program else {}),
        who=why.who,
        comment=why.comment,
        restores=why.restores,
    )
    begins = keys_of(compiled.partial) - keys_of(live.graphs().values())
    late = await store.publish(
        publication,
        begins=sorted(begins),
        webhooks=await webhooks.new_rows(compiled.partial),
        moves=found.moves,
        restarts=found.restarts,
        onto=onto,
    )
    await live.refresh()
    await webhooks.refresh()
    return len(late)


async def _written(graphs: Iterable[Graph]) -> dict[str, bytes]:
    """As they are stored, made a few at a time: no thread, so that a play of the simulator stays the same."""
    made: dict[str, bytes] = {}
    for graph in graphs:
        made[graph.version()] = msgspec.json.encode(graph)
        if len(made) % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return made


def has_errors(compiled: Compiled) -> bool:
    """Whether anything in it keeps it from going live."""
    return any(each.severity == "error" for each in compiled.diagnostics)


def _broken(compiled: Compiled) -> set[str]:
    errors: list[Diagnostic] = [each for each in compiled.diagnostics if each.severity == "error"]
    return {each.file for each in errors}


async def compiled_in_thread(sources: Mapping[str, str], world: Catalogue, live: LiveRules | None = None) -> Compiled:
    """Check them, in a thread; steps keep the ids that they have in the live rules."""
    graphs = live.graphs() if live else {}

    def checked() -> Compiled:
        from treadle.dsl import facade  # the parser; a worker never needs it

        return facade.compile_files(sources, world, graphs)

    return await in_thread(checked)
