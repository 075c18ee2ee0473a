"""The store's side of calls whose outcome is unknown: what people say about them, and that the run hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from treadle.runtime.ports import NewResolution, NewRun, NewStep, Origin, Resolution, Verdict
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean, clean_or_none, json_array, json_rows
from treadle.runtime.store.rows import step_row
from treadle.runtime.store.statements import Ask, Statements
from treadle.runtime.store.telling import Told, tell
from treadle.runtime.store.waiting import started

_STATE, _LOCK, _RESOLVE = query("state"), query("lock_run"), query("resolve")
_PENDING, _RESOLUTIONS = query("pending_resolution"), query("resolutions")
_NOTE, _START, _ORIGINATE = query("note"), query("start"), query("originate")
_ORIGIN, _COPY = query("origin"), query("copy_steps")


class Doubting(Statements):
    """Methods of `ports.Store` about calls whose outcome is unknown."""

    async def state(self, run_id: UUID) -> bytes | None:
        """See `ports.Store.state`."""
        found = await self._ask(_STATE, {"run": run_id})
        return found[0][0] if found else None

    async def begin(self, run: NewRun, origin: Origin, steps: Sequence[NewStep] = ()) -> None:
        """See `ports.Store.begin`."""

        async def work(ask: Ask) -> None:
            await ask(_START, started([run], self.workspace_id))
            await ask(_ORIGINATE, {"run": run.id, "of": origin.retry_of, "args": json_array([origin.args])})
            rows = json_rows([step_row(run.id, step) for step in steps])
            documents = {
                "inputs": json_array(step.input for step in steps),
                "outputs": json_array(step.output for step in steps),
            }
            await ask(_COPY, {"steps": rows} | documents)

        await self._together(work)

    async def origin(self, run_id: UUID) -> Origin | None:
        """See `ports.Store.origin`."""
        found = await self._ask(_ORIGIN, {"run": run_id})
        return Origin(*found[0]) if found else None

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
