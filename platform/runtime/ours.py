"""Failures of a call that are not the service's: they are no try of the step, which waits for them to pass. Pure."""

from __future__ import annotations

LEASE_ENDS = "lease"
"""Code of a call that was not sent because the lease was about to end."""
DATABASE = "database"
"""Code of a call that was not sent because it needed the platform's database, which was away."""

RECONNECT = "reconnect_needed"
"""Code of a call that was not sent because a person has to connect the account again."""

WITHOUT_CONNECTION = 60.0
"""Seconds after which a run that waits for a connection looks again."""
LONGEST_OUTAGE = 3600.0
"""Seconds beyond the time of the step after which a database that is away for this step alone is a failure of it."""
_AGAIN = 1.0


def again_after(code: str, elapsed: float, over: float) -> float | None:
    """Seconds until the call is made again, None for a failure that is not ours. `elapsed` is since the first try,
    `over` what the step allows.
    """
    if code == LEASE_ENDS:
        return 0.0
    if code == RECONNECT:
        return WITHOUT_CONNECTION
    return _AGAIN if code == DATABASE and elapsed <= over + LONGEST_OUTAGE else None
