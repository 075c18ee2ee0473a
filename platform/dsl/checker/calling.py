"""Steps that call: an action with its modifiers, or a function whose value gets a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import nodes
from treadle.dsl import step_codes as codes
from treadle.dsl.checker import actions, bounds
from treadle.dsl.checker.constants import constant_texts
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.reading import is_alias
from treadle.dsl.checker.tables import ActionRef
from treadle.dsl.typesystem import UNKNOWN, Type

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference
    from treadle.dsl.checker.steps import StepCheck

LONGEST_TIMEOUT = 900.0  # seconds that one call may take
LONGEST_RETRY = 7 * 86400.0  # seconds that all tries of one call may take
MOST_TRIES = 100


def call(check: StepCheck, step: nodes.CallStep, env: Env) -> Env:
    """`[name =] plugin.action(...)`, `name = f(x)`."""
    of = step.call.of
    if isinstance(of, nodes.Member) and isinstance(of.of, nodes.Name) and _is_action(check.inference, of.of, env):
        return _action(check, step, env)
    value = check.inference.infer(step.call, env)
    written = check.inference.written(of)
    modifier = step.timeout or step.retry
    if modifier is not None:
        check.desk.report(codes.MODIFIER_MISPLACED, modifier.span, callee=written)
    if step.name is None:
        if step.call.id in check.inference.tables.refs:
            notes = (f"give it a name: `x = {written}(...)`",)
            check.desk.report(codes.RESULT_UNUSED, step.call.span, notes=notes, callee=written)
        return env
    return check.give(step.name, value, env)


def _is_action(inference: Inference, name: nodes.Name, env: Env) -> bool:
    """Whether `name.member(...)` calls a plugin; also when it is not in use, but there is such a plugin."""
    if name.text in env.names or name.text in inference.file.lets:
        return False
    plugins = inference.file.workspace.catalogue.plugins
    return is_alias(inference, name, env) or name.text in plugins


def _action(check: StepCheck, step: nodes.CallStep, env: Env) -> Env:
    found = actions.action_of(check.inference, step.call)
    _modifiers(check.inference, step, env)
    result: Type = UNKNOWN
    if found is None:
        for arg in step.call.args:
            check.inference.infer(arg.value, env)
    else:
        result = _call_action(check, step, found, env)
    return check.give(step.name, result, env) if step.name is not None else env


def _call_action(check: StepCheck, step: nodes.CallStep, found: ActionRef, env: Env) -> Type:
    inference = check.inference
    callee = inference.written(step.call.of)
    inference.tables.refs[step.call.id] = found
    connection = (found.plugin, found.connection)
    actions.check_arguments(inference, step.call.args, found.spec.params, env, callee, step.call.of.span, connection)
    if found.spec.returns is None and step.name is not None:
        check.desk.report(codes.NO_RESULT, step.name.span, action=callee)
    if found.spec.returns is None:
        return UNKNOWN
    holders = constant_texts(step.call.args, inference.file)
    shapes = inference.file.workspace.shapes
    return shapes.result(found.spec.returns, found.plugin, found.connection, found.spec.name, holders)


def _modifiers(inference: Inference, step: nodes.CallStep, env: Env) -> None:
    if step.timeout is not None:
        bounds.constant_duration(inference, step.timeout, "`timeout`", LONGEST_TIMEOUT, env=env)
    if step.retry is None:
        return
    if not 1 <= step.retry.times <= MOST_TRIES:
        inference.desk.report(codes.OUT_OF_RANGE, step.retry.span, what="`retry`", low="1", high=f"{MOST_TRIES} times")
    if step.retry.over is not None:
        bounds.constant_duration(inference, step.retry.over, "`over`", LONGEST_RETRY, env=env)
