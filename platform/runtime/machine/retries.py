"""What follows from a call that did not simply succeed: one table, and nothing else.

What is known (`Trouble`):

- `not_sent`: surely nothing left this machine.
- `in_doubt`: it was sent and no answer tells what became of it.
- `refused`: the service said no; surely not done.
- `takeover`: the worker that was at it fell silent; whether it had sent, nobody can know.

| trouble    | idempotent          | checkable           | blind               |
|------------|---------------------|---------------------|---------------------|
| `not_sent` | repeat              | repeat              | repeat              |
| `in_doubt` | repeat              | look up             | unknown             |
| `takeover` | repeat              | look up             | unknown             |
| `refused`  | failed              | failed              | failed              |

A read counts as idempotent. A repeat happens only within the tries and the time that the step allows; when they are
spent, the step is `failed` if surely no try arrived (or it only reads) and `unknown` otherwise. A look-up that finds
the call makes it done; one that finds nothing is asked again one request timeout later, because an index may lag, and
after the second the call is surely absent and is sent; one that cannot tell makes it `unknown`, unless the look-up
itself never left this machine or got no answer: then it is asked again, a few times. A `blind` call that once may have
arrived is never sent again.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.dsl.catalogue import Effect

Trouble = Literal["not_sent", "in_doubt", "refused", "takeover"]

BASE = 1.0  # seconds: the longest first pause; each further one may be three times as long
FACTOR = 3.0
LONGEST_PAUSE = 300.0
LOOKS = 2  # absences that make sure
STUMBLES = 3  # look-ups that got no answer


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the step allows. `timeout` and `over` are in seconds, `tries` counts the first one."""

    effect: Effect
    reads: bool = False
    timeout: float = 10.0
    tries: int = 5
    over: float = 600.0


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What happened so far: sends, seconds since the first, whether one may have arrived, look-ups without a find."""

    tries: int
    elapsed: float = 0.0
    doubt: bool = False
    looked: int = 0
    stumbles: int = 0


class Repeat(msgspec.Struct, frozen=True, tag="repeat"):
    """Send again, `after` seconds from now."""

    after: float


class LookUp(msgspec.Struct, frozen=True, tag="look"):
    """Ask the service whether it is there, `after` seconds from now."""

    after: float


class Unknown(msgspec.Struct, frozen=True, tag="unknown"):
    """A person decides."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Surely not done, and it is not tried again."""


Verdict = Repeat | LookUp | Unknown | Failed


def after_trouble(
    policy: Policy, past: Past, trouble: Trouble, *, roll: float, retry_after: float | None = None
) -> Verdict:
    """What follows. `roll` is a random number in [0, 1); `retry_after` the seconds that the service asked for."""
    if trouble == "refused":
        return Failed()
    doubt = past.doubt or trouble != "not_sent"
    if doubt and not _harmless(policy):
        return Unknown() if policy.effect == "blind" else LookUp(0.0 if trouble == "takeover" else policy.timeout)
    return _repeat(policy, past, doubt=doubt, after=pause(past.tries, roll, retry_after))


def after_takeover(policy: Policy, past: Past) -> Verdict:
    """What follows when the worker before fell silent between intent and outcome."""
    if _harmless(policy):
        return _again(policy, past, doubt=True)
    return after_trouble(policy, past, "takeover", roll=0.0)


def after_absence(policy: Policy, past: Past) -> Verdict:
    """What follows when a look-up found nothing. `past.looked` counts this one."""
    if past.looked < LOOKS:
        return LookUp(policy.timeout)
    return _again(policy, past, doubt=False)


def after_stumble(past: Past, trouble: Trouble, *, roll: float, retry_after: float | None = None) -> Verdict:
    """What follows when a look-up itself went wrong. `past.stumbles` counts this one."""
    if trouble == "refused" or past.stumbles >= STUMBLES:
        return Unknown()
    return LookUp(pause(past.stumbles, roll, retry_after))


def pause(tries: int, roll: float, retry_after: float | None) -> float:
    """Seconds until the next try: full jitter over a growing bound, never less than the service asked for."""
    bound = min(LONGEST_PAUSE, BASE * FACTOR ** min(tries - 1, 10))
    return bound * roll + (retry_after or 0.0)


def _harmless(policy: Policy) -> bool:
    return policy.reads or policy.effect == "idempotent"


def _again(policy: Policy, past: Past, *, doubt: bool) -> Verdict:
    """At once, however long ago the first try was: the time was spent by a dead worker or an index, not by tries."""
    return Repeat(0.0) if past.tries < policy.tries else _spent(policy, doubt=doubt)


def _repeat(policy: Policy, past: Past, *, doubt: bool, after: float) -> Verdict:
    if past.tries < policy.tries and past.elapsed + after <= policy.over:
        return Repeat(after)
    return _spent(policy, doubt=doubt)


def _spent(policy: Policy, *, doubt: bool) -> Verdict:
    return Unknown() if doubt and not policy.reads else Failed()
