"""The store's side of a worker's life: claim, renew, commit, release, keys, heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from treadle.runtime.ports import LONGEST_LEASE, RENEWAL_ROOM, Claimed, Load, Transition, WorkerRow
from treadle.runtime.queries import query
from treadle.runtime.store.answers import claimed as claimed_record
from treadle.runtime.store.parameters import clean, json_array, json_rows, key_hash
from treadle.runtime.store.rows import LoadRow, start_row, step_row, transition_row
from treadle.runtime.store.statements import Statements
from treadle.runtime.store.unbuilt import refuse_unbuilt

_NOW, _CLAIM = query("now"), query("claim")
_COMMIT = query("commit").replace(b"{more}", b"")
_COMMIT_MORE = query("commit").replace(b"{more}", query("commit_more"))
_RENEW, _RELEASE, _ONCE = query("renew"), query("release"), query("once")
_LOAD, _HEARTBEAT, _WORKERS = query("load"), query("heartbeat"), query("workers")


class Working(Statements):
    """Methods of `ports.Store` about work."""

    async def now(self) -> datetime:
        """See `ports.Store.now`."""
        found: datetime = (await self._ask(_NOW))[0][0]
        return found

    async def claim(self, worker: UUID, limit: int, lease: float) -> list[Claimed]:
        """See `ports.Store.claim`."""
        found = await self._ask(_CLAIM, {"worker": worker, "limit": limit, "lease": min(lease, LONGEST_LEASE)})
        return [claimed_record(row) for row in found]

    async def renew(self, worker: UUID, lease: float) -> int:
        """See `ports.Store.renew`."""
        seconds = min(lease, LONGEST_LEASE)
        return await self._change(_RENEW, {"worker": worker, "lease": seconds, "within": seconds + RENEWAL_ROOM})

    async def commit(self, transitions: Sequence[Transition]) -> set[UUID]:
        """See `ports.Store.commit`."""
        refuse_unbuilt(transitions)
        ordered = sorted(transitions, key=lambda transition: transition.run_id)
        plain = not any(transition.starts or transition.loaded is not None for transition in ordered)
        if plain:
            found = await self._ask(_COMMIT, _parameters(ordered))
        else:
            found = await self._ask(_COMMIT_MORE, _parameters(ordered) | _more_parameters(ordered))
        return {run_id for (run_id,) in found}

    async def release(self, worker: UUID) -> int:
        """See `ports.Store.release`."""
        return await self._change(_RELEASE, {"worker": worker, "within": LONGEST_LEASE})

    async def once(self, rule: str, key: str, within: float, run_id: UUID) -> bool:
        """See `ports.Store.once`."""
        params = {"rule": clean(rule), "key_hash": UUID(key_hash(key)), "within": within, "run": run_id}
        return bool(await self._ask(_ONCE, params))

    async def load(self) -> Load:
        """See `ports.Store.load`."""
        due, claimed, oldest = (await self._ask(_LOAD, {"longest": LONGEST_LEASE}))[0]
        return Load(due, claimed, oldest)

    async def heartbeat(self, worker: UUID, name: str, *, claimed: int, progressed: bool) -> None:
        """See `ports.Store.heartbeat`."""
        params = {"worker": worker, "name": clean(name), "claimed": claimed, "progressed": progressed}
        await self._change(_HEARTBEAT, params)

    async def workers(self) -> list[WorkerRow]:
        """See `ports.Store.workers`."""
        return [
            WorkerRow(id=worker, name=name, started_at=began, seen_at=seen, progress_at=progress, claimed=claimed)
            for worker, name, began, seen, progress, claimed in await self._ask(_WORKERS)
        ]


def _parameters(transitions: Sequence[Transition]) -> dict[str, Any]:
    steps = [(transition.run_id, step) for transition in transitions for step in transition.steps]
    return {
        "transitions": json_rows([transition_row(transition) for transition in transitions]),
        "states": json_array(transition.state for transition in transitions),
        "outputs": json_array(transition.outcome.output if transition.outcome else None for transition in transitions),
        "steps": json_rows([step_row(run_id, step) for run_id, step in steps]),
        "inputs": json_array(step.input for _, step in steps),
        "step_outputs": json_array(step.output for _, step in steps),
    }


def _more_parameters(transitions: Sequence[Transition]) -> dict[str, Any]:
    loads = [transition for transition in transitions if transition.loaded is not None]
    starts = [(run, transition.run_id) for transition in transitions for run in transition.starts]
    return {
        "loads": json_rows([LoadRow(transition.run_id) for transition in loads]),
        "loaded": json_array(transition.loaded for transition in loads),
        "runs": json_rows([start_row(run, run_id) for run, run_id in starts]),
        "run_states": json_array(run.state for run, _ in starts),
    }
