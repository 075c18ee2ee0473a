"""What a call calls, and its type: a function of the language or of the file; an action never, those are steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import name_codes, nodes, step_codes
from treadle.dsl import type_codes as codes
from treadle.dsl.builtins import table
from treadle.dsl.checker import actions, forms
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.reading import is_alias
from treadle.dsl.checker.tables import OwnRef
from treadle.dsl.typesystem import UNKNOWN, Optional, Type, Unknown

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference

_ELSEWHERE = {
    "str": "did you mean `text`?", "float": "did you mean `number`?",
    "len": "`length` counts the characters of a text, `count` the items of a list",
    "size": "`length` counts the characters of a text, `count` the items of a list",
    "print": "did you mean the step `log`?",
}  # fmt: skip
"""Functions of other languages that have no near name here, or a wrong one."""


def misplaced_lambda(inference: Inference, node: nodes.LambdaExpr, env: Env, hint: Type | None) -> Type:
    """A lambda where no function takes one."""
    inference.desk.report(codes.LAMBDA_MISPLACED, node.span)
    return UNKNOWN


def call(inference: Inference, node: nodes.CallExpr, env: Env, hint: Type | None) -> Type:
    """`f(x)` or `x.f(y)`."""
    match node.of:
        case nodes.Name():
            return _named(inference, node, node.of, env)
        case nodes.Member(of=nodes.Name() as of) if is_alias(inference, of, env):
            return _misplaced_action(inference, node, env)
        case nodes.Member():
            return _method(inference, node, node.of, env)
    if not isinstance(inference.infer(node.of, env), Unknown):
        inference.desk.report(name_codes.UNKNOWN_FUNCTION, node.of.span, name=inference.written(node.of))
    return _unknown(inference, node, env)


def _misplaced_action(inference: Inference, node: nodes.CallExpr, env: Env) -> Type:
    found = actions.action_of(inference, node)
    if found is not None:
        name = inference.written(node.of)
        notes = ("give its result a name in a step before: `x = ...`",) if env.place == "a value" else ()
        inference.desk.report(step_codes.ACTION_MISPLACED, node.span, notes=notes, action=name, place=env.place)
    return UNKNOWN


def _unknown(inference: Inference, node: nodes.CallExpr, env: Env) -> Type:
    """Look at the arguments of a call that has no known type, for what they use."""
    for arg in node.args:
        if not isinstance(arg.value, nodes.LambdaExpr):
            inference.infer(arg.value, env)
    return UNKNOWN


def _named(inference: Inference, node: nodes.CallExpr, of: nodes.Name, env: Env) -> Type:
    name, file = of.text, inference.file
    inference.used.add(name)
    if name in file.functions:
        return _own(inference, node, name, env)
    if name in table() and table()[name].style == "function" and name != "today":
        return forms.builtin_call(inference, node, table()[name], env)
    if name in file.later or file.leaky:
        inference.tables.unresolved = True
    else:
        _report_unknown(inference, of, env)
    return _unknown(inference, node, env)


def _report_unknown(inference: Inference, of: nodes.Name, env: Env) -> None:
    what = dict.fromkeys((*env.names, *inference.file.values()), "a value").get(of.text)
    if what or of.text in inference.file.uses:
        inference.desk.report(
            name_codes.UNKNOWN_FUNCTION, of.span, notes=(f"`{of.text}` is {what or 'a plugin'}",), name=of.text
        )
        return
    owner = next(
        (alias for alias, each in inference.file.uses.items() if each.spec and of.text in each.spec.actions), None
    )
    if owner is not None:
        notes = (f"did you mean `{owner}.{of.text}`?",)
        inference.desk.report(name_codes.UNKNOWN_FUNCTION, of.span, notes=notes, name=of.text)
        return
    if of.text in _ELSEWHERE:
        inference.desk.report(name_codes.UNKNOWN_FUNCTION, of.span, notes=(_ELSEWHERE[of.text],), name=of.text)
        return
    inference.desk.misspelt(name_codes.UNKNOWN_FUNCTION, of.span, of.text, _functions(inference))


def _functions(inference: Inference) -> list[str]:
    return [*inference.file.functions, *(name for name, each in table().items() if each.style == "function")]


def _method(inference: Inference, node: nodes.CallExpr, of: nodes.Member, env: Env) -> Type:
    name, file = of.name.text, inference.file
    if name in file.functions:
        inference.used.add(name)
        return _own(inference, node, name, env, of)
    if name in table() and table()[name].style == "function":
        return forms.builtin_call(inference, node, table()[name], env, of)
    receiver = inference.infer(of.of, env)
    if name in file.later or file.leaky:
        inference.tables.unresolved = True
    elif not (isinstance(receiver, Unknown) and isinstance(of.of, nodes.Name)):  # what it is, was reported
        inference.desk.misspelt(name_codes.UNKNOWN_FUNCTION, of.name.span, name, _functions(inference))
    return _unknown(inference, node, env)


def _own(inference: Inference, node: nodes.CallExpr, name: str, env: Env, method: nodes.Member | None = None) -> Type:
    """A `function` of the file: arguments by position or by name."""
    signature = inference.file.signature(name)
    inference.tables.functions.add(name)
    values = [*([method.of] if method else []), *(arg.value for arg in node.args)]
    order = _order(inference, node, name, [param for param, _ in signature.params], after_dot=bool(method))
    if order is None:
        for value in values:
            inference.infer(value, env)
        return signature.returns
    safe, missing = bool(method and method.safe), False
    for (param, needed), at in zip(signature.params, order, strict=True):
        actual = inference.infer(values[at], env, needed)
        if safe and at == 0 and isinstance(actual, Optional):
            actual, missing = actual.inner, True
        inference.meet(values[at], actual, needed, f"`{param}`")
    inference.tables.refs[node.id] = OwnRef(inference.file.run_name(name), tuple(order), bool(method), safe)
    return inference.fit.maybe(signature.returns) if missing else signature.returns


def _order(
    inference: Inference, node: nodes.CallExpr, callee: str, params: list[str], *, after_dot: bool
) -> list[int] | None:
    """For each parameter the place of its value; None, reported, when they do not match."""
    count = len(node.args) + after_dot
    if count != len(params):
        expected = forms.arguments(len(params))
        inference.desk.report(codes.ARGUMENT_COUNT, node.span, callee=callee, expected=expected, actual=count)
        return None
    if len(set(params)) < len(params):
        return None  # reported where the function is declared
    given = {params[0]: 0} if after_dot else {}
    for at, arg in enumerate(node.args, start=int(after_dot)):
        name = arg.name.text if arg.name else params[at]
        if name not in params:
            inference.desk.misspelt(name_codes.UNKNOWN_ARGUMENT, arg.span, name, params, callee=callee)
            return None
        if name in given:
            inference.desk.report(codes.ARGUMENT_TWICE, arg.span, name=name)
            return None
        given[name] = at
    return [given[name] for name in params]
