"""Calls of built-in functions: which form of the function fits, and what its type variables stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import name_codes, nodes
from treadle.dsl import type_codes as codes
from treadle.dsl.builtins import Argument, Builtin, Callback, Form
from treadle.dsl.builtins.declaration import ALLOWED, show_type
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.scopes import taken
from treadle.dsl.checker.tables import BuiltinRef
from treadle.dsl.checker.walking import bare
from treadle.dsl.typesystem import (
    BOOL,
    JSON,
    UNKNOWN,
    ListOf,
    MapOf,
    Named,
    Optional,
    Scalar,
    Type,
    Unknown,
    plain,
    show,
)

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference

Bindings = dict[str, Type]


def arguments(count: int) -> str:
    """`1 argument`, `2 arguments`."""
    return f"{count} argument{'' if count == 1 else 's'}"


def builtin_call(
    inference: Inference, node: nodes.CallExpr, function: Builtin, env: Env, method: nodes.Member | None = None
) -> Type:
    """The type of a call of a function of the language; `method` when the first argument stands before the dot."""
    values = [*([method.of] if method else []), *(arg.value for arg in node.args)]
    named = next((arg for arg in node.args if arg.name), None)
    fitting = [form for form in function.forms if len(form.params) == len(values)]
    if named is not None or not fitting:
        for value in values:
            if not isinstance(bare(value), nodes.LambdaExpr):
                inference.infer(value, env)
        _wrong_arguments(inference, node, function, len(values), named)
        return UNKNOWN
    safe = bool(method and method.safe)
    actuals = [_actual(inference, value, env, safe=safe and at == 0) for at, value in enumerate(values)]
    missing = safe and isinstance(inference.tables.types.get(values[0].id), Optional | Unknown)
    form, bindings = _choose(inference, fitting, values, actuals)
    inference.tables.refs[node.id] = BuiltinRef(function, bool(method), safe)
    if not _check(inference, form, bindings, values, actuals, env, function):
        return UNKNOWN
    returns = substitute(form.returns, bindings)
    return inference.fit.maybe(returns) if missing else returns


def _wrong_arguments(
    inference: Inference, node: nodes.CallExpr, function: Builtin, count: int, named: nodes.Argument | None
) -> None:
    notes = tuple(f"`{signature}`" for signature in function.signatures())
    if named is not None and named.name:
        name = named.name.text
        notes = (f"arguments of `{function.name}` are written without names", *notes)
        inference.desk.report(
            name_codes.UNKNOWN_ARGUMENT, named.name.span, notes=notes, name=name, callee=function.name
        )
        return
    counts = sorted({len(form.params) for form in function.forms})
    expected = " or ".join(map(str, counts[:-1])) + " or " * (len(counts) > 1) + arguments(counts[-1])
    inference.desk.report(
        codes.ARGUMENT_COUNT, node.span, notes=notes, callee=function.name, expected=expected, actual=count
    )


def _actual(inference: Inference, value: nodes.Expr, env: Env, *, safe: bool) -> Type | None:
    """The type of an argument that must be there; None for a lambda, whose type depends on the others."""
    if isinstance(bare(value), nodes.LambdaExpr):
        return None
    return plain(inference.infer(value, env)) if safe else inference.needs(value, env)


def _choose(
    inference: Inference, forms: list[Form], values: list[nodes.Expr], actuals: list[Type | None]
) -> tuple[Form, Bindings]:
    """The first form that the arguments fit, else the one that most of them fit."""
    best, best_bindings, best_count = forms[0], Bindings(), -1
    for form in forms:
        bindings: Bindings = {}
        count = 0
        for param, actual in zip(form.params, actuals, strict=True):
            if not _may_be(inference, param, actual, bindings):
                break
            count += 1
        if count > best_count:
            best, best_bindings, best_count = form, bindings, count
    return best, best_bindings


def _may_be(inference: Inference, param: Argument, actual: Type | None, bindings: Bindings) -> bool:
    if isinstance(param.type, Callback) or actual is None:
        return isinstance(param.type, Callback) and actual is None
    return unify(inference, param.type, actual, bindings)


def _check(
    inference: Inference,
    form: Form,
    bindings: Bindings,
    values: list[nodes.Expr],
    actuals: list[Type | None],
    env: Env,
    function: Builtin,
) -> bool:
    """Check the arguments against the chosen form and report the first that does not fit."""
    bindings_so_far: Bindings = {}
    for param, value, actual in zip(form.params, values, actuals, strict=True):
        lambda_ = bare(value)
        if isinstance(param.type, Callback) and isinstance(lambda_, nodes.LambdaExpr):
            if not _lambda(inference, lambda_, param.type, bindings, env):
                return False
        elif isinstance(param.type, Callback) or actual is None:
            _lambda_or_not(inference, value, param, actual, function)
            return False
        elif not unify(inference, param.type, actual, bindings_so_far):
            _misfit(inference, value, param, actual, function, len(values))
            return False
    return True


def _lambda_or_not(
    inference: Inference, value: nodes.Expr, param: Argument, actual: Type | None, function: Builtin
) -> None:
    """Report a lambda where a value is needed, or the other way round."""
    wanted, notes = f"`{show_type(param.type)}`", tuple[str, ...]()
    if isinstance(param.type, Callback):
        wanted, notes = "a lambda", ("an example: `x => x > 1`; `x` is each item in turn",)
    what, given = f"`{param.name}` of `{function.name}`", "a lambda" if actual is None else show(actual)
    inference.desk.report(codes.DOES_NOT_FIT, value.span, notes=notes, what=what, expected=wanted, actual=given)


def _misfit(
    inference: Inference, value: nodes.Expr, param: Argument, actual: Type, function: Builtin, count: int
) -> None:
    what = f"`{param.name}` of `{function.name}`"
    assert not isinstance(param.type, Callback)  # told apart by the caller
    if _variables(param.type) and actual != JSON:
        forms = [form for form in function.forms if len(form.params) == count]
        kinds = " or ".join(dict.fromkeys(_wanted(form, param.name) for form in forms))
        inference.desk.report(codes.DOES_NOT_FIT, value.span, what=what, expected=kinds, actual=show(actual))
    elif actual == JSON and isinstance(param.type, ListOf):
        notes = (f"write `list({inference.written(value)})`",)
        inference.desk.report(codes.JSON_HAS_NO_TYPE, value.span, notes=notes, what=what, expected="a list")
    else:
        inference.meet(value, actual, param.type, what)


def _lambda(inference: Inference, node: nodes.LambdaExpr, callback: Callback, bindings: Bindings, env: Env) -> bool:
    if len(node.params) != len(callback.params):
        expected = arguments(len(callback.params))
        inference.desk.report(
            codes.ARGUMENT_COUNT, node.span, callee="x => ...", expected=expected, actual=len(node.params)
        )
        return False
    inner = env
    for param, of in zip(node.params, callback.params, strict=True):
        first = env.first_given(param.text) or inference.file.first_given(param.text)
        if first is not None:
            taken(inference.desk, param, first)
        inner = inner.give(param.text, substitute(of, bindings), param.span)
    if callback.returns == BOOL:
        inference.condition(node.body, inner)
        return True
    actual = inference.infer(node.body, inner)
    if unify(inference, callback.returns, actual, bindings):
        return True
    if isinstance(actual, Optional):
        inference.missing(node.body)
    else:
        needed = _wanted_kind(callback.returns)
        inference.desk.report(
            codes.DOES_NOT_FIT, node.body.span, what="`x => ...`", expected=needed, actual=show(actual)
        )
    return False


def unify(inference: Inference, pattern: Type, actual: Type, bindings: Bindings) -> bool:
    """Whether the type fits the pattern; `bindings` takes what type variables stand for."""
    match pattern:
        case Named(name) if len(name) == 1:
            return _bind(inference, name, actual, bindings)
        case ListOf(item):
            if isinstance(actual, ListOf):
                return unify(inference, item, actual.item, bindings)
        case MapOf(value):
            if isinstance(actual, MapOf):
                return unify(inference, value, actual.value, bindings)
        case Scalar("json"):
            return actual == JSON or isinstance(actual, Unknown)
        case _:
            return inference.fit.fits(actual, pattern)
    return isinstance(actual, Unknown)


def _bind(inference: Inference, name: str, actual: Type, bindings: Bindings) -> bool:
    if isinstance(actual, Unknown):
        bindings.setdefault(name, UNKNOWN)
        return True
    allowed = ALLOWED.get(name)
    if allowed is not None and not (isinstance(actual, Scalar) and actual.kind in allowed):
        return False
    joined = inference.fit.join(bindings[name], actual) if name in bindings else actual
    if joined is None or (allowed is not None and joined == JSON):
        return False
    bindings[name] = joined
    return True


def substitute(pattern: Type, bindings: Bindings) -> Type:
    """The pattern with its type variables replaced; those that stand for nothing yet are Unknown."""
    match pattern:
        case Named(name) if len(name) == 1:
            return bindings.get(name, UNKNOWN)
        case ListOf(item):
            return ListOf(substitute(item, bindings))
        case MapOf(value):
            return MapOf(substitute(value, bindings))
        case Optional(inner):
            found = substitute(inner, bindings)
            return found if isinstance(found, Optional | Unknown) or found == JSON else Optional(found)
        case _:
            return pattern


def _variables(pattern: Type) -> bool:
    match pattern:
        case Named(name):
            return len(name) == 1
        case ListOf(inner) | MapOf(inner) | Optional(inner):
            return _variables(inner)
        case _:
            return False


def _wanted(form: Form, name: str) -> str:
    wanted = next((param.type for param in form.params if param.name == name), form.params[0].type)
    return "a lambda" if isinstance(wanted, Callback) else _wanted_kind(wanted)


def _wanted_kind(type: Type) -> str:
    match type:
        case Named("K"):
            return "a value that can be ordered"
        case Named("N"):
            return "a number"
        case Named("S"):
            return "a value with a text form"
        case ListOf(Named(name)) if name in ALLOWED:
            return {"K": "a list of values that can be ordered", "N": "a list of numbers"}.get(name, "a list of texts")
        case ListOf():
            return "a list"
        case MapOf():
            return "a map"
        case _:
            return show(type)
