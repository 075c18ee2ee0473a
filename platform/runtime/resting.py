"""What a run rests in when nothing of it can go on, and until when. Pure."""

from __future__ import annotations

from datetime import datetime

from treadle.runtime.machine.feeding import earliest
from treadle.runtime.machine.state import State, threads_of
from treadle.runtime.ports import End, Park, Sleep
from treadle.runtime.running import Running

LONGEST_REST = 86400.0
"""Seconds after which a run that waits for nothing that has a time is looked at again."""

Rest = End | Sleep | Park
"""What a run rests in when its worker lets go of it."""


def until_next(state: State, now: datetime) -> float | None:
    """Seconds until a thread goes on by itself; None when none does."""
    until = earliest(state)
    return None if until is None else max(0.0, (until - now).total_seconds())


def resting(state: State, now: datetime, *, begun: bool) -> Rest:
    """How the run rests. Not `begun`: there are acts, which the lease had no room for."""
    if not begun:
        return Sleep(0.0, "running")
    found = until_next(state, now)
    seconds = LONGEST_REST if found is None else found
    kinds = {each.rest.kind for _, each in threads_of(state) if each.rest is not None}
    if "person" in kinds:
        return Park(seconds=seconds)
    return Sleep(seconds, "running" if kinds == {"call"} else "waiting")


def listens(run: Running) -> bool:
    """Whether something may have come for the run since it was claimed."""
    state = run.state
    if state.listens or run.program.graph.alone is not None:
        return True
    if state.rest is None and not state.threads:
        return False
    return any(each.rest is not None and each.rest.slot is not None for _, each in threads_of(state))
