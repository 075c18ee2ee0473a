"""What the machine answers. Owns the shapes of a decision; who carries one out is the flows' business."""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.dsl.graph import Call
from treadle.dsl.values import Value
from treadle.runtime.machine.state import State
from treadle.runtime.ports import Fault


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was decided without acting, for the history. `what` is the verb."""

    node: str
    what: str
    input: Value = None
    output: Value = None
    error: Fault | None = None


class StartRun(msgspec.Struct, frozen=True):
    """A sequence to start with these parameters; `record` is the index of its step among the records."""

    sequence: str
    args: dict[str, Value]
    record: int


class DoCall(msgspec.Struct, frozen=True, tag="call"):
    """Call an action with these arguments."""

    node: Call
    args: dict[str, Value]


class DoWait(msgspec.Struct, frozen=True, tag="wait"):
    """Sleep, then go on."""

    seconds: float


class DoEnd(msgspec.Struct, frozen=True, tag="end"):
    """The run is over."""

    status: Literal["done", "failed", "stopped"]
    error: Fault | None = None


Act = DoCall | DoWait | DoEnd


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Everything up to the next act: the state then, the steps passed, the runs started, and the act itself."""

    state: State
    act: Act
    records: tuple[Record, ...] = ()
    starts: tuple[StartRun, ...] = ()
