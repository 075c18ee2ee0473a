"""How a part of an expression is called in messages and explanations: `lead.price`, `order["id"]`."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl import expressions as ex


def path_of(expr: ex.Expr) -> str | None:
    """The expression as a path of names, fields and constant keys; None when it is anything else."""
    match expr:
        case ex.Var(name):
            return name
        case ex.Get(of, field):
            inner = path_of(of)
            return inner and f"{inner}.{field}"
        case ex.Item(of, ex.Lit(str() as key, "text")):
            inner = path_of(of)
            return inner and f'{inner}["{key}"]'
        case ex.Item(of, ex.Lit(int() as key, "int")):
            inner = path_of(of)
            return inner and f"{inner}[{key}]"
        case ex.Apply(function, (of,)):
            inner = path_of(of)
            return inner and f"{function}({inner})"
        case _:
            return None


def paths_in(expr: ex.Expr, bound: frozenset[str] = frozenset()) -> Iterator[tuple[str, ex.Expr]]:
    """The longest paths that the expression reads, in order of the text, with the part that computes each.

    What depends on the parameter of a `x => ...` has no value outside of it and is left out.
    """
    if isinstance(expr, ex.Var | ex.Get | ex.Item) and (path := path_of(expr)):
        if root_of(expr) not in bound:
            yield path, expr
        return
    if isinstance(expr, ex.Lambda):
        bound |= frozenset(expr.params)
    for part in parts_of(expr):
        yield from paths_in(part, bound)


def root_of(expr: ex.Expr) -> str | None:
    """The name that a path starts with."""
    while isinstance(expr, ex.Get | ex.Item):
        expr = expr.of
    return expr.name if isinstance(expr, ex.Var) else None


def parts_of(expr: ex.Expr) -> tuple[ex.Expr, ...]:
    """The expressions that stand directly in this one, in order of the text."""
    match expr:
        case ex.Lit() | ex.Var():
            return ()
        case ex.Get(of) | ex.Not(of) | ex.Negate(of) | ex.IsSet(of) | ex.Lambda(_, of):
            return (of,)
        case ex.Item(of, key):
            return (of, key)
        case ex.Binary(_, left, right):
            return (left, right)
        case ex.And(parts) | ex.Or(parts) | ex.Coalesce(parts) | ex.MakeList(parts) | ex.Join(parts):
            return parts
        case ex.Choose(test, then, other):
            return (then, test, other)
        case ex.Apply(_, args):
            return args
        case ex.MakeRecord(entries):
            return tuple(value for _, value in entries)
        case ex.Cases(rows):
            return tuple(part for row in rows for part in row)
