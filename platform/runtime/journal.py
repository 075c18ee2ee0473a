"""What runs did in a world for trying rules, as effects. Owns which step is which kind of effect, not who keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from treadle.dsl import graph as g
from treadle.dsl.spans import Span
from treadle.dsl.values import Value
from treadle.runtime.ports import Fault
from treadle.runtime.running import Running


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a run did, in the order of its doing. `args` and `text` are values of the language.

    `kind` says what `target` is: `action` (`kommo.add_tags`), `ask` (the agent), `start` (the sequence, also of `run`),
    `emit` (the event), `cancel` (the sequence); `approve` (`args` hold question and by) and `log` (`text`) have none.
    `fail` is a run that ended as failed, with the message as `text` and the code as `target`; `span` is then that of
    the step that failed. `file` and `span` are where it is written, `connection` is that of an action.
    """

    kind: Literal["action", "ask", "approve", "start", "emit", "cancel", "log", "fail"]
    at: datetime
    run: UUID
    rule: str
    file: str
    span: Span
    target: str | None = None
    connection: str | None = None
    args: Mapping[str, Value] = {}
    text: str | None = None


class Writes(Protocol):
    """Keeps an effect; the fields are those of `Effect` that the kind has."""

    def __call__(self, run: Running, kind: str, span: Span, **fields: Value) -> None:
        """At the place `span` of the run's rule."""
        ...


class Observer:
    """Is told each step of each run, and writes down those that are effects."""

    def __init__(self, write: Writes) -> None:
        self._write = write
        self._failed: dict[UUID, str] = {}

    def forget(self, run_id: UUID) -> None:
        """Nothing more is told of this run."""
        self._failed.pop(run_id, None)

    def seen(self, run: Running, node_id: str, what: str, input: Value, error: Fault | None) -> None:
        """One step of a run, as `Running` tells it."""
        run_id, graph = run.claimed.run_id, run.program.graph
        if node_id and error is not None:
            self._failed[run_id] = node_id
        if not node_id and what == "failed" and error is not None:
            failed = graph.nodes.get(self._failed.get(run_id, ""))
            span = failed.span if failed else graph.span
            self._write(run, "fail", span, target=error.code, text=error.message)
        elif node_id and error is None:
            self._did(run, graph.nodes[node_id], what, input)

    def _did(self, run: Running, node: g.Node, what: str, input: Value) -> None:
        match node:
            case g.Call():
                name = f"{node.plugin}.{node.action}"
                self._write(run, "action", node.span, target=name, connection=node.connection, args=input)
            case g.Ask() if what == f"ask {node.agent}":
                self._write(run, "ask", node.span, target=node.agent, args=input)
            case g.Ask() if what not in ("approve", "log"):
                self._write(run, "action", node.span, target=what, args=input)
            case g.Ask() if input is not None:
                self._write(run, "approve", node.span, args=input)
            case g.Start() | g.Run() if input is not None:
                self._write(run, "start", node.span, target=node.sequence, args=input)
            case g.Emit():
                self._write(run, "emit", node.span, target=node.event, args=input["data"])
            case g.Cancel():
                self._write(run, "cancel", node.span, target=node.sequence, args={"key": input["key"]})
            case g.Approve() if input is not None:
                self._write(run, "approve", node.span, args=input)
            case g.Log():
                self._write(run, "log", node.span, text=str(input))
