"""Graphs made by hand, a line a node, so that the flows are tested without the compiler."""

from __future__ import annotations

from typing import Any

from treadle.dsl import graph as g
from treadle.dsl.expressions import Apply, Binary, Expr, Get, IsSet, Join, Lit, Sign, Var
from treadle.dsl.spans import Span
from treadle.dsl.typesystem import INT, NUMBER, TEXT, Field, Named, Optional, Record

SPAN = Span(0, 1, 1, 1, 1, 2)
ORDER = Record(
    (
        Field("id", INT),
        Field("total", NUMBER),
        Field("version", Optional(TEXT)),
        Field("email", Optional(TEXT), carried=False),
    ),
    "acme.Order",
)
RECORDS = {"acme.Order": ORDER}


def lit(value: Any) -> Lit:
    kind = {str: "text", int: "int", bool: "bool", type(None): "missing"}[type(value)]
    return Lit(value, kind)  # type: ignore[arg-type]


def seconds(text: str) -> Lit:
    return Lit(text, "duration")


def field(name: str, of: str = "order") -> Get:
    return Get(Var(of), name)


def compare(left: Expr, sign: Sign, right: Any) -> Binary:
    return Binary(sign, left, right if isinstance(right, Expr) else lit(right))


def term(left: Expr, sign: Sign, right: Any, text: str = "a term", *, loads: bool = False) -> g.Condition:
    return g.Condition(compare(left, sign, right), text, SPAN, loads)


def call(id: str, action: str, next: str | None = None, *, effect: Any = "idempotent", **more: Any) -> g.Call:
    options = {key: more.pop(key) for key in ("name", "timeout", "tries", "over", "connection") if key in more}
    args = {name: value if not isinstance(value, str | int) else lit(value) for name, value in more.items()}
    return g.Call(id=id, span=SPAN, next=next, plugin="acme", action=action, args=args, effect=effect, **options)


def wait(id: str, duration: str, next: str | None = None) -> g.Wait:
    return g.Wait(id=id, span=SPAN, next=next, duration=seconds(duration))


def log(id: str, text: Any, next: str | None = None) -> g.Log:
    return g.Log(id=id, span=SPAN, next=next, text=text if not isinstance(text, str) else lit(text))


def start(id: str, sequence: str, next: str | None = None, **args: Expr) -> g.Start:
    return g.Start(id=id, span=SPAN, next=next, sequence=sequence, args=args)


def assign(id: str, name: str, value: Expr, next: str | None = None) -> g.Assign:
    return g.Assign(id=id, span=SPAN, next=next, name=name, value=value)


def branch(id: str, test: Expr, to: str, otherwise: str | None = None, next: str | None = None) -> g.Branch:
    return g.Branch(id=id, span=SPAN, next=next, arms=(g.Arm(test, to),), otherwise=otherwise)


def rule(name: str, *nodes: g.Node, trigger: str = "order_placed", **more: Any) -> g.Graph:
    names = {"order": Named("acme.Order"), **more.pop("names", {})}
    hears = more.pop("hears", (g.Hear("acme", trigger, "order", SPAN),))
    return g.Graph(
        kind="rule",
        name=name,
        file="shop.rule",
        span=SPAN,
        hears=hears,
        entry=nodes[0].id if nodes else None,
        nodes={node.id: node for node in nodes},
        names=names,
        records=RECORDS,
        **more,
    )


def sequence(name: str, params: dict[str, Any], *nodes: g.Node) -> g.Graph:
    return g.Graph(
        kind="sequence",
        name=name,
        file="shop.rule",
        span=SPAN,
        params=tuple(params),
        entry=nodes[0].id if nodes else None,
        nodes={node.id: node for node in nodes},
        names=params,
        records=RECORDS,
    )


__all__ = [
    "Apply", "Binary", "IsSet", "Join", "Lit", "Var", "assign", "branch", "call", "compare", "field", "lit", "log",
    "rule", "seconds", "sequence", "start", "term", "wait",
]  # fmt: skip
