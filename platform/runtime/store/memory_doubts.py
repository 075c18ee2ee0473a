"""The memory store's calls whose outcome is unknown, and what people say about them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from uuid import UUID

from treadle.runtime.ports import NewResolution, NewRun, NewStep, Origin, Resolution
from treadle.runtime.store.doubting import verdict_of
from treadle.runtime.store.memory_signals import MemorySignals
from treadle.runtime.store.parameters import clean, clean_or_none


class MemoryDoubts(MemorySignals):
    """Methods of `ports.Store` about calls whose outcome is unknown."""

    def __init__(self) -> None:
        super().__init__()
        self._resolutions: dict[UUID, list[Resolution]] = {}
        self._origins: dict[UUID, Origin] = {}

    async def state(self, run_id: UUID) -> bytes | None:
        """See `ports.Store.state`."""
        row = self._live_rows.get(run_id)
        return row.state if row else None

    async def begin(self, run: NewRun, origin: Origin, steps: Sequence[NewStep] = ()) -> None:
        """See `ports.Store.begin`."""
        self._start(run)
        self._origins.setdefault(run.id, origin)
        for step in steps:
            self._write_step(run.id, step)

    @abstractmethod
    def _start(self, new: NewRun) -> None:
        """See `MemoryStore`."""

    async def origin(self, run_id: UUID) -> Origin | None:
        """See `ports.Store.origin`."""
        return self._origins.get(run_id)

    async def resolve(self, new: NewResolution) -> Resolution | None:
        """See `ports.Store.resolve`."""
        known = self._resolutions.setdefault(new.run_id, [])
        step, _ = self._steps.get((new.run_id, new.step_id), (None, None))
        if new.run_id not in self._live_rows or step is None:
            return None
        if ("resolved", "", new.step_id) not in self._signals.get(new.run_id, ()):
            if step.state != "unknown" or step.ended_at != new.since:
                return None
            self._signal(new.run_id, "resolved", new.step_id, data=verdict_of(new))
            known.append(
                Resolution(
                    id=new.id,
                    step_id=new.step_id,
                    how=new.how,
                    who=clean(new.who),
                    reason=clean_or_none(new.reason),
                    at=self._clock(),
                )
            )
        return next((each for each in reversed(known) if each.step_id == new.step_id), None)

    async def note(self, run_id: UUID, step: NewStep) -> None:
        """See `ports.Store.note`."""
        if run_id in self._runs:
            self._write_step(run_id, step)

    @abstractmethod
    def _write_step(self, run_id: UUID, new: NewStep) -> None:
        """See `MemoryCommits`."""

    async def resolutions(self, run_id: UUID) -> list[Resolution]:
        """See `ports.Store.resolutions`."""
        return list(self._resolutions.get(run_id, ()))
