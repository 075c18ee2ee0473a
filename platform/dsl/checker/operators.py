"""Types of operators: arithmetic, comparison, containment, logic, and what handles missing values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import nodes, step_codes
from treadle.dsl import type_codes as codes
from treadle.dsl.checker.accounts import check_comparison
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.fitting import NUMERIC, family, is_kind
from treadle.dsl.checker.walking import shown
from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.operations.regex import compiled
from treadle.dsl.typesystem import (
    BOOL,
    DATE,
    DATETIME,
    DURATION,
    INT,
    JSON,
    MONEY,
    NUMBER,
    TEXT,
    UNKNOWN,
    ListOf,
    MapOf,
    Optional,
    Scalar,
    Type,
    Unknown,
    plain,
    show,
)

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference

_N = "number"  # stands for int and number in the table below

_ARITHMETIC: dict[tuple[str, str, str], Type] = {
    ("text", "+", "text"): TEXT,
    ("duration", "+", "duration"): DURATION,
    ("duration", "-", "duration"): DURATION,
    ("duration", "/", "duration"): NUMBER,
    ("duration", "*", _N): DURATION,
    (_N, "*", "duration"): DURATION,
    ("duration", "/", _N): DURATION,
    ("datetime", "+", "duration"): DATETIME,
    ("duration", "+", "datetime"): DATETIME,
    ("datetime", "-", "duration"): DATETIME,
    ("datetime", "-", "datetime"): DURATION,
    ("date", "+", "duration"): DATE,
    ("duration", "+", "date"): DATE,
    ("date", "-", "duration"): DATE,
    ("date", "-", "date"): DURATION,
    ("datetime", "+", "business_days"): DATETIME,
    ("datetime", "-", "business_days"): DATETIME,
    ("date", "+", "business_days"): DATE,
    ("date", "-", "business_days"): DATE,
    ("money", "+", "money"): MONEY,
    ("money", "-", "money"): MONEY,
    ("money", "*", _N): MONEY,
    (_N, "*", "money"): MONEY,
    ("money", "/", _N): MONEY,
    ("money", "/", "money"): NUMBER,
}


def unary(inference: Inference, node: nodes.Unary, env: Env, hint: Type | None) -> Type:
    """`-x`, `not x`."""
    if node.sign == "not":
        inference.condition(node.of, env)
        return BOOL
    of = inference.needs(node.of, env)
    if isinstance(of, Unknown) or is_kind(of, "int", "number", "money", "duration"):
        return of
    inference.meet(node.of, of, NUMBER, "`-`")
    return UNKNOWN


def binary(inference: Inference, node: nodes.BinaryExpr, env: Env, hint: Type | None) -> Type:
    """The operators between two values."""
    match node.sign:
        case "+" | "-" | "*" | "/" | "%":
            return _arithmetic(inference, node, env)
        case "==" | "!=":
            found = _equality(inference, node, env)
            check_comparison(inference, node.left, node.right)
            check_comparison(inference, node.right, node.left)
            return found
        case "<" | "<=" | ">" | ">=":
            return _order(inference, node, env)
        case "in" | "not in" | "contains":
            found = _containment(inference, node, env)
            check_comparison(inference, node.left, node.right)
            return found
        case "starts with" | "ends with":
            inference.expect(node.left, env, TEXT, f"`{node.sign}`")
            inference.expect(node.right, env, TEXT, f"`{node.sign}`")
        case "matches":
            _pattern(inference, node, env)
    return BOOL


def _arithmetic(inference: Inference, node: nodes.BinaryExpr, env: Env) -> Type:
    left, right = inference.needs(node.left, env), inference.needs(node.right, env)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return UNKNOWN
    found = _computed(inference, node.sign, left, right)
    if found is not None:
        return found
    for side, actual, other in ((node.left, left, right), (node.right, right, left)):
        if actual == JSON:
            inference.meet(side, JSON, _beside_json(other), f"`{node.sign}`")
            return UNKNOWN
    notes = (
        ('put values into a text with `"{x}"`',) if node.sign == "+" and TEXT in (left, right) else _days(left, right)
    )
    inference.desk.report(
        codes.CANNOT_COMPUTE, node.span, notes=notes, left=show(left), sign=node.sign, right=show(right)
    )
    return UNKNOWN


def _beside_json(other: Type) -> Type:
    """What json is converted to beside another value; any number beside an int, so that no fraction fails."""
    return other if isinstance(other, Scalar) and other != JSON and other.kind not in NUMERIC else NUMBER


def _days(left: Type, right: Type) -> tuple[str, ...]:
    """A note for a day beside a moment."""
    return ("the day of a moment is `date(...)`",) if {left, right} == {DATE, DATETIME} else ()


def _computed(inference: Inference, sign: str, left: Type, right: Type) -> Type | None:
    if isinstance(left, ListOf) and isinstance(right, ListOf):
        return inference.fit.join(left, right) if sign == "+" else None
    if not isinstance(left, Scalar) or not isinstance(right, Scalar):
        return None
    if left.kind in NUMERIC and right.kind in NUMERIC:
        return INT if left == right == INT and sign != "/" else NUMBER
    key = (_N if left.kind in NUMERIC else left.kind, sign, _N if right.kind in NUMERIC else right.kind)
    return _ARITHMETIC.get(key)


def _equality(inference: Inference, node: nodes.BinaryExpr, env: Env) -> Type:
    left = inference.infer(node.left, env)
    named = isinstance(node.right, nodes.Name) and plain(left) == TEXT
    right = inference.infer(node.right, env, TEXT if named else None)
    if not inference.fit.comparable(left, right):
        inference.desk.report(codes.CANNOT_COMPARE, node.span, left=show(plain(left)), right=show(plain(right)))
    return BOOL


def _order(inference: Inference, node: nodes.BinaryExpr, env: Env) -> Type:
    left, right = inference.needs(node.left, env), inference.needs(node.right, env)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return BOOL
    if family(left) is not None and family(left) == family(right):
        return BOOL
    for side, actual, other in ((node.left, left, right), (node.right, right, left)):
        if actual == JSON:
            inference.meet(side, JSON, _beside_json(other), f"`{node.sign}`")
            return BOOL
    inference.desk.report(codes.CANNOT_COMPARE, node.span, notes=_days(left, right), left=show(left), right=show(right))
    return BOOL


def _containment(inference: Inference, node: nodes.BinaryExpr, env: Env) -> Type:
    asks = node.sign == "contains"
    holder, part = (node.left, node.right) if asks else (node.right, node.left)
    whole = inference.needs(holder, env)
    item = inference.needs(part, env) if asks else inference.infer(part, env)
    if isinstance(whole, Unknown) or isinstance(item, Unknown):
        return BOOL
    match whole:
        case ListOf(each):
            fits, inner = inference.fit.comparable(each, item), each
        case MapOf() | Scalar("text") if isinstance(whole, MapOf) or asks:
            fits, inner = plain(item) in (TEXT, JSON), TEXT
        case _:
            _no_container(inference, node, holder, whole)
            return BOOL
    if not fits:
        left, right = (inner, item) if asks else (item, inner)
        inference.desk.report(codes.CANNOT_COMPARE, node.span, left=show(plain(left)), right=show(plain(right)))
    return BOOL


def _no_container(inference: Inference, node: nodes.BinaryExpr, holder: nodes.Expr, whole: Type) -> None:
    asks = node.sign == "contains"
    if whole == JSON:
        notes: tuple[str, ...] = (f"write `list({inference.written(holder)})`",)
    else:
        notes = ("to look into a text, write `text contains part`",) if whole == TEXT else ()
    expected = "a text, a list or a map" if asks else "a list or a map"
    inference.desk.report(
        codes.NO_CONTAINER, holder.span, notes=notes, sign=node.sign, expected=expected, actual=show(whole)
    )


def _pattern(inference: Inference, node: nodes.BinaryExpr, env: Env) -> None:
    inference.expect(node.left, env, TEXT, "`matches`")
    inference.infer(node.right, env)
    if isinstance(node.right, nodes.Constant):
        try:
            compiled(str(node.right.value))
        except EvaluationError as error:
            inference.desk.report(codes.BAD_PATTERN, node.right.span, reason=error.message)


def logic(inference: Inference, node: nodes.Logic, env: Env, hint: Type | None) -> Type:
    """`and`, `or`: what an item tells about missing values holds in the items after it."""
    for item in node.items:
        inference.condition(item, env)
        env = inference.knowing(env, item, holds=node.sign == "and")
    return BOOL


def is_set(inference: Inference, node: nodes.IsSetExpr, env: Env, hint: Type | None) -> Type:
    """`x is set`."""
    of = inference.infer(node.of, env)
    if not isinstance(of, Optional | Unknown) and of != JSON:
        _never_missing(inference, node.of)
    return BOOL


def _never_missing(inference: Inference, node: nodes.Expr) -> None:
    inference.desk.report(step_codes.NEVER_MISSING, node.span, what=shown(node, inference.file.module.text))


def coalesce(inference: Inference, node: nodes.CoalesceExpr, env: Env, hint: Type | None) -> Type:
    """`a ?? b`: what all have in common; optional only when the last is."""
    common: Type = UNKNOWN
    last: Type = UNKNOWN
    for item in node.items:
        last = inference.infer(item, env, hint)
        if item is not node.items[-1] and not isinstance(last, Optional | Unknown) and last != JSON:
            _never_missing(inference, item)
        joined = inference.fit.join(common, plain(last))
        if joined is None:
            left, right = show(common), show(plain(last))
            inference.desk.report(codes.NOTHING_IN_COMMON, item.span, what="Both sides of `??`", left=left, right=right)
            return UNKNOWN
        common = joined
    return inference.fit.maybe(common) if isinstance(last, Optional) else common


def ternary(inference: Inference, node: nodes.Ternary, env: Env, hint: Type | None) -> Type:
    """`a if c else b`."""
    inference.condition(node.test, env)
    then = inference.infer(node.then, inference.knowing(env, node.test, holds=True), hint)
    other = inference.infer(node.other, inference.knowing(env, node.test, holds=False), hint)
    joined = inference.fit.join(then, other)
    if joined is None:
        left, right = show(then), show(other)
        inference.desk.report(
            codes.NOTHING_IN_COMMON, node.span, what="Both sides of `if else`", left=left, right=right
        )
        return UNKNOWN
    return joined
