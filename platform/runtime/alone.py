"""Runs at which workers died are driven alone, so that one that kills its worker takes no neighbour with it.

Owns when such a run may begin and that nothing else begins beside it. Which runs they are the store knows: those whose
lease ended without a word so often that the next time is the last but one (`SUSPECT`).
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from treadle.runtime.clock import steady


class Alone:
    """What one worker has to do with suspects. It waits up to `patience` seconds for runs in flight to rest before it
    takes one, and as long before it begins others beside it.
    """

    def __init__(self, patience: float) -> None:
        self.due = False
        """Whether there are any, as far as this worker has heard."""
        self._patience = patience
        self._since: float | None = None
        self._run: UUID | None = None

    def held(self, driving: Collection[UUID]) -> bool:
        """Whether nothing else is to begin now."""
        if self._run is not None and self._run not in driving:
            self._run = self._since = None
        if self._run is None and not self.due:
            self._since = None
            return False
        self._since = steady() if self._since is None else self._since
        return steady() - self._since < self._patience

    def turn(self, driving: Collection[UUID]) -> bool:
        """Whether the next one may be claimed; asked after `held`."""
        waited = self._since is not None and steady() - self._since >= self._patience
        return self.due and self._run is None and (not driving or waited)

    def began(self, run_id: UUID | None) -> None:
        """This one was claimed; None when there was none left."""
        self.due = run_id is not None
        self._run = run_id
        self._since = steady() if run_id is not None else None
