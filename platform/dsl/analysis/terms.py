"""Reads expressions: as a box of what must hold when they are true or false, as a constant, as a path with its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from treadle.dsl import expressions as ex
from treadle.dsl.analysis.boxes import ANY, NEVER, UNKNOWN, Box, fold
from treadle.dsl.analysis.domains import MISSING, Domain, among, ordered, universe
from treadle.dsl.analysis.facts import Dead
from treadle.dsl.evaluator import EvaluationError, Scope, evaluate
from treadle.dsl.evaluator.paths import parts_of
from treadle.dsl.graph import Condition
from treadle.dsl.typesystem import JSON, ListOf, MapOf, Named, Optional, Record, Scalar, Type, optional, plain
from treadle.dsl.values import Value, revive

EVENT = "@"
"""What paths call the event, whatever its name in a rule."""

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "in": "not in", "not in": "in"}
_CLOCK = "now"
_STEADY = frozenset(("lower", "upper", "trim", "replace", "length", "slice", "round", "abs"))
"""Functions that give the same for the same arguments in every zone."""

_Part = Callable[[Type], Type | None]


class Terms:
    """Reads the expressions of one graph. `names` are the types in scope, `event` the name of its event."""

    def __init__(
        self,
        names: Mapping[str, Type],
        records: Mapping[str, Record],
        functions: Mapping[str, ex.Function],
        event: str | None = None,
    ) -> None:
        self._names = names
        self._records = records
        self._functions = functions
        self._event = event

    def box(self, test: ex.Expr, *, holds: bool = True) -> Box:
        """What must hold when the test is true, or with `holds` false, when it is false."""
        match test:
            case ex.Not(of):
                return self.box(of, holds=not holds)
            case ex.And(items) | ex.Or(items):
                both = Box.meet if isinstance(test, ex.And) == holds else Box.join
                return fold([self.box(item, holds=holds) for item in items], both)
            case ex.IsSet(of, negated):
                return self._is_set(of, there=negated != holds)
            case ex.Binary(sign, left, right):
                return self._compared(sign if holds else _OPPOSITE.get(sign, ""), left, right, test, holds=holds)
            case ex.Lit(bool() as value, "bool"):
                return ANY if value == holds else NEVER
            case _:
                return self._truth(test, holds=holds)

    def conditions(self, where: Sequence[Condition], given: Box = ANY) -> tuple[Box, Dead | None]:
        """All terms of a `where` together with what is known before; the first one that leaves nothing."""
        box = given
        boxes: list[Box] = []
        for at, condition in enumerate(where):
            boxes.append(self.box(condition.test))
            box = box.meet(boxes[-1])
            if box.empty:
                beside = tuple(where[each].text for each in range(at) if not boxes[each].overlaps(boxes[-1]))
                return box, Dead("where", condition.text, condition.span, beside)
        return box, None

    def path(self, expr: ex.Expr) -> tuple[str, Type] | None:
        """The expression as a path with its type; None when it is none or has another value each time."""
        match expr:
            case ex.Var(name) if name in self._names and name != _CLOCK:
                return (EVENT if name == self._event else name), self._names[name]
            case ex.Get(of, field, safe):
                return self._part(of, f".{field}", lambda inner: self._field(inner, field), safe=safe)
            case ex.Item(of, ex.Lit(str() | int() as key, "text" | "int")):
                return self._part(of, f"[{key!r}]", _item, safe=False)
            case _:
                return None

    def constant(self, expr: ex.Expr) -> tuple[Value] | None:
        """The value, in a tuple, of an expression that has the same one always; else None."""
        match expr:
            case ex.Lit(type="business_days"):
                return None
            case ex.Lit(value, "text" | "int" | "bool"):
                return (value,)
            case ex.Lit(value, kind):
                return (None if kind == "missing" else revive(value, Scalar(kind), {}),)
            case ex.MakeList(items):
                found = [self.constant(item) for item in items]
                return None if None in found else ([each[0] for each in found if each],)
            case _ if self._closed(expr):
                try:
                    return (evaluate(expr, Scope({}), self._functions),)
                except EvaluationError:
                    return None
            case _:
                return None

    def _closed(self, expr: ex.Expr) -> bool:
        """Whether an expression has no names in it, nor anything that depends on the clock or the zone."""
        match expr:
            case ex.Var() | ex.Lambda() | ex.Cases() | ex.Join() | ex.Lit(type="business_days"):
                return False
            case ex.Apply(function, _, own) if own or function not in _STEADY:
                return False
        return all(self._closed(part) for part in parts_of(expr))

    def _is_set(self, of: ex.Expr, *, there: bool) -> Box:
        found = self.path(of)
        if found is None:
            return UNKNOWN
        whole = universe(optional(found[1]))
        return Box({found[0]: whole.present() if there else MISSING})

    def _truth(self, test: ex.Expr, *, holds: bool) -> Box:
        if found := self.constant(test):
            return ANY if found[0] is holds else NEVER
        path = self.path(test)
        domain = path and among([holds], universe(path[1]))
        return Box({path[0]: domain}) if path and domain else UNKNOWN

    def _compared(self, sign: str, left: ex.Expr, right: ex.Expr, test: ex.Expr, *, holds: bool) -> Box:
        path, value = self.path(left), self.constant(right)
        if path is None and sign in _FLIPPED:
            path, value, sign = self.path(right), self.constant(left), _FLIPPED[sign]
        if path is None or value is None:
            return self._truth(test, holds=holds)
        domain = _domain(sign, value[0], universe(path[1]))
        return UNKNOWN if domain is None else Box({path[0]: domain})

    def _part(self, of: ex.Expr, written: str, part: _Part, *, safe: bool) -> tuple[str, Type] | None:
        inner = self.path(of)
        found = inner and part(plain(inner[1]))
        if inner is None or found is None:
            return None
        missing = safe and (isinstance(inner[1], Optional) or inner[1] == JSON)
        return inner[0] + written, optional(found) if missing else found

    def _field(self, of: Type, name: str) -> Type | None:
        record = self._records.get(of.name) if isinstance(of, Named) else of
        fields = record.fields if isinstance(record, Record) else ()
        for field in fields:
            if field.name == name:
                return field.type
        return None


def _item(of: Type) -> Type | None:
    match of:
        case Scalar("json"):
            return JSON
        case MapOf(inner) | ListOf(inner):
            return optional(inner)
        case _:
            return None


def _domain(sign: str, value: Value, whole: Domain) -> Domain | None:
    """The values for which `x sign value` holds; None when that is no set of them."""
    match sign:
        case "==" | "!=":
            found = among([value], whole)
        case "in" | "not in" if isinstance(value, list):
            found = among(value, whole)
        case "<" | "<=" | ">" | ">=":
            return ordered(sign, value, whole)
        case _:
            return None
    return whole - found if found is not None and sign in ("!=", "not in") else found
