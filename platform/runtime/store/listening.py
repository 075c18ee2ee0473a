"""Listening for events that came before: since the start of the run. Owns that none is missed and none comes twice.

An event that is being taken in while a run begins to listen sees nothing of the run, and the run nothing of it. So the
run says first, in a commit of its own, what it will listen for; then everybody who was in the middle of taking
something in is waited for; and the commit of the run looks back. Who begins later sees the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from treadle.runtime.ports import StoreDown, Transition
from treadle.runtime.queries import query
from treadle.runtime.store.fitting import hashes_at
from treadle.runtime.store.parameters import json_rows
from treadle.runtime.store.statements import Ask
from treadle.runtime.store.telling import Told
from treadle.runtime.store.waitrows import ListenRow, listen_row, new_listens

_ANNOUNCE, _IN_THE_MIDDLE, _LOOK_BACK = query("announce"), query("in_the_middle"), query("look_back")

_LONGEST = 10.0  # seconds
_PAUSE = 0.002


class LookingBack:
    """The listens of a commit that want to hear what came before."""

    def __init__(self, transitions: Sequence[Transition]) -> None:
        self.wanted: list[ListenRow] = [
            listen_row(each, listen) for each, listen in new_listens(transitions) if listen.from_start
        ]

    async def back(self, ask: Ask, held: set[UUID]) -> list[Told]:
        """What came before, told to those runs that are in our hands."""
        wanted = {(each.run_id, each.slot): each for each in self.wanted if each.run_id in held}
        if not wanted:
            return []
        rows = await ask(_LOOK_BACK, {"given": json_rows(list(wanted.values()))})
        return [
            Told(run_id=run_id, kind="event", slot=slot, source=event_id)
            for run_id, slot, event_id, data in rows
            if _fits(wanted[run_id, slot], data)
        ]


async def announced(ask: Ask, looking: LookingBack) -> None:
    """Returns when every event to come sees what is listened for. Raises `StoreDown`."""
    await ask(_ANNOUNCE, {"given": json_rows(looking.wanted)})
    left = await _in_the_middle(ask)
    for _ in range(int(_LONGEST / _PAUSE)):
        if not left:
            return
        await asyncio.sleep(_PAUSE)
        left &= await _in_the_middle(ask)
    raise StoreDown("somebody has been writing events for too long")


async def _in_the_middle(ask: Ask) -> set[str]:
    return {transaction for (transaction,) in await ask(_IN_THE_MIDDLE, {})}


def _fits(listen: ListenRow, data: bytes) -> bool:
    return hashes_at(data, [listen.path]).get(listen.path) == listen.value_hash
