"""Cancelling a run from outside. Owns what is recorded about it; how the run hears of it is `hearing`."""

from __future__ import annotations

from uuid import UUID

from treadle.runtime.ids import new_id
from treadle.runtime.ports import Fault, RunRow, RunStatus, Store

OVER: tuple[RunStatus, ...] = ("done", "failed", "stopped", "suppressed")
"""Where a run stands that is over."""


class RunOver(Exception):
    """The run is over, so nothing can be ordered about it; `status` is how it ended."""

    def __init__(self, status: RunStatus) -> None:
        super().__init__(f"the run is over: it is {status}")
        self.status = status


async def cancel(store: Store, run_id: UUID, who: str, reason: str | None = None) -> RunRow:
    """End a run that lives, wherever it stands, as `stopped`. The run as it is now: it ends before its next step.

    A call that is under way is waited for. Runs that it started go on. Raises `KeyError` for no run, and `RunOver`.
    """
    found = await store.order_end([run_id], new_id(), Fault("cancelled", by_whom(f"{who} cancelled it", reason)))
    if run_id not in found:
        raise KeyError(run_id)
    if found[run_id] in OVER:
        raise RunOver(found[run_id])
    row = await store.run(run_id)
    assert row is not None, "it stands somewhere"
    return row


def by_whom(what: str, reason: str | None) -> str:
    """What somebody did, with their reason behind it when they gave one."""
    return f"{what}: {reason}" if reason else what
