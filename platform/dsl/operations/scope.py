"""What an expression may see and how much it may use. Owns the limits and the meter; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import TypeVar

import msgspec

from treadle.dsl.operations.faults import LimitExceeded
from treadle.dsl.values import Value

S = TypeVar("S", bound=Sized)

_CHARS_A_STEP = 16  # text made costs a step per so many characters: bounds memory together with `steps`
_CHARS_READ_A_STEP = 256  # reading is cheaper: comparing, searching


class Limits(msgspec.Struct, frozen=True):
    """Bounds of one evaluation.

    `steps` is fuel: a node of a lambda or function body, an item walked, 16 characters made cost one each; 150,000 are
    some 60 ms and at most 20 MB. `text` is in characters, `items` bounds lists and maps, `bits` an int (512 bits are
    154 digits), `depth` the nesting of one expression with the functions it calls.
    """

    steps: int = 150_000
    text: int = 1_000_000
    items: int = 100_000
    bits: int = 512
    depth: int = 200


LIMITS = Limits()


class Scope:
    """The names an expression reads, the workspace's zone, and the meter.

    `names` holds the event, results, parameters and `now` (an aware datetime). Nothing but plain data may stand in it.
    A scope may serve many evaluations, one after the other; each starts with a full meter.
    """

    __slots__ = ("fuel", "limits", "names", "slots", "zone")

    def __init__(self, names: Mapping[str, Value], zone: str = "UTC", limits: Limits = LIMITS) -> None:
        self.names = names
        self.zone = zone
        self.limits = limits
        self.fuel = limits.steps
        self.slots: list[Value] = []

    def spend(self, steps: int) -> None:
        """Take fuel. Raises `LimitExceeded` when there is none left."""
        self.fuel -= steps
        if self.fuel < 0:
            raise LimitExceeded(f"the expression needs more than {self.limits.steps:,} steps")

    def room_for_text(self, length: int) -> None:
        """Ask before making a text of `length` characters. Raises `LimitExceeded`."""
        if length > self.limits.text:
            raise LimitExceeded(f"a text may have {self.limits.text:,} characters, this one would have {length:,}")
        self.spend(length // _CHARS_A_STEP)

    def room_for_items(self, count: int) -> None:
        """Ask before making or walking a list or map of `count` items. Raises `LimitExceeded`."""
        if count > self.limits.items:
            raise LimitExceeded(f"a list may have {self.limits.items:,} items, this one would have {count:,}")
        self.spend(count)

    def reading(self, value: str) -> str:
        """Charge for reading a text from end to end, and hand it on."""
        if len(value) > _CHARS_READ_A_STEP:
            self.spend(len(value) // _CHARS_READ_A_STEP)
        return value
