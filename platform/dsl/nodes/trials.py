"""`test` blocks and their lines."""

from __future__ import annotations

from typing import Literal

from treadle.dsl.nodes.agents import BrokenLine, ToolRef
from treadle.dsl.nodes.base import Ident, Node
from treadle.dsl.nodes.common import Heard
from treadle.dsl.nodes.values import Argument, BraceExpr, Constant, Expr


class TestAt(Node, frozen=True, kw_only=True):
    """`at 2026-11-23 10:00 [in ZONE]`: `moment` is a `datetime` constant without a zone, as `2026-11-23T10:00:00`."""

    moment: Constant
    zone: Expr | None = None


class TestAfter(Node, frozen=True, kw_only=True):
    """`after DURATION`."""

    duration: Expr


class TestGiven(Node, frozen=True, kw_only=True):
    """`given TRIGGER [(args)] [{...}]`; also `given webhook "path" {...}` and `given by hand "Rule" {...}`."""

    heard: Heard | None
    data: BraceExpr | None = None
    webhook: Constant | None = None
    by_hand: Constant | None = None


class TestMock(Node, frozen=True, kw_only=True):
    """`mock ACTION [(args)] OUTCOME`, `mock ask AGENT OUTCOME`, `mock approve ["question"] OUTCOME`.

    `target` is `alias.action` (`tool`, with `args`), an agent's name, or an approval. The outcome is `returns VALUE`
    (`value`), `fails "code"` (`fails`) or `unknown`.
    """

    tool: ToolRef | None = None
    args: tuple[Argument, ...] = ()
    agent: Ident | None = None
    approval: bool = False
    question: Constant | None = None
    outcome: Literal["returns", "fails", "unknown"]
    value: Expr | None = None
    fails: Constant | None = None


class TestExpect(Node, frozen=True, kw_only=True):
    """`expect ACTION [(some args)]`, `expect start "Seq" [(some args)]`, `expect emit EVENT [{...}]`,
    `expect log TEXT`, `expect fail TEXT`, `expect nothing`, `expect nothing more`.
    """

    what: Literal["action", "start", "emit", "log", "fail", "nothing", "nothing more"]
    tool: ToolRef | None = None
    sequence: Constant | None = None
    event: Ident | None = None
    args: tuple[Argument, ...] = ()
    data: BraceExpr | None = None
    text: Expr | None = None


TestLine = TestAt | TestAfter | TestGiven | TestMock | TestExpect | BrokenLine


class TestDecl(Node, frozen=True, kw_only=True):
    """`test "Name"` + its lines."""

    name: Constant
    lines: tuple[TestLine, ...]
