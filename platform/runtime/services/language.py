"""The language for editors: who may ask, on which files, and about which event. Nothing is stored or sent."""

from __future__ import annotations

import msgspec

from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.language import shapes
from treadle.runtime.language.messages import Event, Survey

Asked = shapes.OnFile | shapes.ToCheck


class BaseChanged(Exception):
    """The stored files are not those any more that an edit was made on; `now` names those of now."""

    def __init__(self, now: str) -> None:
        super().__init__(f"The files of the workspace have changed; their base is {now} now")
        self.now = now


class EventUnknown(Exception):
    """There is no such event in this workspace."""


async def answered(engine: Engine, who: Principal, verb: str, asked: Asked) -> bytes:
    """The answer of a verb of `/language` as JSON. Raises `Forbidden`, `BaseChanged` for an edit, `StoreDown`, and what
    `LanguagePool.ask` raises.
    """
    who.require("read")
    base = await engine.language.bases.now(engine)
    if isinstance(asked, shapes.ToEdit) and asked.base not in (None, base.revision):
        raise BaseChanged(base.revision)
    return await engine.language.ask(who.workspace_id, verb, asked, base)


async def counted(engine: Engine, who: Principal) -> tuple[shapes.Elsewhere, ...]:
    """How much is wrong with each stored file in which anything is. Raises like `answered`."""
    who.require("read")
    base = await engine.language.bases.now(engine)
    answer = await engine.language.ask(who.workspace_id, "count", Survey(), base)
    return msgspec.json.decode(answer, type=shapes.Checked).elsewhere


async def explained(engine: Engine, who: Principal, asked: shapes.ToExplain, data: bytes) -> bytes:
    """What rules make of an event, as JSON; `data` are those of one that is made up. Raises like `answered`, and
    `EventUnknown`.
    """
    who.require("read")
    trigger = asked.trigger
    if asked.event is not None:
        found = await engine.store.event(asked.event)
        if found is None or found.unread:
            raise EventUnknown
        trigger, data = found.trigger, found.loaded or found.data
    assert trigger is not None, "an event or a trigger"
    event = Event(asked.file, asked.text, trigger, data)
    return await engine.language.ask(who.workspace_id, "explain", event, await engine.language.bases.now(engine))
