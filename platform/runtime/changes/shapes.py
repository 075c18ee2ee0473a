"""What watchers are told, and the cursor that says up to where they were. Owns the shapes and the cursor's text."""

from __future__ import annotations

import re
from typing import Literal, get_args
from uuid import UUID

import msgspec

Kind = Literal["event", "run", "step", "approval", "publication", "file", "rule", "worker"]
KINDS: frozenset[str] = frozenset(get_args(Kind))
ACCESS = "access"
"""The kind of a change that no watcher is told: a sign-out, a revoked key, another role."""

KEPT = 600.0
"""Seconds for which a cursor can be resumed. The rows stay longer by more than the longest commit takes."""
_CURSOR = re.compile(r"(\d{1,19}:\d{1,19}:(?:\d{1,19}(?:,\d{1,19})*)?)@(\d{1,12})")
_LONGEST = 4000  # characters


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that changed, as it is now. `id` is a rule's name where the kind is `rule`, a draft's path where it is
    `file`, else a UUID.

    `status` is that of the run, step or question, the new state of a rule, `settled` for a draft that is published or
    discarded; null where a kind has none. `run` is the run
    that a step or a question belongs to.
    """

    kind: str
    id: str
    run: UUID | None = None
    rule: str | None = None
    status: str | None = None


class Cursor(msgspec.Struct, frozen=True):
    """A place in the changes: all that was visible in this snapshot of Postgres was told. `at` is when it was taken, in
    seconds since 1970 by the database's clock.
    """

    snapshot: str
    at: float

    def text(self) -> str:
        """As watchers keep it and give it back."""
        return f"{self.snapshot}@{self.at:.0f}"


def cursor_of(text: str) -> Cursor | None:
    """The cursor of such a text; None for a text that is none."""
    found = _CURSOR.fullmatch(text) if len(text) <= _LONGEST else None
    return Cursor(found[1], float(found[2])) if found else None


class Wanted(msgspec.Struct, frozen=True):
    """What a watcher wants to hear of: some kinds, or (empty) all; one run, or all."""

    kinds: frozenset[str] = frozenset()
    run: UUID | None = None

    def has(self, change: Change) -> bool:
        """Whether it is among it."""
        if self.kinds and change.kind not in self.kinds:
            return False
        return self.run is None or change.run == self.run or (change.kind == "run" and change.id == str(self.run))
