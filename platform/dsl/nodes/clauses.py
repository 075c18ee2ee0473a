"""Header clauses of rules and sequences."""

from __future__ import annotations

from typing import Literal

from treadle.dsl.nodes.base import Ident, Node
from treadle.dsl.nodes.common import Days, Heard, ParamDecl
from treadle.dsl.nodes.values import Constant, Expr

CatchUp = Literal["once", "all", "skip"]


class When(Node, frozen=True, kw_only=True):
    """`when alias.trigger [(args)] as name`; `heard.alias` is None for an event of one's own."""

    heard: Heard
    name: Ident


class WhenEvery(Node, frozen=True, kw_only=True):
    """`when every DURATION`, or `when every DAYS at HH:MM[, HH:MM] [in ZONE]`; then a catch-up word."""

    interval: Expr | None = None
    days: Days | None = None
    at: tuple[Constant, ...] = ()
    zone: Expr | None = None
    catch_up: CatchUp | None = None


class WhenCron(Node, frozen=True, kw_only=True):
    """`when cron "0 9 * * 1-5" [in ZONE]`; then a catch-up word."""

    line: Constant
    zone: Expr | None = None
    catch_up: CatchUp | None = None


class WhenWebhook(Node, frozen=True, kw_only=True):
    """`when webhook "path" as name`."""

    path: Constant
    name: Ident


class WhenByHand(Node, frozen=True, kw_only=True):
    """`when by hand [(x: int)]`: the parameters are names of the rule."""

    params: tuple[ParamDecl, ...]


class Where(Node, frozen=True, kw_only=True):
    """`where test`."""

    test: Expr


class OncePer(Node, frozen=True, kw_only=True):
    """`once per key [within duration]`."""

    key: Expr
    within: Expr | None = None


class AtMost(Node, frozen=True, kw_only=True):
    """`at most N per WINDOW [per KEY]`."""

    count: Constant
    window: Expr
    key: Expr | None = None


class Quiet(Node, frozen=True, kw_only=True):
    """`after DURATION of quiet [per KEY] [as list NAME]`."""

    duration: Expr
    key: Expr | None = None
    name: Ident | None = None


class OneAtATime(Node, frozen=True, kw_only=True):
    """`one at a time [per KEY] else skip|queue|replace`."""

    key: Expr | None
    otherwise: Literal["skip", "queue", "replace"]


class StopWhen(Node, frozen=True, kw_only=True):
    """`stop when TRIGGER [as name] [where test]`."""

    heard: Heard
    name: Ident | None = None
    test: Expr | None = None


class OnlyDuring(Node, frozen=True, kw_only=True):
    """`only during DAYS HH:MM-HH:MM [in ZONE] [except CALENDAR]`; `start` and `end` are `time` constants."""

    days: Days
    start: Constant
    end: Constant
    zone: Expr | None = None
    exception: Ident | None = None


class Priority(Node, frozen=True, kw_only=True):
    """`priority N`; may be negative, 0 when not said, higher ones first."""

    number: int


class Flag(Node, frozen=True, kw_only=True):
    """A clause without parts."""

    word: Literal["off", "stop after", "including own changes", "rehearse"]


class BrokenClause(Node, frozen=True, kw_only=True):
    """A header line that could not be read: `keyword` is its first word, `name` what it seems to bind."""

    keyword: str
    name: Ident | None = None


Clause = (
    When | WhenEvery | WhenCron | WhenWebhook | WhenByHand | Where | OncePer | AtMost | Quiet | OneAtATime | StopWhen
    | OnlyDuring | Priority | Flag | BrokenClause
)  # fmt: skip
