"""How a call can go wrong. Owns the exceptions that actions raise and that `ctx.http` raises for them.

    Failure
    +-- ActionFailed     the service answered no, or the arguments make no sense: final, nothing happened
    +-- NotSent          surely nothing left this machine: any action may be tried again
    +-- InDoubt          it may have happened, nobody can know from here

What follows from each is decided by the runtime from the action's effect class, never by the action.
"""

from __future__ import annotations


class Failure(Exception):
    """`code` is a stable slug for `on error`, `message` one sentence for a person; neither ever holds a secret.

    `retry_after` is the number of seconds that the service asked to wait, or None.
    """

    def __init__(self, message: str, *, code: str, retry_after: float | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.retry_after = retry_after
        self.status = status


class ActionFailed(Failure):
    """Surely not done, and trying again would not help."""

    def __init__(self, message: str, *, code: str = "refused", status: int | None = None) -> None:
        super().__init__(message, code=code, status=status)


class NotSent(Failure):
    """Surely not done, because nothing was sent: no address, no route, no connection, our own rate limit."""

    def __init__(self, message: str, *, code: str = "not_sent", retry_after: float | None = None) -> None:
        super().__init__(message, code=code, retry_after=retry_after)


class InDoubt(Failure):
    """Sent, and the answer is missing or does not tell: a timeout, a lost connection, 429 or 5xx."""

    def __init__(
        self, message: str, *, code: str = "in_doubt", retry_after: float | None = None, status: int | None = None
    ) -> None:
        super().__init__(message, code=code, retry_after=retry_after, status=status)
