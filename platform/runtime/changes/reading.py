"""Reading changes out of Postgres: what is new since a cursor, and how what changed stands now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from treadle.runtime.changes.shapes import ACCESS, Change, Cursor, Wanted
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import json_ids, json_rows
from treadle.runtime.store.statements import Statements

_CHANGES, _NOW = query("changes"), query("changes_now")
_RUNS, _STEPS = query("changed_runs"), query("changed_steps")

MOST = 2000
"""Commits that one look takes in; who missed more should load everything anew."""

_told = msgspec.json.Decoder(Change).decode


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What one look found; ids once each, in the order of the commits. `upto` is the cursor behind it.

    `access` holds the ids of the users and keys that may not any more what they might. `lost`: there was more than one
    look takes in, or the cursor was of another time.
    """

    upto: Cursor
    events: list[UUID]
    runs: list[UUID]
    steps: list[tuple[UUID, UUID]]
    told: list[Change]
    access: frozenset[str]
    lost: bool


class ChangeReader(Statements):
    """Looks into the changes of one workspace. Raises `StoreDown` throughout, `Unstorable` for a false cursor."""

    async def now(self) -> Cursor:
        """The cursor behind everything that was told until now."""
        return Cursor(*(await self._ask(_NOW))[0])

    async def look(self, since: Cursor, upto: Cursor | None = None) -> Look:
        """What was told after `since`, and not after `upto`."""
        params = {"since": since.snapshot, "upto": upto.snapshot if upto else None, "most": MOST + 1}
        rows = await self._ask(_CHANGES, params)
        return _look(rows)

    async def stand(self, look: Look, wanted: Iterable[Wanted]) -> list[Change]:
        """How what changed stands now, as far as one of these wants to hear of it."""
        wants = list(wanted)
        found = [Change(kind="event", id=str(id_)) for id_ in look.events]
        runs = [id_ for id_ in look.runs if _any(wants, Change(kind="run", id=str(id_)))]
        steps = [each for each in look.steps if _any(wants, Change(kind="step", id=str(each[1]), run=each[0]))]
        if runs:
            found += [
                Change(kind="run", id=str(id_), rule=rule, status=status)
                for id_, rule, status in await self._ask(_RUNS, {"runs": json_ids(runs)})
            ]
        if steps:
            given = json_rows([_Step(run_id, id_) for run_id, id_ in steps])
            found += [
                Change(kind="step", id=str(id_), run=run_id, rule=rule, status=state)
                for run_id, id_, rule, state in await self._ask(_STEPS, {"steps": given})
            ]
        return found + look.told


class _Step(msgspec.Struct, frozen=True):
    run_id: UUID
    id: UUID


def _any(wants: list[Wanted], change: Change) -> bool:
    return any(each.has(change) for each in wants)


def _look(rows: list[tuple[Any, ...]]) -> Look:
    snapshot, at, *_, ahead = rows[0]
    events: dict[UUID, None] = {}
    runs: dict[UUID, None] = {}
    steps: dict[tuple[UUID, UUID], None] = {}
    told: list[Change] = []
    for _, _, new_events, new_runs, of_runs, one, _ in rows[:MOST]:
        events |= dict.fromkeys(new_events or ())
        for run_id, step_id in zip(new_runs or (), of_runs or [None] * len(new_runs or ()), strict=True):
            if step_id is None:
                runs[run_id] = None
            else:
                steps[run_id, step_id] = None
        if one is not None:
            told.append(_told(one))
    return Look(
        upto=Cursor(snapshot, at),
        events=list(events),
        runs=list(runs),
        steps=list(steps),
        told=[each for each in told if each.kind != ACCESS],
        access=frozenset(each.id for each in told if each.kind == ACCESS),
        lost=ahead or len(rows) > MOST,
    )
