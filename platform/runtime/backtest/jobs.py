"""Backtests as the database keeps them: what was asked, how far it is, what came of it. Owns no way to carry one out.

One at a time is at work in a workspace. Its process says so every second; one that falls silent was interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from treadle.dsl.diagnostics import Report
from treadle.runtime.backtest.report import Backtested
from treadle.runtime.ports import Fault
from treadle.runtime.queries import query
from treadle.runtime.store.statements import Ask, Statements

SILENT = 20.0
"""Seconds without a word after which the process of a backtest is given up."""

_INTERRUPT, _FORGET = query("interrupt_backtests"), query("forget_backtests")
_LINE_UP = query("line_up_backtests")
_BEGIN, _RESTART, _CANCEL = query("begin_backtest"), query("restart_backtest"), query("cancel_backtest")
_BEAT, _END, _PAGE = query("beat_backtest"), query("end_backtest"), query("backtests")
_FILES, _RESULT = query("backtest_files"), query("backtest_result")

State = Literal["running", "done", "failed", "cancelled", "interrupted"]
"""`interrupted`: its process ended with whoever had started it; it may be started again."""


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: `files` are the texts that are otherwise than in `publication`, None for a file that is gone."""

    id: UUID
    publication: UUID
    since: datetime
    until: datetime
    who: str
    rules: tuple[str, ...] = ()
    files: Mapping[str, str | None] = {}


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """A backtest. `progress` goes from 0 to 1; `reached` is the instant of the span up to which it is. `tries` counts
    how often it was begun. `diagnostics` are those of files with errors.
    """

    id: UUID
    state: State
    progress: float
    publication: UUID
    created_at: datetime
    began_at: datetime
    ended_at: datetime | None
    since: datetime
    until: datetime
    reached: datetime | None
    events: int
    tries: int
    cancelling: bool
    who: str
    rules: tuple[str, ...]
    error: Fault | None = None
    diagnostics: tuple[Report, ...] = ()


class Jobs(Statements):
    """The backtests of a workspace. Every method raises `StoreDown`."""

    async def begin(self, new: NewJob) -> bool:
        """Keep it as one that is at work; false, and nothing kept, while another one is. The same id again is the same
        backtest. Those of more than 30 days ago are forgotten.
        """
        params = {
            "id": new.id,
            "publication": new.publication,
            "since": new.since,
            "until": new.until,
            "who": new.who,
            "rules": msgspec.json.encode(new.rules),
            "files": msgspec.json.encode(new.files),
        }

        async def work(ask: Ask) -> bool:
            await ask(_LINE_UP, {})
            await ask(_INTERRUPT, {"silent": SILENT})
            await ask(_FORGET, {})
            return bool(await ask(_BEGIN, params))

        return await self._together(work)

    async def restart(self, id: UUID) -> bool:
        """Begin it anew; false while it or another one is at work, and for one that is done."""

        async def work(ask: Ask) -> bool:
            await ask(_LINE_UP, {})
            await ask(_INTERRUPT, {"silent": SILENT})
            return bool(await ask(_RESTART, {"id": id}))

        return await self._together(work)

    async def cancel(self, id: UUID) -> bool:
        """Have it end within a second or two; false when it is over."""
        return await self._change(_CANCEL, {"id": id}) > 0

    async def page(self, before: UUID | None, limit: int) -> list[Backtest]:
        """Backtests, newest first, from before this one."""
        await self._change(_INTERRUPT, {"silent": SILENT})
        return [_job(row) for row in await self._ask(_PAGE, {"before": before, "only": None, "limit": limit})]

    async def one(self, id: UUID) -> Backtest | None:
        """One backtest."""
        await self._change(_INTERRUPT, {"silent": SILENT})
        found = await self._ask(_PAGE, {"before": None, "only": id, "limit": 1})
        return _job(found[0]) if found else None

    async def files(self, id: UUID) -> dict[str, str | None]:
        """The texts that it tries."""
        found = await self._ask(_FILES, {"id": id})
        return msgspec.json.decode(found[0][0], type=dict[str, str | None]) if found else {}

    async def result(self, id: UUID) -> Backtested | None:
        """What came of it; None while nothing did."""
        found = await self._ask(_RESULT, {"id": id})
        return msgspec.json.decode(found[0][0], type=Backtested) if found and found[0][0] is not None else None

    # --- of the process that is at it ---------------------------------------------------------------------------------

    async def beat(self, job: Backtest, events: int, reached: datetime | None) -> bool:
        """It is at work; whether it shall go on."""
        params = {"id": job.id, "tries": job.tries, "events": events, "reached": reached}
        found = await self._ask(_BEAT, params)
        return bool(found) and not found[0][0]

    async def end(
        self,
        job: Backtest,
        state: State,
        *,
        events: int = 0,
        fault: Fault | None = None,
        diagnostics: tuple[Report, ...] = (),
        result: bytes | None = None,
    ) -> bool:
        """It is over; false when it was over already. `result` is the JSON of a `Backtested`."""
        params = {
            "id": job.id,
            "tries": job.tries,
            "state": state,
            "events": events,
            "code": fault.code if fault else None,
            "message": fault.message if fault else None,
            "diagnostics": msgspec.json.encode(diagnostics) if diagnostics else None,
            "result": result,
        }
        return await self._change(_END, params) > 0


def _job(row: tuple[Any, ...]) -> Backtest:
    """17 columns."""
    id_, publication, created_at, began_at, ended_at, since, until, reached, events, tries, cancelling, state = row[:12]
    who, code, message, rules, diagnostics = row[12:]
    span = (until - since).total_seconds()
    done = 1.0 if state == "done" else ((reached - since).total_seconds() / span if reached and span > 0 else 0.0)
    return Backtest(
        id=id_,
        state=state,
        progress=round(min(max(done, 0.0), 1.0), 4),
        publication=publication,
        created_at=created_at,
        began_at=began_at,
        ended_at=ended_at,
        since=since,
        until=until,
        reached=reached,
        events=events,
        tries=tries,
        cancelling=cancelling,
        who=who,
        rules=msgspec.json.decode(rules, type=tuple[str, ...]),
        error=Fault(code, message or "") if code else None,
        diagnostics=msgspec.json.decode(diagnostics, type=tuple[Report, ...]) if diagnostics else (),
    )
