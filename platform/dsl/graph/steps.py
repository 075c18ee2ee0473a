"""The nodes of a graph: one class a step."""

from __future__ import annotations

import msgspec

from treadle.dsl.catalogue import Effect
from treadle.dsl.expressions import Expr
from treadle.dsl.graph.header import Condition, Hear
from treadle.dsl.spans import Span
from treadle.dsl.typesystem import Type


class GraphNode(msgspec.Struct, frozen=True, tag_field="kind", kw_only=True, omit_defaults=True):
    """`id` is the stable step id, unique in its graph; `next` is the id of what follows, None at the end of the run.

    `labelled` is true when the text gives the id, so that nothing else may change it.
    """

    id: str
    span: Span
    next: str | None = None
    labelled: bool = False


class Call(GraphNode, frozen=True, kw_only=True, tag="call"):
    """One durable effect. `connection` None means the plugin's default. `name` takes the result.

    `timeout` is in seconds. `tries` counts the first one; `over` is the seconds that all tries may take together.
    """

    plugin: str
    connection: str | None = None
    action: str
    args: dict[str, Expr]
    effect: Effect
    name: str | None = None
    timeout: float = 10.0
    tries: int = 5
    over: float = 600.0


class Assign(GraphNode, frozen=True, kw_only=True, tag="assign"):
    """`name = value`."""

    name: str
    value: Expr


class Arm(msgspec.Struct, frozen=True):
    """One branch: when `test` holds the run goes to `to`. `text` is the test, or the values of a case, as written."""

    test: Expr
    to: str | None
    text: str = ""


class Branch(GraphNode, frozen=True, kw_only=True, tag="branch"):
    """`if / else if / else` and `match`: the first arm whose test holds, else `otherwise`. Arms end at `next`, the step
    after. `subject` is the text behind `match`.
    """

    arms: tuple[Arm, ...]
    otherwise: str | None = None
    subject: str | None = None


class ForEach(GraphNode, frozen=True, kw_only=True, tag="for_each"):
    """`for each name in items up to N at once`: the block at `body` once an item; names given in it stay in it."""

    name: str
    items: Expr
    body: str | None
    at_once: int = 1


class Together(GraphNode, frozen=True, kw_only=True, tag="together"):
    """`together`: each of `branches` is the first node of a block; names given in them are there behind it."""

    branches: tuple[str, ...]


class Try(GraphNode, frozen=True, kw_only=True, tag="try"):
    """`try / on error as name`: the block at `body`; when a step of it fails or its outcome is unknown, the one at
    `handler`, with `name` as a record {code: text, message: text, step: text, unknown: bool}.
    """

    body: str | None
    handler: str | None
    name: str | None = None


class Wait(GraphNode, frozen=True, kw_only=True, tag="wait"):
    """`wait DURATION`: a durable sleep."""

    duration: Expr


class WaitUntil(GraphNode, frozen=True, kw_only=True, tag="wait_until"):
    """`wait until MOMENT`: goes on at once when it has passed."""

    moment: Expr


class Start(GraphNode, frozen=True, kw_only=True, tag="start"):
    """`start "Sequence"(...)`: starts a run of its own and goes on."""

    sequence: str
    args: dict[str, Expr]


class Run(GraphNode, frozen=True, kw_only=True, tag="run"):
    """`name = run "Sequence"(...)`: starts a run and waits for the value that it returns (missing when it returns
    none). Its failure is this step's failure.
    """

    sequence: str
    args: dict[str, Expr]
    name: str | None = None


class Cancel(GraphNode, frozen=True, kw_only=True, tag="cancel"):
    """`cancel "Sequence" for KEY`: ends the live run of that sequence whose `one at a time` key is this one."""

    sequence: str
    key: Expr


class Emit(GraphNode, frozen=True, kw_only=True, tag="emit"):
    """`emit EVENT {...}`: an event of one's own, stored in the commit of the step."""

    event: str
    data: dict[str, Expr]


class Approve(GraphNode, frozen=True, kw_only=True, tag="approve"):
    """`name = approve QUESTION by GROUP up to DURATION`; `name` takes true or false. After `up_to` the block at
    `on_timeout` runs, and then what follows.
    """

    question: Expr
    by: Expr
    up_to: Expr
    name: str | None = None
    on_timeout: str | None = None


class Ask(GraphNode, frozen=True, kw_only=True, tag="ask"):
    """`name = ask AGENT TEXT returns TYPE`: an agent's turns. `returns` is None when the answer is plain text.

    `memory` and the keys of `budget` are the agent's own expressions over the names of the asking rule.
    """

    agent: str
    text: Expr
    name: str | None = None
    returns: Type | None = None
    timeout: float = 60.0
    memory: Expr | None = None
    budget: tuple[Expr | None, ...] = ()


class Return(GraphNode, frozen=True, kw_only=True, tag="return"):
    """`return VALUE`: the run ends, well, with this value."""

    value: Expr


class Log(GraphNode, frozen=True, kw_only=True, tag="log"):
    """`log TEXT`: a line in the run's history."""

    text: Expr


class Stop(GraphNode, frozen=True, kw_only=True, tag="stop"):
    """`stop`: the run ends, well."""


class Fail(GraphNode, frozen=True, kw_only=True, tag="fail"):
    """`fail TEXT`: the run ends as failed, with this message."""

    text: Expr


class WaitFor(GraphNode, frozen=True, kw_only=True, tag="wait_for"):
    """`wait for TRIGGER as name where ... up to DURATION`: whichever comes first, the event or the time.

    Behind the event the run goes on at `next` with the event as `hear.name`. After the time the block at `on_timeout`
    runs first; `hear.name` is missing then. `key` is an equation that the event must satisfy, taken out of `where`,
    by which waiting runs are found: (path in the event such as `lead_id`, value over the names of the run). `loads`
    is true when a later step needs a field of the event that the delivery does not carry.
    """

    hear: Hear
    up_to: Expr
    where: tuple[Condition, ...] = ()
    key: tuple[str, Expr] | None = None
    on_timeout: str | None = None
    loads: bool = False


Node = (
    Call | Assign | Branch | ForEach | Together | Try | Wait | WaitUntil | WaitFor | Approve | Start | Run | Cancel
    | Emit | Ask | Log | Stop | Return | Fail
)  # fmt: skip
