"""How a test went. Owns the shapes; who shows them brings the texts of the files."""

from __future__ import annotations

import msgspec

from treadle.dsl.spans import Span


class Spot(msgspec.Struct, frozen=True):
    """A place in a rule file."""

    file: str
    span: Span


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a test did not pass: one sentence, and the line of the test that it is about.

    `expected` and `got` are as a rule file would write them, None where there is nothing to set side by side. `cause`
    is the line of a rule that is to blame. `notes` help further, a sentence or an effect each.
    """

    message: str
    spot: Spot
    expected: str | None = None
    got: str | None = None
    cause: Spot | None = None
    notes: tuple[str, ...] = ()


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """One test. `seconds` are those that playing it took by the clock on the wall."""

    name: str
    file: str
    span: Span
    failure: Failure | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return self.failure is None


class Fell(Exception):
    """The test being played has failed; caught by the player."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure
