"""The execution graph: the only form of a rule or a sequence that the runtime, the API and the editor see.

Owns the shapes and their version. A graph is plain data, serialisable, named by a hash of its content, and holds the
spans of its source, so that a run can be painted onto the text. No syntax tree reaches execution.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

from treadle.dsl.catalogue import Effect
from treadle.dsl.expressions import Expr, Function
from treadle.dsl.spans import Span
from treadle.dsl.typesystem import Record, Type


class _Node(msgspec.Struct, frozen=True, tag_field="kind", kw_only=True, omit_defaults=True):
    """`id` is the stable step id, unique in its graph; `next` is the id of what follows, None at the end of the run."""

    id: str
    span: Span
    next: str | None = None


class Call(_Node, frozen=True, kw_only=True, tag="call"):
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


class Assign(_Node, frozen=True, kw_only=True, tag="assign"):
    """`name = value`."""

    name: str
    value: Expr


class Arm(msgspec.Struct, frozen=True):
    """One branch: when `test` holds the run goes to `to`."""

    test: Expr
    to: str | None


class Branch(_Node, frozen=True, kw_only=True, tag="branch"):
    """`if / else if / else`: the first arm whose test holds, else `otherwise`. Arms end at `next`, the step after."""

    arms: tuple[Arm, ...]
    otherwise: str | None = None


class Wait(_Node, frozen=True, kw_only=True, tag="wait"):
    """`wait DURATION`: a durable sleep."""

    duration: Expr


class Start(_Node, frozen=True, kw_only=True, tag="start"):
    """`start "Sequence"(...)`: starts a run of its own and goes on."""

    sequence: str
    args: dict[str, Expr]


class Log(_Node, frozen=True, kw_only=True, tag="log"):
    """`log TEXT`: a line in the run's history."""

    text: Expr


class Stop(_Node, frozen=True, kw_only=True, tag="stop"):
    """`stop`: the run ends, well."""


class Fail(_Node, frozen=True, kw_only=True, tag="fail"):
    """`fail TEXT`: the run ends as failed, with this message."""

    text: Expr


Node = Call | Assign | Branch | Wait | Start | Log | Stop | Fail


class Hear(msgspec.Struct, frozen=True):
    """One `when` line: `connection` None means the plugin's default; the event is in scope as `name`."""

    plugin: str
    trigger: str
    name: str
    span: Span
    connection: str | None = None
    args: dict[str, Expr] = {}


class Condition(msgspec.Struct, frozen=True):
    """One term of a `where` that is joined by `and`: kept apart with its own text, so that it can say why it failed.

    `loads` is true when the term needs a field that the delivery does not carry.
    """

    test: Expr
    text: str
    span: Span
    loads: bool = False


class Once(msgspec.Struct, frozen=True):
    """`once per key [within seconds]`; a year unless said."""

    key: Expr
    within: float = 365 * 86400.0
    loads: bool = False


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """One rule or sequence, ready to run.

    `names` gives the type of every name in scope, which is how recorded JSON becomes exact values again. `records` and
    `functions` are those that this graph uses. `loads` is true when a step needs a field that no delivery carries.
    """

    kind: Literal["rule", "sequence"]
    name: str
    file: str
    span: Span
    hears: tuple[Hear, ...] = ()
    where: tuple[Condition, ...] = ()
    once: Once | None = None
    params: tuple[str, ...] = ()
    entry: str | None
    nodes: dict[str, Node]
    names: dict[str, Type] = {}
    records: dict[str, Record] = {}
    functions: dict[str, Function] = {}
    loads: bool = False
    zone: str = "UTC"

    def version(self) -> str:
        """The content hash that names this graph: 32 hex digits of SHA-256 over its canonical JSON.

        Spans count from the start of the declaration there, so that text above it does not change the version.
        """
        content = _moved(msgspec.to_builtins(self), self.span)
        return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:32]


def _moved(data: Any, base: Span) -> Any:
    """Plain data of a graph with its spans counted from `base`."""
    if isinstance(data, dict):
        return {key: _span(each, base) if key == "span" else _moved(each, base) for key, each in data.items()}
    return [_moved(each, base) for each in data] if isinstance(data, list | tuple) else data


def _span(data: Any, base: Span) -> Any:
    match data:
        case [int(start), int(end), int(line), col, int(end_line), end_col]:
            return [start - base.start, end - base.start, line - base.line, col, end_line - base.line, end_col]
        case _:  # a name or an argument that is called span
            return _moved(data, base)


class Program(msgspec.Struct, frozen=True):
    """What a set of files compiles to. `files` maps each path to the SHA-256 of its text."""

    files: dict[str, str]
    graphs: tuple[Graph, ...]
