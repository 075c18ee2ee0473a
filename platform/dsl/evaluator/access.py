"""Closures that read names, fields and items, and those that build lists, records and texts."""

from __future__ import annotations

from collections.abc import Callable

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator.paths import path_of
from treadle.dsl.operations.clock import instant
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.dsl.operations.scope import Scope
from treadle.dsl.operations.text_form import text_form
from treadle.dsl.typesystem import Scalar
from treadle.dsl.values import Value, revive

Evaluation = Callable[[Scope], Value]
Compile = Callable[[ex.Expr], Evaluation]


def constant(expr: ex.Lit) -> Evaluation:
    """A literal, read from its JSON once."""
    value = None if expr.type == "missing" else revive(expr.value, Scalar(expr.type), {})
    return lambda scope: value


def slot(place: int) -> Evaluation:
    """The parameter of a lambda or a function."""
    return lambda scope: scope.slots[place]


def name(name: str) -> Evaluation:
    """A name of the scope. Raises `EvaluationError` when the scope has not got it."""

    def read(scope: Scope) -> Value:
        try:
            return scope.names[name]
        except KeyError:
            raise EvaluationError("name", f"{name} is not known here") from None

    return (lambda scope: instant(read(scope))) if name == "now" else read  # whatever zone the clock was read in


def build(expr: ex.Expr, compile: Compile) -> Evaluation:
    """The closure of a reading or building node."""
    match expr:
        case ex.Get(of, field, safe):
            return _field(compile(of), field, path_of(of) or "the value", safe=safe)
        case ex.Item(of, key):
            return _item(compile(of), compile(key))
        case ex.MakeList(items):
            return _list([compile(item) for item in items])
        case ex.MakeRecord(entries):
            return _record([(key, compile(value)) for key, value in entries])
        case ex.Join(parts):
            return _text([(compile(part), path_of(part) or "a part") for part in parts])
    raise TypeError(expr)


def _field(of: Evaluation, field: str, path: str, *, safe: bool) -> Evaluation:
    def read(scope: Scope) -> Value:
        value = of(scope)
        if type(value) is dict:
            return value.get(field)
        if value is None and safe:
            return None
        if value is None:
            raise EvaluationError("missing", f"{path} is missing, so it has no {field}")
        raise EvaluationError("mismatch", f"{path} is {quote(value)}, which has no {field}")

    return read


def _item(of: Evaluation, key: Evaluation) -> Evaluation:
    def read(scope: Scope) -> Value:
        value, at = of(scope), key(scope)
        if type(value) is dict and type(at) is str:
            return value.get(at)
        if type(value) is list and type(at) is int:
            return value[at] if -len(value) <= at < len(value) else None
        return None

    return read


def _list(items: list[Evaluation]) -> Evaluation:
    def make(scope: Scope) -> Value:
        scope.room_for_items(len(items))
        return [item(scope) for item in items]

    return make


def _record(entries: list[tuple[str, Evaluation]]) -> Evaluation:
    def make(scope: Scope) -> Value:
        scope.room_for_items(len(entries))
        return {key: value(scope) for key, value in entries}

    return make


def _text(parts: list[tuple[Evaluation, str]]) -> Evaluation:
    def make(scope: Scope) -> Value:
        pieces = []
        for part, path in parts:
            value = part(scope)
            if value is None:
                raise EvaluationError(
                    "missing", f"{path} is missing and cannot stand in a text: write a default with ??"
                )
            if isinstance(value, list | dict):
                raise EvaluationError("mismatch", f"{path} is {quote(value)}: put text() around it to show it as JSON")
            pieces.append(value if type(value) is str else text_form(value, scope.zone))
        scope.room_for_text(sum(map(len, pieces)))
        return "".join(pieces)

    return make
