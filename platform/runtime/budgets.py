"""What one run may use: steps, time at work, what it remembers, what is kept of it. Owns the figures and what is said.

A run that goes beyond fails with the code `limit` before its next step; what was sent by then is waited for.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from treadle.runtime.machine.state import State
from treadle.runtime.ports import Fault

MOST_STEPS = 10_000
"""Steps of one run."""
MOST_OUTPUT = 2 * 1024**2
"""Bytes of what one step gives, as JSON. Postgres keeps what is longer than a page apart from the rows, compressed."""
MOST_STATE = 4 * 1024**2
"""Bytes of what a run remembers between two steps, as JSON: its names and where it stands."""
MOST_KEPT = 32 * 1024**2
"""Bytes of the inputs and outputs of all steps of a run."""
MOST_ACTIVE = timedelta(hours=6)
"""How long a run may be at work, waits left out."""


def beyond(state: State, *, more: int, size: int) -> Fault | None:
    """What a run used up; `more` steps come next, and `size` is the length of the state as it was last written."""
    if state.seq + more > MOST_STEPS:
        return _fault(f"a run has {MOST_STEPS:,} steps at most")
    if state.kept > MOST_KEPT:
        return _fault(f"the steps of a run take and give {_size(MOST_KEPT)} at most")
    if size > MOST_STATE:
        return _fault(f"a run remembers {_size(MOST_STATE)} at most under its names")
    if state.active > MOST_ACTIVE.total_seconds():
        return _fault(f"a run is at work for {MOST_ACTIVE // timedelta(hours=1)} hours at most, waits left out")
    return None


def too_large(size: int) -> Fault | None:
    """Why what a step gave is not kept; None when it is."""
    if size <= MOST_OUTPUT:
        return None
    said = (
        f"it was done, but what it gave has {_size(size)} and is not kept: {_size(MOST_OUTPUT)} at most; ask for less"
    )
    return Fault("too_large", said)


def at_work(before: int, claimed: datetime, now: datetime) -> int:
    """Seconds at work, those since the claim among them."""
    return before + max(0, int((now - claimed).total_seconds()))


def _fault(limit: str) -> Fault:
    return Fault("limit", f"{limit}; start a sequence for each part of the work")


def _size(count: int) -> str:
    return f"{count / 1024**2:.0f} MB"
