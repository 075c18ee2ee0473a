"""What goes wrong, chosen by the seed. Owns the kinds of faults, how many there are, and that they end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Literal

import msgspec

from simulator.loop import Loop, Process

Moment = Literal["before", "after"]
"""Of an operation that fails: before it took effect, or after it did and before that was told."""
Fate = Literal["fine", "refused", "lost", "unanswered", "slow", "busy", "broken_before", "broken_after", "gap"]
"""Of a request: `refused` is no connection, `lost` never arrives, `unanswered` and `slow` arrive, `busy` is 429,
`broken` is 500 before or after it was done; at `gap` the process is frozen between the last look at its lease and the
first byte.
"""

_SHORT_LATENCY, _LONG_LATENCY = 0.004, 0.3  # seconds, most of them


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How much goes wrong. `strikes` hit a process, about `every` so many of its callbacks; the others are shares."""

    strikes: int = 0
    every: int = 300
    outages: int = 0
    statements: float = 0.0
    requests: float = 0.0
    rings: float = 0.0


def plan_of(dice: Random) -> Plan:
    """One seed in eight is calm; in the others some kinds of faults happen and some do not."""
    if dice.random() < 1 / 8:
        return Plan()
    return Plan(
        strikes=dice.choice([0, 1, 2, 4, 8]),
        every=dice.choice([40, 150, 600]),
        outages=dice.choice([0, 0, 1, 2]),
        statements=dice.choice([0.0, 0.0, 0.01, 0.05]),
        requests=dice.choice([0.0, 0.05, 0.2]),
        rings=dice.choice([0.0, 0.5, 1.0]),
    )


class Faults:
    """`seen` counts what happened; `on_kill` is told of processes. After `end` nothing happens any more."""

    def __init__(self, loop: Loop, dice: Random, plan: Plan) -> None:
        self._loop = loop
        self._dice = dice
        self._plan = plan
        self.on_kill: Callable[[Process], None] = lambda _: None
        self._left = plan.strikes
        self._until = self._pause()
        self._down = 0
        self.over = False
        self.seen: Counter[str] = Counter()
        loop.before = self._before
        for _ in range(plan.outages):
            loop.call_later(dice.uniform(1, 60), self._outage, context=loop.world.context)

    def end(self) -> None:
        """Everything works from now on."""
        self.over = True

    # --- processes ----------------------------------------------------------------------------------------------------

    def _pause(self) -> int:
        return 1 + int(self._dice.expovariate(1 / self._plan.every))

    def _before(self, process: Process) -> None:
        if self.over or not self._left or process is self._loop.world:
            return
        self._until -= 1
        if self._until <= 0:
            self._until = self._pause()
            self._left -= 1
            self._strike(process)

    def _strike(self, process: Process) -> None:
        kind = self._dice.choice(["kill", "kill", "freeze", "stall", "clock"])
        self.seen[kind] += 1
        whole = process.beside or process
        match kind:
            case "kill":
                self._loop.kill(whole)
                self.on_kill(whole)
            case "freeze":
                self._loop.freeze(whole, self._dice.choice([1.0, 8.0, 30.0, 70.0]))
            case "stall":
                self._loop.freeze(process, self._dice.choice([1.0, 8.0, 30.0]), whole=False)
            case "clock":
                whole.machine.skew += self._dice.choice([-3600.0, -20.0, 20.0, 3600.0])

    # --- the store ----------------------------------------------------------------------------------------------------

    def _outage(self) -> None:
        if not self.over:
            self.seen["outage"] += 1
            self._down += 1
            self._loop.call_later(self._dice.uniform(1, 25), self._back, context=self._loop.world.context)

    def _back(self) -> None:
        self._down -= 1

    def statement(self) -> Moment | None:
        """Whether one asked of the store fails."""
        if self.over:
            return None
        if self._down:
            return "before"
        if self._dice.random() < self._plan.statements:
            self.seen["statement"] += 1
            return self._dice.choice(["before", "after"])
        return None

    # --- the network --------------------------------------------------------------------------------------------------

    def request(self) -> Fate:
        """What becomes of a request to the service."""
        if self.over or self._dice.random() >= self._plan.requests:
            return "fine"
        fate: Fate = self._dice.choice(
            ["refused", "lost", "unanswered", "slow", "busy", "broken_before", "broken_after", "gap"]
        )
        if fate == "gap" and not self._plan.strikes:
            fate = "lost"
        self.seen[fate] += 1
        return fate

    def rings(self) -> bool:
        """Whether a ring is heard."""
        return self.over or self._dice.random() >= self._plan.rings

    def repeats(self) -> bool:
        """Whether a sender delivers again what was accepted."""
        return not self.over and self._dice.random() < 0.2

    def latency(self) -> float:
        """Seconds that something takes on its way; seldom much."""
        if self._dice.random() < 0.03:
            return self._dice.uniform(0.0, _LONG_LATENCY)
        return self._dice.uniform(0.0, _SHORT_LATENCY)
