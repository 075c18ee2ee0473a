"""What the machine answers. Owns the shapes of a decision; who carries one out is the flows' business."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from treadle.dsl.graph import Ask, Call, Hear, Tool
from treadle.dsl.values import Value
from treadle.runtime.machine.conversation import Conversation
from treadle.runtime.machine.state import ROOT, State
from treadle.runtime.ports import Fault


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was decided without acting, for the history. `what` is the verb."""

    node: str
    what: str
    input: Value = None
    output: Value = None
    error: Fault | None = None


# --- what is committed together with the steps that were passed ---------------------------------------------------


class StartRun(msgspec.Struct, frozen=True):
    """A sequence to start with these parameters; `record` is the index of its step among the records.

    With a `slot` the run waits for what the sequence returns.
    """

    sequence: str
    args: dict[str, Value]
    record: int
    slot: str | None = None


class EmitEvent(msgspec.Struct, frozen=True):
    """An event of one's own, by its name without `event.`."""

    event: str
    data: dict[str, Value]


class CancelRun(msgspec.Struct, frozen=True):
    """End the live run of a sequence whose `one at a time` key is this one."""

    sequence: str
    key: Value


class Listen(msgspec.Struct, frozen=True, kw_only=True):
    """Hear events for `slot`. With a `path` only those whose field there equals `value`."""

    slot: str
    hear: Hear
    path: str | None = None
    value: Value = None
    from_start: bool = False


class OpenApproval(msgspec.Struct, frozen=True, kw_only=True):
    """Ask a person of the group `by`; the answer comes to `slot`."""

    node: str
    slot: str
    question: str
    by: str
    until: datetime


class Forget(msgspec.Struct, frozen=True):
    """Nothing is wanted for this slot any more."""

    slot: str


Effect = StartRun | EmitEvent | CancelRun | Listen | OpenApproval | Forget


# --- what has to be acted on ----------------------------------------------------------------------------------------


class DoCall(msgspec.Struct, frozen=True, tag="call"):
    """Call an action with these arguments, for this thread."""

    node: Call
    args: dict[str, Value]
    thread: int = ROOT


class DoAsk(msgspec.Struct, frozen=True, tag="ask"):
    """Ask an agent. `args` holds `text`, and where they are given `memory` and `budget` (a list, one value a part)."""

    node: Ask
    args: dict[str, Value]
    thread: int = ROOT


class DoTurn(msgspec.Struct, frozen=True, tag="turn"):
    """Ask an agent's model what comes next in the conversation."""

    node: Ask
    talk: Conversation
    thread: int = ROOT


class DoTool(msgspec.Struct, frozen=True, tag="tool"):
    """Call an action because a model wants it; `args` are plain data, `call` tells it from the others of the run."""

    node: Ask
    tool: Tool
    args: dict[str, Value]
    thread: int
    call: str


class DoRemember(msgspec.Struct, frozen=True, tag="remember"):
    """Put the answer of a conversation into the agent's memory."""

    node: Ask
    talk: Conversation
    thread: int = ROOT


class DoEnd(msgspec.Struct, frozen=True, tag="end"):
    """The run is over. `value` is what it returns."""

    status: Literal["done", "failed", "stopped"]
    error: Fault | None = None
    value: Value = None


Act = DoCall | DoAsk | DoTurn | DoTool | DoRemember


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Everything up to where each thread must act or rest: the state then, the steps passed, what is committed with
    them, and either the end or the acts, at most one a thread.
    """

    state: State
    acts: tuple[Act, ...] = ()
    end: DoEnd | None = None
    records: tuple[Record, ...] = ()
    effects: tuple[Effect, ...] = ()
