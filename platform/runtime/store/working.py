"""The store's side of a worker's life: claim, renew, commit, release, keys, heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from treadle.runtime.ports import LONGEST_LEASE, RENEWAL_ROOM, SUSPECT, Claimed, Load, Transition, WorkerRow
from treadle.runtime.queries import query
from treadle.runtime.store.answers import claimed as claimed_record
from treadle.runtime.store.committing import COMMIT_MORE, FENCED, PUT_OFF, TOLD, Committing, core_parameters
from treadle.runtime.store.parameters import clean, key_hash
from treadle.runtime.store.waiting import Waiting

_NOW, _CLAIM = query("now"), query("claim")
_COMMIT = query("commit").replace(b"{more}", b"")
_RENEW, _RELEASE, _ONCE = query("renew"), query("release"), query("once")
_LOAD, _HEARTBEAT, _WORKERS = query("load"), query("heartbeat"), query("workers")


class Working(Committing, Waiting):
    """Methods of `ports.Store` about work."""

    async def now(self) -> datetime:
        """See `ports.Store.now`."""
        found: datetime = (await self._ask(_NOW))[0][0]
        return found

    async def claim(self, worker: UUID, limit: int, lease: float, *, suspects: bool | None = None) -> list[Claimed]:
        """See `ports.Store.claim`."""
        params = {"worker": worker, "limit": limit, "lease": min(lease, LONGEST_LEASE)}
        found = await self._ask(_CLAIM, params | {"suspects": SUSPECT, "wanted": suspects})
        found.sort(key=lambda row: row[-1])
        self._tied |= {row[0] for row in found if row[-3]}
        told = [row[0] for row in found if row[-2]]
        signals = await self.signals(told) if told else {}
        return [claimed_record(row, signals.get(row[0], ())) for row in found]

    async def renew(self, worker: UUID, lease: float) -> int:
        """See `ports.Store.renew`."""
        seconds = min(lease, LONGEST_LEASE)
        return await self._change(_RENEW, {"worker": worker, "lease": seconds, "within": seconds + RENEWAL_ROOM})

    async def commit(self, transitions: Sequence[Transition], told: set[UUID] | None = None) -> set[UUID]:
        """See `ports.Store.commit`."""
        ordered = sorted(transitions, key=lambda transition: transition.run_id)
        whole = any(self._concerns_others(each) for each in ordered)
        answer = await (self._commit_whole(ordered) if whole else self._commit_plain(ordered))
        fenced = {run_id for run_id, what in answer if what == FENCED}
        if told is not None:
            told |= {run_id for run_id, what in answer if what == TOLD}
        self._remember(ordered, fenced)
        return fenced

    async def _commit_plain(self, ordered: Sequence[Transition]) -> list[tuple[UUID, int]]:
        more = any(each.starts or each.loaded is not None for each in ordered)
        params = core_parameters(ordered, self.workspace_id, more=more, whole=False)
        found = await self._ask(COMMIT_MORE if more else _COMMIT, params)
        put_off = {run_id for run_id, what in found if what == PUT_OFF}
        answer = [(run_id, what) for run_id, what in found if what != PUT_OFF]
        if put_off:
            answer += await self._commit_whole([each for each in ordered if each.run_id in put_off])
        return answer

    async def release(self, worker: UUID) -> int:
        """See `ports.Store.release`."""
        return await self._change(_RELEASE, {"worker": worker, "within": LONGEST_LEASE})

    async def once(self, rule: str, key: str, within: float, run_id: UUID) -> bool:
        """See `ports.Store.once`."""
        params = {"rule": clean(rule), "key_hash": UUID(key_hash(key)), "within": within, "run": run_id}
        return bool(await self._ask(_ONCE, params))

    async def load(self) -> Load:
        """See `ports.Store.load`."""
        return Load(*(await self._ask(_LOAD, {"longest": LONGEST_LEASE, "suspects": SUSPECT}))[0])

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
