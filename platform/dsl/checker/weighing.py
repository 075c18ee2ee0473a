"""Types that grow by lists in lists and records of records are bounded before anybody walks them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from treadle.dsl import nodes
from treadle.dsl.checker.environment import Env
from treadle.dsl.limit_codes import TYPE_TOO_BIG
from treadle.dsl.typesystem import UNKNOWN, ListOf, MapOf, Named, Optional, Record, Scalar, Type

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference

DEEPEST = 100  # levels: walkers of types take some four Python frames a level, of the thousand there are
MOST_PARTS = 10_000
Walk = Callable[["Inference", Any, Env, Type | None], Type]


def is_too_big(type: Type) -> bool:
    """Whether the type has more levels or more parts than types may have, shared parts counted each time."""
    parts, left = 0, [(type, 1)]
    while left:
        at, depth = left.pop()
        parts += 1
        if depth > DEEPEST or parts + len(left) > MOST_PARTS:
            return True
        match at:
            case ListOf(inner) | MapOf(inner) | Optional(inner):
                left.append((inner, depth + 1))
            case Record(fields):
                left += [(field.type, depth + 1) for field in fields]
    return False


def bounded(walk: Walk) -> Walk:
    """What infers a kind of node that makes types: one that is too big is reported, and unknown from there on."""

    def within(inference: Inference, node: nodes.Expr, env: Env, hint: Type | None) -> Type:
        found = walk(inference, node, env, hint)
        if found.__class__ in (Scalar, Named) or not is_too_big(found):
            return found
        inference.desk.report(TYPE_TOO_BIG, node.span, levels=DEEPEST, parts=MOST_PARTS)
        return UNKNOWN

    return within
