"""A lowered expression as the language would write it, for people. Constants stand as their values; what comes out is
not meant to be parsed.
"""

from __future__ import annotations

from treadle.dsl import expressions as ex

_BINDING = {
    "or": 1, "and": 2, "not": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4, "not in": 4,
    "contains": 4, "starts with": 4, "ends with": 4, "matches": 4, "??": 5, "+": 6, "-": 6, "*": 7, "/": 7, "%": 7,
}  # fmt: skip
_TIGHTEST = 9
_DEEPEST = 40


def written(expr: ex.Expr) -> str:
    """The expression on one line. What nests too deep to be read is shown as `…`."""
    return _Writer().show(expr, 0)


class _Writer:
    def __init__(self) -> None:
        self.depth = 0

    def show(self, expr: ex.Expr, outer: int) -> str:
        """The expression, in parentheses when it binds looser than `outer`."""
        if self.depth >= _DEEPEST:
            return "…"
        self.depth += 1
        shown, binding = self._operation(expr)
        self.depth -= 1
        return f"({shown})" if binding < outer else shown

    def _operation(self, expr: ex.Expr) -> tuple[str, int]:
        match expr:
            case ex.Binary(sign, left, right):
                at = _BINDING[sign]
                return f"{self.show(left, at)} {sign} {self.show(right, at + 1)}", at
            case ex.And(items) | ex.Or(items) | ex.Coalesce(items):
                word = {ex.And: "and", ex.Or: "or", ex.Coalesce: "??"}[type(expr)]
                at = _BINDING[word]
                return f" {word} ".join(self.show(item, at + 1) for item in items), at
            case ex.Not(of):
                return f"not {self.show(of, 3)}", 3
            case ex.Negate(of):
                return f"-{self.show(of, 8)}", 8
            case ex.IsSet(of, negated):
                return f"{self.show(of, 5)} is {'not ' if negated else ''}set", 4
            case ex.Choose(test, then, other):
                return f"{self.show(then, 1)} if {self.show(test, 1)} else {self.show(other, 0)}", 0
            case ex.Lambda(params, body):
                return f"{', '.join(params)} => {self.show(body, 0)}", 0
        return self._leaf(expr), _TIGHTEST

    def _leaf(self, expr: ex.Expr) -> str:
        match expr:
            case ex.Lit():
                return _literal(expr)
            case ex.Var(name):
                return name
            case ex.Get(of, field, safe):
                return f"{self.show(of, _TIGHTEST)}{'?.' if safe else '.'}{field}"
            case ex.Item(of, key):
                return f"{self.show(of, _TIGHTEST)}[{self.show(key, 0)}]"
            case ex.Apply(function, args):
                return f"{function}({self._all(args)})" if args else function
            case ex.MakeList(items):
                return f"[{self._all(items)}]"
            case ex.MakeRecord(entries):
                return "{" + ", ".join(f"{key}: {self.show(value, 0)}" for key, value in entries) + "}"
            case ex.Join(parts):
                return '"' + "".join(self._part(part) for part in parts) + '"'
            case _:
                return "…"

    def _all(self, items: tuple[ex.Expr, ...]) -> str:
        return ", ".join(self.show(item, 0) for item in items)

    def _part(self, part: ex.Expr) -> str:
        if isinstance(part, ex.Lit) and isinstance(part.value, str):
            return part.value.replace("\n", "\\n")
        return "{" + self.show(part, 0) + "}"


def _literal(lit: ex.Lit) -> str:
    match lit.value:
        case None:
            return "missing"
        case bool() as value:
            return "true" if value else "false"
        case str() as value if lit.type == "text":
            return '"' + value.replace("\n", "\\n") + '"'
        case value if lit.type == "duration":
            return _duration(str(value))
        case value if lit.type == "money":
            return f"{value} usd"
        case value if lit.type == "business_days":
            return f"{value} business day{'' if value == 1 else 's'}"
        case value:
            return str(value)


def _duration(value: str) -> str:
    from datetime import timedelta

    import msgspec

    from treadle.dsl.operations.text_form import duration_form

    return duration_form(msgspec.convert(value, timedelta))
