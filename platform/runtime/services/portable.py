"""A workspace out and in again: who may take it away and who may bring one."""

from __future__ import annotations

import asyncio

import msgspec

from treadle.runtime.access import Principal
from treadle.runtime.connections import view
from treadle.runtime.drafts.working import working_etags
from treadle.runtime.engine import Engine
from treadle.runtime.portable.archive import Archive, ArchiveInvalid, PortableConnection, pack, unpack
from treadle.runtime.portable.planning import Plan, plan
from treadle.runtime.services.audit import Told, audited, noted
from treadle.runtime.services.files import drafts_of

__all__ = ["ArchiveInvalid", "Overwrites", "Plan", "exported", "imported"]


class Overwrites(Exception):
    """Something of the archive would replace something else that is there. Says what."""

    def __init__(self, things: list[str]) -> None:
        more = f" and {len(things) - 5} more" if len(things) > 5 else ""
        super().__init__(f"{', '.join(things[:5])}{more} differ from what is there; nothing was brought in")


async def exported(engine: Engine, who: Principal) -> bytes:
    """The working set, the connections without secrets, and the switches, as a zip; the same bytes for the same
    content. Raises `Forbidden` and `ArchiveInvalid`.
    """
    who.require("edit")
    texts = await drafts_of(engine).texts()
    archive = Archive(texts, await _connections(engine), await engine.store.switches())
    packed = await asyncio.to_thread(pack, archive)
    await noted(engine, who, Told("workspace.exported", None, {"files": len(texts)}))
    return packed


async def imported(
    engine: Engine, who: Principal, packed: bytes, *, preview: bool = False, overwrite: bool = False
) -> Plan:
    """Bring the files of a zip in as drafts, all or none, and set its switches; with `preview`, only say what would
    happen. Raises `Forbidden`, `ArchiveInvalid`, `Stale`, and `Overwrites` unless it may `overwrite`.
    """
    who.require("edit")
    who.require("operate")
    archive = await asyncio.to_thread(unpack, packed)
    drafts = drafts_of(engine)
    here = working_etags(await drafts.files())
    found = plan(archive, here, await _connections(engine), await engine.store.switches())
    if preview:
        return found
    if found.overwrites and not overwrite:
        raise Overwrites(found.overwrites)
    texts = {each.path: archive.files[each.path] for each in found.files if each.meets != "same"}
    told = Told("workspace.imported", None, {"files": sorted(texts)[:100], "switches": sorted(archive.switches)[:100]})

    async def brought_in() -> None:
        await drafts.write_all(texts, who.name, {each.path: each.etag for each in found.files})
        for switch in found.switches:
            if switch.meets != "same":
                await engine.store.switch_rule(switch.rule, switch.to)

    await audited(engine, who, brought_in, lambda _: told)
    return msgspec.structs.replace(found, done=True)


async def _connections(engine: Engine) -> list[PortableConnection]:
    shown = [view(each) for each in await engine.connections.all()]
    return [
        PortableConnection(
            name=each.name,
            plugin=each.plugin,
            kind=each.kind,
            settings=msgspec.json.decode(engine.redactor.text(msgspec.json.encode(each.settings).decode())),
            is_default=each.is_default,
        )
        for each in shown
    ]
