"""The store's counters and lines: throttles and limits over windows that slide, turns, groups that wait for quiet."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from treadle.runtime.ports import Fault
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import NO_KEY, QUIET, TURN, json_ids, key_hash, line_of
from treadle.runtime.store.statements import Ask, Statements
from treadle.runtime.store.telling import Told, tell

_OPEN_WINDOW, _USE_WINDOW = query("open_window"), query("use_window")
_GIVE_BACK, _USE_AGAIN = query("give_back"), query("use_again")
_LOCK_LINE, _IN_LINES = query("lock_line"), query("in_lines")
_TAKE_TURN, _JOIN_QUIET, _TAKE_QUIET = query("take_turn"), query("join_quiet"), query("take_quiet")


class Counting(Statements):
    """Methods of `ports.Store` that count or put in line. Who asks about one key asks one after the other."""

    async def throttle(self, rule: str, key: str, count: int, window: float, run_id: UUID) -> bool:
        """See `ports.Store.throttle`."""
        line = line_of(self.workspace_id, "throttle", rule, key)
        return await self._use(line, Decimal(count), Decimal(1), window, run_id) == 0.0

    async def take_limit(
        self, name: str, key: str, limit: Decimal, amount: Decimal, window: float, token: UUID
    ) -> float:
        """See `ports.Store.take_limit`."""
        return await self._use(line_of(self.workspace_id, "limit", name, key), limit, amount, window, token)

    async def settle_limit(self, name: str, key: str, token: UUID, amount: Decimal) -> None:
        """See `ports.Store.settle_limit`."""
        line = line_of(self.workspace_id, "limit", name, key)

        async def work(ask: Ask) -> None:
            params = {"line": line, "amount": amount, "window": 0.0, "token": token}
            await ask(_OPEN_WINDOW, params)
            for (used_at,) in await ask(_GIVE_BACK, params):
                if amount > 0:
                    await ask(_USE_AGAIN, params | {"used_at": used_at})

        await self._together(work)

    async def _use(self, line: UUID, limit: Decimal, amount: Decimal, window: float, token: UUID) -> float:
        async def work(ask: Ask) -> float:
            params = {"line": line, "limit": limit, "amount": amount, "window": window, "token": token}
            await ask(_OPEN_WINDOW, params)
            wait: float = (await ask(_USE_WINDOW, params))[0][0]
            return wait

        return await self._together(work)

    async def take_turn(
        self, rule: str, key: str, run_id: UUID, otherwise: Literal["skip", "queue", "replace"]
    ) -> UUID | None:
        """See `ports.Store.take_turn`."""
        line = line_of(self.workspace_id, TURN, rule, key)
        hashed = None if key == NO_KEY else key_hash(key)

        async def work(ask: Ask) -> UUID | None:
            await ask(_LOCK_LINE, {"line": line})
            waits = otherwise != "skip"
            ((ahead, added),) = await ask(_TAKE_TURN, {"line": line, "run": run_id, "waits": waits, "key_hash": hashed})
            if added and otherwise == "replace":
                await tell(ask, _replaced(run_id, await ask(_IN_LINES, {"lines": json_ids([line])})))
            return ahead  # type: ignore[no-any-return]

        found = await self._together(work)
        self._tied.add(run_id)
        return found

    async def join_quiet(self, rule: str, key: str, run_id: UUID) -> bool:
        """See `ports.Store.join_quiet`."""
        found = await self._in_group(_JOIN_QUIET, rule, key, run_id)
        self._tied.add(run_id)
        return bool(found[0][0])

    async def take_quiet(self, rule: str, key: str, run_id: UUID) -> list[UUID] | None:
        """See `ports.Store.take_quiet`."""
        found = await self._in_group(_TAKE_QUIET, rule, key, run_id)
        return found[0][0] if found else None

    async def _in_group(self, statement: bytes, rule: str, key: str, run_id: UUID) -> list[tuple[Any, ...]]:
        line = line_of(self.workspace_id, QUIET, rule, key)

        async def work(ask: Ask) -> list[tuple[Any, ...]]:
            await ask(_LOCK_LINE, {"line": line})
            return await ask(statement, {"line": line, "run": run_id})

        return await self._together(work)


def _replaced(run_id: UUID, line: Sequence[tuple[UUID, UUID, str]]) -> list[Told]:
    """The newest takes the place of all before it; of those that are newer only the ones that have asked count."""
    newer = [run for _, run, standing in line if run > run_id and standing != "named"]
    by, ended = (newer[-1], [run_id]) if newer else (run_id, [run for _, run, _ in line if run < run_id])
    fault = Fault("replaced", f"the run {by} took its place")
    return [Told(run_id=run, kind="end", source=by, fault=fault) for run in ended]
