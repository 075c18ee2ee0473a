"""Loops that run away: too many runs of one rule in a minute, or of one cause. Owns what is too many and the pause.

Runs are counted as a worker begins them, so a bound in a minute is that of one worker. A chain of runs is counted in
the store from its second link on; the first has as many as its run has steps. Runs that are stopped are recorded as
suppressed with the code `runaway`; `reports` says so once for each message.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from treadle.runtime.clock import StoreClock
from treadle.runtime.ports import Claimed, Fault, Store

RUNAWAY = "runaway"
"""The code of runs that are stopped."""
MOST_FOLLOWING = 10_000
"""Runs that may follow from one in a day, further than one link away."""
MOST_OF_RULE = 100_000
"""Runs of one rule that one worker begins in any minute."""
MOST_OF_KEY = 1_000
"""Those of them that are about one thing, such as kommo.lead:70001."""
PAUSE = timedelta(minutes=10)

_DAY = 86400.0
_MINUTE = timedelta(minutes=1)
_MOST_COUNTED = 20_000  # rules and keys that are counted at a time

_Scope = tuple[str, str | None]


class Minute:
    """How many came in the last minute, to a second."""

    __slots__ = ("_seconds", "_total", "last")

    def __init__(self) -> None:
        self._seconds: list[list[int]] = []  # a second and how many came in it; a deque would take half a kilobyte
        self._total = 0
        self.last = 0

    def add(self, now: datetime) -> int:
        """One more; how many, this one too."""
        self.last = second = int(now.timestamp())
        while self._seconds and self._seconds[0][0] <= second - 60:
            self._total -= self._seconds.pop(0)[1]
        if self._seconds and self._seconds[-1][0] >= second:
            self._seconds[-1][1] += 1
        else:
            self._seconds.append([second, 1])
        self._total += 1
        return self._total


class Runaways:
    """What one worker has begun lately. `of_rule` and `of_key` are the bounds in a minute."""

    def __init__(
        self, store: Store, clock: StoreClock, *, of_rule: int = MOST_OF_RULE, of_key: int = MOST_OF_KEY
    ) -> None:
        self._store = store
        self._clock = clock
        self._of_rule = of_rule
        self._of_key = of_key
        self._minutes: dict[_Scope, Minute] = {}
        self._paused: dict[_Scope, tuple[datetime, Fault]] = {}
        self._swept = clock.now()

    @property
    def counted(self) -> int:
        """Rules and keys that are counted just now."""
        return len(self._minutes)

    async def stops(self, claimed: Claimed) -> Fault | None:
        """Why a run that is about to begin must not; None when it may. Raises what the store raises."""
        if claimed.hops > 1 and (fault := await self._followed(claimed)) is not None:
            return fault
        return await self._hurried(claimed) if claimed.epoch == 1 else None

    async def _followed(self, claimed: Claimed) -> Fault | None:
        root = await self._store.root(claimed.run_id)
        if await self._store.tally("following", str(root), _DAY, claimed.run_id) <= MOST_FOLLOWING:
            return None
        most = f"{MOST_FOLLOWING:,}"
        return Fault(
            RUNAWAY, f"more than {most} runs have followed from the run {root}; look for rules that wake each other"
        )

    async def _hurried(self, claimed: Claimed) -> Fault | None:
        now, entity = self._clock.now(), claimed.event.entity if claimed.event else None
        bounds: list[tuple[_Scope, int]] = [((claimed.rule, None), self._of_rule)]
        if entity is not None:
            bounds.append(((claimed.rule, entity), self._of_key))
        for scope, most in bounds:
            paused = self._paused.get(scope)
            if paused is not None and now < paused[0]:
                return paused[1]
            if self._minute(scope, now).add(now) > most:
                return await self._pause(scope, most, now, claimed.run_id)
        return None

    async def _pause(self, scope: _Scope, most: int, now: datetime, run_id: UUID) -> Fault:
        """Until some minutes from now; workers that pause the same meanwhile say the same."""
        rule, entity = scope
        key = msgspec.json.encode(scope).decode()
        first = await self._store.sight("treadle.runaway", key, PAUSE.total_seconds(), run_id)
        about = f" about {entity}" if entity else ""
        minutes = PAUSE // _MINUTE
        said = f"more than {most:,} runs{about} in a minute: from the run {first} on it rests for {minutes} minutes"
        self._paused[scope] = (
            now + PAUSE,
            fault := Fault(RUNAWAY, f'"{rule}" began {said}; look for what wakes it again'),
        )
        return fault

    def _minute(self, scope: _Scope, now: datetime) -> Minute:
        if now >= self._swept + _MINUTE or (scope not in self._minutes and len(self._minutes) >= _MOST_COUNTED):
            self._forget(now)
        return self._minutes.setdefault(scope, Minute())

    def _forget(self, now: datetime) -> None:
        """What has not come for a minute counts for nothing; if all has, the oldest go."""
        self._swept, since = now, int((now - _MINUTE).timestamp())
        kept = {scope: each for scope, each in self._minutes.items() if each.last > since}
        self._minutes = dict(list(kept.items())[-_MOST_COUNTED // 2 :])
        self._paused = {scope: each for scope, each in self._paused.items() if now < each[0]}
