"""Steps under `do`."""

from __future__ import annotations

from typing import Literal

from treadle.dsl.nodes.annotations import TypeNode
from treadle.dsl.nodes.base import Ident, Node
from treadle.dsl.nodes.common import Heard
from treadle.dsl.nodes.values import Argument, BraceExpr, CallExpr, Constant, Expr


class Retry(Node, frozen=True, kw_only=True):
    """`retry 5 times over 1 hour`, `no retry` (times 1, over None)."""

    times: int
    over: Expr | None


class CallStep(Node, frozen=True, kw_only=True):
    """`[label:] [name =] plugin.action(...) [timeout D] [retry ...]`; also `name = f(x)` before names are resolved."""

    call: CallExpr
    name: Ident | None = None
    label: Ident | None = None
    timeout: Expr | None = None
    retry: Retry | None = None


class AssignStep(Node, frozen=True, kw_only=True):
    """`name = value`, the value not being a bare call."""

    name: Ident
    value: Expr
    label: Ident | None = None


class IfArm(Node, frozen=True, kw_only=True):
    """`if test` or `else if test`, with its steps."""

    test: Expr
    body: tuple[Step, ...]


class IfStep(Node, frozen=True, kw_only=True):
    """`if / else if / else`; `otherwise` None when there is no `else`."""

    arms: tuple[IfArm, ...]
    otherwise: tuple[Step, ...] | None
    label: Ident | None = None


class WaitStep(Node, frozen=True, kw_only=True):
    """`wait DURATION`."""

    duration: Expr
    label: Ident | None = None


class StartStep(Node, frozen=True, kw_only=True):
    """`start "Sequence"(x: 1)`."""

    sequence: Constant
    args: tuple[Argument, ...]
    label: Ident | None = None


class TextStep(Node, frozen=True, kw_only=True):
    """`log TEXT`, `fail TEXT`."""

    verb: Literal["log", "fail"]
    text: Expr
    label: Ident | None = None


class StopStep(Node, frozen=True, kw_only=True):
    """`stop`."""

    label: Ident | None = None


class Case(Node, frozen=True, kw_only=True):
    """`case VALUE, VALUE` with its steps."""

    values: tuple[Expr, ...]
    body: tuple[Step, ...]


class MatchStep(Node, frozen=True, kw_only=True):
    """`match SUBJECT` with `case` lines and `else`; `otherwise` None when there is no `else`."""

    subject: Expr
    cases: tuple[Case, ...]
    otherwise: tuple[Step, ...] | None
    label: Ident | None = None


class ForEachStep(Node, frozen=True, kw_only=True):
    """`for each name in items [up to N at once]`; `at_once` None when it is not said (then one at a time)."""

    name: Ident
    items: Expr
    at_once: Constant | None
    body: tuple[Step, ...]
    label: Ident | None = None


class TogetherStep(Node, frozen=True, kw_only=True):
    """`together`: each direct child is a branch of its own."""

    body: tuple[Step, ...]
    label: Ident | None = None


class WaitUntilStep(Node, frozen=True, kw_only=True):
    """`wait until MOMENT`."""

    moment: Expr
    label: Ident | None = None


class WaitForStep(Node, frozen=True, kw_only=True):
    """`wait for TRIGGER [as name] [where test] [up to DURATION]` + `on timeout`; checking asks for what is left out."""

    heard: Heard
    name: Ident | None = None
    test: Expr | None = None
    up_to: Expr | None = None
    on_timeout: tuple[Step, ...] | None = None
    label: Ident | None = None


class ApproveStep(Node, frozen=True, kw_only=True):
    """`[name =] approve QUESTION by GROUP [up to DURATION]` + `on timeout`."""

    question: Expr
    by: Expr
    name: Ident | None = None
    up_to: Expr | None = None
    on_timeout: tuple[Step, ...] | None = None
    label: Ident | None = None


class TryStep(Node, frozen=True, kw_only=True):
    """`try` + `on error [as name]`; `handler` None when `on error` is not written, which is checked later."""

    body: tuple[Step, ...]
    error: Ident | None = None
    handler: tuple[Step, ...] | None = None
    label: Ident | None = None


class RunStep(Node, frozen=True, kw_only=True):
    """`[name =] run "Sequence"(x: 1)`: starts it and waits for its `return`."""

    sequence: Constant
    args: tuple[Argument, ...]
    name: Ident | None = None
    label: Ident | None = None


class CancelStep(Node, frozen=True, kw_only=True):
    """`cancel "Sequence" for KEY`."""

    sequence: Constant
    key: Expr
    label: Ident | None = None


class AskStep(Node, frozen=True, kw_only=True):
    """`[name =] ask AGENT TEXT [returns TYPE] [timeout D]`."""

    agent: Ident
    text: Expr
    name: Ident | None = None
    returns: TypeNode | None = None
    timeout: Expr | None = None
    label: Ident | None = None


class EmitStep(Node, frozen=True, kw_only=True):
    """`emit EVENT [{...}]`."""

    event: Ident
    data: BraceExpr | None = None
    label: Ident | None = None


class ReturnStep(Node, frozen=True, kw_only=True):
    """`return VALUE`."""

    value: Expr
    label: Ident | None = None


class BrokenStep(Node, frozen=True, kw_only=True):
    """A line that could not be read. `name` is what it seems to bind, `body` the steps under it, read as usual."""

    name: Ident | None = None
    body: tuple[Step, ...] = ()
    label: Ident | None = None


Step = (
    CallStep | AssignStep | IfStep | MatchStep | ForEachStep | TogetherStep | WaitStep | WaitUntilStep | WaitForStep
    | ApproveStep | TryStep | StartStep | RunStep | CancelStep | AskStep | EmitStep | TextStep | StopStep | ReturnStep
    | BrokenStep
)  # fmt: skip
