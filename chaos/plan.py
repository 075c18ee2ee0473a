"""What is broken when, by a seed. Pure.

A deck of all kinds is shuffled again and again. In the first deck, and in every second one after it, each fault has
calm behind it, so that what follows from it can be judged; in the others the next one may begin before it is over.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from chaos.records import FaultKind

KINDS: tuple[FaultKind, ...] = (
    "kill_worker", "kill_api", "kill_all", "freeze", "postgres_5", "postgres_45", "queue_flush", "queue_restart", "cut",
)  # fmt: skip
WARM_UP = 10.0
_CALM: dict[FaultKind, float] = {"kill_worker": 24, "queue_flush": 14, "queue_restart": 14, "cut": 4, "kill_api": 4}
_LONGEST: dict[FaultKind, float] = {"postgres_5": 5, "postgres_45": 45, "kill_all": 5, "queue_restart": 2, "cut": 2}


class Planned(msgspec.Struct, frozen=True):
    """A fault that is to begin `at` seconds after the load and to last for `lasts` seconds."""

    at: float
    kind: FaultKind
    lasts: float


def plan(seed: int, seconds: float, kinds: Sequence[FaultKind] = KINDS) -> list[Planned]:
    """The faults of a run of so many seconds, in order; each is over before the end."""
    chance = random.Random(seed)
    found: list[Planned] = []
    at, deck = WARM_UP, 0
    while kinds:
        for kind in chance.sample(list(kinds), len(kinds)):
            lasts = round(chance.uniform(20, 40), 1) if kind == "freeze" else _LONGEST.get(kind, 1.0)
            if at + lasts > seconds:
                return found
            found.append(Planned(round(at, 1), kind, lasts))
            calm = lasts + _CALM.get(kind, 20) + chance.uniform(0, 3)
            at += calm if deck % 2 == 0 else chance.uniform(1, lasts + 5)
        deck += 1
    return found
