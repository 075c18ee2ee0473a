"""The store's side of calls whose outcome is unknown: what people say about them, and that the run hears of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from treadle.runtime.ports import NewResolution, NewStep, Resolution, Verdict
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean, clean_or_none, json_rows
from treadle.runtime.store.rows import step_row
from treadle.runtime.store.statements import Ask, Statements
from treadle.runtime.store.telling import Told, tell

_STATE, _LOCK, _RESOLVE = query("state"), query("lock_run"), query("resolve")
_PENDING, _RESOLUTIONS = query("pending_resolution"), query("resolutions")
_NOTE = query("note")


class Doubting(Statements):
    """Methods of `ports.Store` about calls whose outcome is unknown."""

    async def state(self, run_id: UUID) -> bytes | None:
        """See `ports.Store.state`."""
        found = await self._ask(_STATE, {"run": run_id})
        return found[0][0] if found else None

    async def resolve(self, new: NewResolution) -> Resolution | None:
        """See `ports.Store.resolve`."""
        params = {
            "id": new.id,
            "run": new.run_id,
            "step": new.step_id,
            "since": new.since,
            "how": new.how,
            "who": clean(new.who),
            "reason": clean_or_none(new.reason),
        }

        async def work(ask: Ask) -> Resolution | None:
            if not await ask(_LOCK, params):
                return None
            if await ask(_RESOLVE, params):
                await tell(ask, [Told(run_id=new.run_id, kind="resolved", source=new.step_id, data=verdict_of(new))])
            found = await ask(_PENDING, params)
            return _resolution(found[0]) if found else None

        return await self._together(work)

    async def note(self, run_id: UUID, step: NewStep) -> None:
        """See `ports.Store.note`."""
        await self._change(_NOTE, {"run": run_id, "step": json_rows([step_row(run_id, step)])})

    async def resolutions(self, run_id: UUID) -> list[Resolution]:
        """See `ports.Store.resolutions`."""
        return [_resolution(row) for row in await self._ask(_RESOLUTIONS, {"run": run_id})]


def _resolution(row: tuple[Any, ...]) -> Resolution:
    id_, step_id, how, who, reason, at = row
    return Resolution(id=id_, step_id=step_id, how=how, who=who, reason=reason, at=at)


def verdict_of(new: NewResolution) -> bytes:
    """What the run is told."""
    verdict = Verdict(new.step_id, new.how, clean(new.who), msgspec.Raw(new.output or b"null"))
    return msgspec.json.encode(verdict)
