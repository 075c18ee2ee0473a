"""What a run remembers between two looks at it. Owns the shape, and its way to JSON and back with exact values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from treadle.dsl.values import Value


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """The open call: since when it is tried, how often it was sent, how often it was looked for without being found.

    `doubt` is true once a send may have arrived. `plan` is what was decided for the next look at the run; None means
    that a worker is at it, or died at it.
    """

    since: datetime
    tries: int = 1
    looked: int = 0
    stumbles: int = 0
    doubt: bool = False
    plan: Literal["send", "look"] | None = None


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """`at` is the node that comes next, None at the end; `vars` holds results and parameters by name.

    `heard` is the index of the `when` line that started the run. `seq` counts the steps written so far. `now` is the
    clock reading that holds until the run acts again. `matched` is false while a condition has yet to be decided, and
    `suspect` while the event may be a change of our own. `loads` counts tries to read the event's missing fields.
    """

    at: str | None
    vars: dict[str, Any] = {}
    heard: int = 0
    seq: int = 0
    now: datetime | None = None
    matched: bool = True
    suspect: bool = False
    loads: int = 0
    attempt: Attempt | None = None


_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(State, float_hook=Decimal)


def encode(state: State) -> bytes:
    """The state as JSON."""
    return _encoder.encode(state)


def decode(data: bytes, revive: Callable[[str, Any], Value]) -> State:
    """The state from JSON; `revive` makes the value of a name from plain data (`Program.revived`)."""
    state = _decoder.decode(data)
    if not state.vars:
        return state
    return msgspec.structs.replace(state, vars={name: revive(name, each) for name, each in state.vars.items()})
