"""Expressions of the tree to expressions as execution sees them."""

from __future__ import annotations

from collections.abc import Callable

from treadle.dsl import expressions as ex
from treadle.dsl import nodes
from treadle.dsl.checker.tables import BuiltinRef, JsonPart, KnownPart, LetRef, Local, OwnRef, Tables
from treadle.dsl.lower.business import WEEKDAYS, Counting, moved
from treadle.dsl.typesystem import BUSINESS_DAYS

LetValue = Callable[[str], ex.Expr]


class ExpressionLowering:
    """Lowers expressions of one declaration; `let_value` gives the constants of the file, `counting` how
    business days are counted.
    """

    def __init__(self, tables: Tables, let_value: LetValue, counting: Counting = WEEKDAYS) -> None:
        self._refs = tables.refs
        self._types = tables.types
        self._counting = counting
        self._let_value = let_value

    def lower(self, node: nodes.Expr) -> ex.Expr:
        """The expression; it must have been checked without an error."""
        match node:
            case nodes.Constant(kind=kind, value=value):
                return ex.Lit(value, kind)
            case nodes.Name():
                return self._name(node)
            case nodes.Member():
                return self._member(node)
            case nodes.CallExpr():
                return self._call(node)
            case nodes.Group(of=of):
                return self.lower(of)
            case nodes.Ternary(then=then, test=test, other=other):
                return ex.Choose(self.lower(test), self.lower(then), self.lower(other))
            case nodes.LambdaExpr(params=params, body=body):
                return ex.Lambda(tuple(param.text for param in params), self.lower(body))
            case nodes.Index(of=of, key=key):
                return self._known(node, ex.Item(self.lower(of), self.lower(key)))
            case _:
                return self._operator(node)

    def _all(self, items: tuple[nodes.Expr, ...]) -> tuple[ex.Expr, ...]:
        return tuple(self.lower(item) for item in items)

    def _operator(self, node: nodes.Expr) -> ex.Expr:
        match node:
            case nodes.Unary(sign="not", of=of):
                return ex.Not(self.lower(of))
            case nodes.Unary(of=of):
                return ex.Negate(self.lower(of))
            case nodes.BinaryExpr(sign="+" | "-" as sign, left=left, right=right) if self._counts_days(right):
                return moved(self.lower(left), self.lower(right), self._counting, back=sign == "-")
            case nodes.BinaryExpr(sign=sign, left=left, right=right):
                return ex.Binary(sign, self.lower(left), self.lower(right))
            case nodes.Logic(sign="and", items=items):
                return ex.And(self._all(items))
            case nodes.Logic(items=items):
                return ex.Or(self._all(items))
            case nodes.CoalesceExpr(items=items):
                return ex.Coalesce(self._all(items))
            case nodes.IsSetExpr(of=of, negated=negated):
                return ex.IsSet(self.lower(of), negated)
            case _:
                return self._literal(node)

    def _counts_days(self, node: nodes.Expr) -> bool:
        return self._types.get(node.id) == BUSINESS_DAYS

    def _literal(self, node: nodes.Expr) -> ex.Expr:
        match node:
            case nodes.ListExpr(items=items):
                return ex.MakeList(self._all(items))
            case nodes.BraceExpr(entries=entries):
                return ex.MakeRecord(tuple((entry.key.text, self.lower(entry.value)) for entry in entries))
            case nodes.TextExpr(parts=parts):
                return ex.Join(
                    tuple(ex.Lit(part, "text") if isinstance(part, str) else self.lower(part) for part in parts)
                )
        raise TypeError(f"{node.__class__.__name__} has no expression")

    def _name(self, node: nodes.Name) -> ex.Expr:
        match self._refs[node.id]:
            case Local(name):
                return ex.Var(name)
            case LetRef(name):
                return self._let_value(name)
            case BuiltinRef(function):
                return ex.Apply(function.name, ())
        raise TypeError(f"{node.text} has no value")

    def _member(self, node: nodes.Member) -> ex.Expr:
        of = self.lower(node.of)
        match self._refs.get(node.id):
            case BuiltinRef(function, _, safe):
                return ex.Apply(function.name, (of,), safe=safe)
            case JsonPart():
                return ex.Item(of, ex.Lit(node.name.text, "text"))
            case KnownPart():
                return self._known(node, ex.Item(of, ex.Lit(node.name.text, "text")))
            case _:
                return ex.Get(of, node.name.text, node.safe)

    def _known(self, node: nodes.Expr, part: ex.Expr) -> ex.Expr:
        """A part of data, brought to the type that the account knows it to have."""
        found = self._refs.get(node.id)
        if isinstance(found, KnownPart) and found.function is not None:
            return ex.Apply(found.function, (part,), safe=True)
        return part

    def _call(self, node: nodes.CallExpr) -> ex.Expr:
        args = [arg.value for arg in node.args]
        match self._refs[node.id]:
            case BuiltinRef(function, method, safe):
                values = self._with_receiver(node, args, method=method)
                return ex.Apply(function.name, self._all(values), safe=safe)
            case OwnRef(name, order, method, safe):
                values = self._with_receiver(node, args, method=method)
                return ex.Apply(name, self._all(tuple(values[at] for at in order)), own=True, safe=safe)
        raise TypeError("an action is a step, not an expression")

    def _with_receiver(self, node: nodes.CallExpr, args: list[nodes.Expr], *, method: bool) -> tuple[nodes.Expr, ...]:
        if method and isinstance(node.of, nodes.Member):
            return (node.of.of, *args)
        return tuple(args)
