"""The running stand-in: the account, its webhooks, the record of what was asked, the faults that tests order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from msgspec import Struct

from treadle_kommo.simulator.consent import Consent
from treadle_kommo.simulator.seed import seeded
from treadle_kommo.simulator.sender import Sender
from treadle_kommo.simulator.state import Account


class Seen(Struct, kw_only=True):
    """One request that came in, and how it was answered; 0 when the connection was cut."""

    effect_id: str
    method: str
    path: str
    status: int


class Fault(Struct):
    """What happens to a coming request: `status` is answered instead of the work, or the answer is cut off after it.

    It waits for a request of that method, when one is named, whose path holds `path`.
    """

    status: int = 500
    cut: bool = False
    retry_after: int | None = None
    method: str | None = None
    path: str = ""

    def fits(self, method: str, path: str) -> bool:
        """Is this the request that it waits for?"""
        return self.method in (None, method) and self.path in path


class Simulation:
    """All state of one stand-in. `clock` gives Unix seconds."""

    def __init__(self, base_url: str, clock: Callable[[], float]) -> None:
        self.base_url = base_url.rstrip("/")
        self.clock = clock
        self.account: Account = seeded(self.base_url, clock)
        self.sender = Sender(self.account)
        self.consent = Consent(clock)
        self.seen: list[Seen] = []
        self.faults: deque[Fault] = deque()
        self.per_second: int | None = 7
        self.recent: deque[float] = deque()

    def reset(self) -> None:
        """Back to the seed; subscriptions and records are gone, the rate limit is Kommo's again."""
        self.account = seeded(self.base_url, self.clock)
        self.sender = Sender(self.account)
        self.consent = Consent(self.clock)
        self.seen.clear()
        self.faults.clear()
        self.recent.clear()
        self.per_second = 7
