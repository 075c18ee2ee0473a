"""Paths from an event to a value of it: `lead.contact?.city`, `order["id"]`, `lead.price ?? 0`.

Owns what counts as a path and how one is read. A path is told relative to the event, so that rules that name the event
differently share it. Reading raises nothing: where the evaluator has no value, the answer is `NO_VALUE`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator.access import constant
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value

Step = tuple[Literal["field", "safe", "item"], str | int]


class NoValue:
    """The type of what is read where the evaluator would raise."""


NO_VALUE = NoValue()


class Path(msgspec.Struct, frozen=True):
    """`steps` lead from the event to the value; `default`, a literal, stands in for a missing one."""

    steps: tuple[Step, ...]
    default: ex.Lit | None = None

    @property
    def total(self) -> bool:
        """Whether an event always has a value there, if only a missing one."""
        return all(kind == "item" for kind, _ in self.steps[1:])

    @property
    def single(self) -> str | None:
        """The field, of a path that is no more than that."""
        match self:
            case Path(((("field" | "safe"), str(field)),), None):
                return field
            case _:
                return None


def path_from(expr: ex.Expr, event: str) -> Path | None:
    """The path that the expression reads from the event of that name; None when it is anything else."""
    match expr:
        case ex.Coalesce((of, ex.Lit() as default)):
            steps = _steps(of, event)
            return Path(steps, default) if steps else None
        case _:
            steps = _steps(expr, event)
            return Path(steps) if steps else None


def _steps(expr: ex.Expr, event: str) -> tuple[Step, ...] | None:
    found: list[Step] = []
    while True:
        match expr:
            case ex.Get(of, field, safe):
                found.append(("safe" if safe else "field", field))
            case ex.Item(of, ex.Lit(str() as key, "text")):
                found.append(("item", key))
            case ex.Item(of, ex.Lit(int() as key, "int")):
                found.append(("item", key))
            case ex.Var(name):
                return tuple(reversed(found)) if name == event else None
            case _:
                return None
        expr = of


def reader(path: Path) -> Callable[[Value], Value]:
    """Reads the path from an event, which must be a record."""
    if (field := path.single) is not None:
        return lambda event: event.get(field)
    steps = path.steps
    default = constant(path.default)(Scope({})) if path.default else None

    def read(value: Value) -> Value:
        for kind, key in steps:
            if type(value) is dict:
                value = value.get(key)
            elif kind == "item":
                value = _item(value, key)
            elif value is not None or kind != "safe":
                return NO_VALUE
        return default if value is None else value

    return read


def _item(value: Value, key: str | int) -> Value:
    if type(value) is list and type(key) is int:
        return value[key] if -len(value) <= key < len(value) else None
    return None
