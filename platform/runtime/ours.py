"""Failures of a call that are the platform's own and not the service's: they are no try of the step. Pure."""

from __future__ import annotations

LEASE_ENDS = "lease"
"""Code of a call that was not sent because the lease was about to end."""
DATABASE = "database"
"""Code of a call that was not sent because it needed the platform's database, which was away."""

LONGEST_OUTAGE = 3600.0
"""Seconds beyond the time of the step after which a database that is away for this step alone is a failure of it."""
_AGAIN = 1.0


def again_after(code: str, elapsed: float, over: float) -> float | None:
    """Seconds until the call is made again, None for a failure that is not ours. `elapsed` is since the first try,
    `over` what the step allows.
    """
    if code == LEASE_ENDS:
        return 0.0
    return _AGAIN if code == DATABASE and elapsed <= over + LONGEST_OUTAGE else None
