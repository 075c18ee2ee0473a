"""Steps that choose: `if` and `match`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import flow_codes, nodes
from treadle.dsl.checker.constants import constant_of
from treadle.dsl.checker.environment import Env, meet
from treadle.dsl.checker.walking import prefixes, shown
from treadle.dsl.type_codes import CANNOT_COMPARE
from treadle.dsl.typesystem import JSON, Optional, Type, Unknown, plain, show

if TYPE_CHECKING:
    from treadle.dsl.checker.steps import StepCheck


def if_step(check: StepCheck, step: nodes.IfStep, env: Env) -> Env:
    """`if / else if / else`: each test is known to hold in its branch and not to hold behind it."""
    behind: list[Env] = []
    for arm in step.arms:
        check.inference.condition(arm.test, env)
        behind.append(check.block(arm.body, check.inference.knowing(env, arm.test, holds=True)))
        env = check.inference.knowing(env, arm.test, holds=False)
    behind.append(check.block(step.otherwise, env) if step.otherwise is not None else env)
    return meet(behind, check.inference.tables.names)


def match_step(check: StepCheck, step: nodes.MatchStep, env: Env) -> Env:
    """`match`: the values of a case can equal the subject, which is set where they all are."""
    subject = check.inference.infer(step.subject, env)
    seen: set[tuple[str, object]] = set()
    behind: list[Env] = []
    for case in step.cases:
        types = [_value(check, each, subject, env, seen) for each in case.values]
        inner = env.knowing(prefixes(step.subject)) if all(_is_set(each) for each in types) else env
        behind.append(check.block(case.body, inner))
    behind.append(check.block(step.otherwise, env) if step.otherwise is not None else env)
    return meet(behind, check.inference.tables.names)


def _value(check: StepCheck, node: nodes.Expr, subject: Type, env: Env, seen: set[tuple[str, object]]) -> Type:
    inference = check.inference
    found = inference.infer(node, env)
    if not inference.fit.comparable(subject, found):
        check.desk.report(CANNOT_COMPARE, node.span, left=show(plain(subject)), right=show(plain(found)))
        return found
    constant = constant_of(node, inference.file)
    if constant is not None:
        key = ("number" if constant.kind == "int" else constant.kind, constant.value)
        if key in seen:
            check.desk.report(flow_codes.CASE_TWICE, node.span, value=shown(node, inference.file.module.text))
        seen.add(key)
    return found


def _is_set(type: Type) -> bool:
    return not isinstance(type, Optional | Unknown) and type != JSON
