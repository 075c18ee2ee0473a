"""How a worker paces itself and how it says that it is. Owns the two shapes and the figures in them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from treadle.runtime.lease import LEASE, RENEW_EVERY, STUCK


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker paces itself; seconds. `in_flight` bounds the runs that it drives at once.

    `lease`, `renew` and `stuck` are those of `lease`. While there was work within `awake` it looks again after
    `linger`, then a little later each time, up to `poll`, which alone would find everything. `grace` is how long runs
    in flight may take after the stop. `tick` is how often it looks for schedules that were published, `upkeep` for
    what is old. Every `look` it looks for workers that were not seen for `silent`, and for work that takes longer
    than `slow`.
    """

    lease: float = LEASE
    renew: float = RENEW_EVERY
    poll: float = 0.5
    linger: float = 0.025
    awake: float = 0.3
    beat: float = 2.0
    tick: float = 0.5
    upkeep: float = 60.0
    look: float = 5.0
    silent: float = 15.0
    stuck: float = STUCK
    slow: float = 30.0
    grace: float = 25.0
    in_flight: int = 200
    claim: int = 100


class WorkerHealth(msgspec.Struct, frozen=True):
    """How a worker is: when its work last moved, how many runs it holds, and what it last saw of the store.

    `schedules_without_next` counts live schedules that will never fire: should be 0.
    """

    last_progress: datetime
    claimed: int
    due: int
    oldest_due: float
    database: bool
    queue: bool
    schedules_without_next: int = 0
