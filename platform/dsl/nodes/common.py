"""Parts that clauses, steps and declarations have in common."""

from __future__ import annotations

from treadle.dsl.nodes.annotations import TypeNode
from treadle.dsl.nodes.base import Ident, Node
from treadle.dsl.nodes.values import Argument


class Heard(Node, frozen=True, kw_only=True):
    """What is listened for: `alias.trigger(args)`, or with `alias` None an event of one's own (`order_ready`)."""

    alias: Ident | None
    trigger: Ident
    args: tuple[Argument, ...] = ()


class Days(Node, frozen=True, kw_only=True):
    """Days of the week as written (`mon-fri`, `weekday`, `monday, friday`): `days` in order, 0 is Monday."""

    days: tuple[int, ...]


class ParamDecl(Node, frozen=True, kw_only=True):
    """`name: type`."""

    name: Ident
    type: TypeNode
