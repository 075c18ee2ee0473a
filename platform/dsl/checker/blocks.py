"""Steps with a block of their own: `for each`, `together`, `try`. Owns which names stay in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from treadle.dsl import flow_codes, nodes
from treadle.dsl.checker import bounds
from treadle.dsl.checker.environment import Env, meet
from treadle.dsl.checker.mending import below, head
from treadle.dsl.diagnostics import Fix
from treadle.dsl.type_codes import DOES_NOT_FIT, JSON_HAS_NO_TYPE
from treadle.dsl.typesystem import (
    BOOL,
    JSON,
    TEXT,
    UNKNOWN,
    Field,
    ListOf,
    Optional,
    Record,
    Type,
    Unknown,
    plain,
    show,
)

if TYPE_CHECKING:
    from treadle.dsl.checker.steps import StepCheck

MOST_AT_ONCE = 100
ERROR = Record(
    (
        Field("code", TEXT, "The stable code of what went wrong."),
        Field("message", TEXT, "One sentence about it."),
        Field("step", TEXT, "The id of the step."),
        Field("unknown", BOOL, "Whether the effect may or may not have happened."),
    ),
    "Error",
)


def for_each(check: StepCheck, step: nodes.ForEachStep, env: Env) -> Env:
    """`for each`: what its block gives is another value for each item and stays there."""
    item = _item(check, step.items, env)
    if step.at_once is not None:
        bounds.whole(check.inference, step.at_once, "`at once`", 1, MOST_AT_ONCE)
    inner = check.give(step.name, item, env, unused=False)
    behind = check.block(step.body, inner)
    stays = {**behind.given_since(env), step.name.text: step.name.span}
    stays = {name: span for name, span in stays.items() if env.first_given(name) is None}
    return _leaking(env.apart(stays), behind)


def _leaking(env: Env, block: Env) -> Env:
    return env.spill() if block.leaky else env


def _item(check: StepCheck, node: nodes.Expr, env: Env) -> Type:
    given = check.inference.infer(node, env)
    found = plain(given)
    if isinstance(found, ListOf):
        if isinstance(given, Optional):
            check.inference.missing(node)
        return found.item
    if found == JSON:
        notes = (f"write `list({check.inference.written(node)})`",)
        check.desk.report(JSON_HAS_NO_TYPE, node.span, notes=notes, what="`for each`", expected="a list")
    elif not isinstance(found, Unknown):
        check.desk.report(DOES_NOT_FIT, node.span, what="`for each`", expected="a list", actual=show(found))
    return UNKNOWN


def together(check: StepCheck, step: nodes.TogetherStep, env: Env) -> Env:
    """`together`: no branch knows what another gives; behind it all names are there."""
    branches: list[Env] = []
    beside = check.rivals
    for child in step.body:
        branch = check.block((child,), env.apart(check.rivals))
        check.rivals = {**branch.given_since(env), **check.rivals}
        branches.append(branch)
    check.rivals = beside
    return _all_of(env, branches)


def _all_of(env: Env, branches: list[Env]) -> Env:
    """Behind branches that have all been gone through."""
    return msgspec.structs.replace(
        env,
        names={**env.names, **{name: given for branch in branches for name, given in branch.names.items()}},
        maybe={**env.maybe, **{name: span for branch in branches for name, span in branch.maybe.items()}},
        known=env.known.union(*(branch.known for branch in branches)),
        leaky=env.leaky or any(branch.leaky for branch in branches),
        ended=env.ended or any(branch.ended for branch in branches),
    )


def try_step(check: StepCheck, step: nodes.TryStep, env: Env) -> Env:
    """`try`: its names are not known under `on error`, and behind it only when both give them or the error ends."""
    behind = check.block(step.body, env)
    if step.handler is None:
        text = check.inference.file.module.text
        fix = Fix("add `on error`", (below(text, step.span, "on error", 'log "it failed"'),))
        check.desk.report(flow_codes.TRY_WITHOUT_HANDLER, head(text, step.span), fixes=(fix,))
        return behind
    inner = _leaking(env.apart(behind.given_since(env)), behind)
    if step.error is None:
        return meet([behind, check.block(step.handler, inner)], check.inference.tables.names)
    handled = check.block(step.handler, check.give(step.error, ERROR, inner, unused=False))
    if step.error.text not in env.names:
        handled = handled.without(step.error.text)
    return meet([behind, handled], check.inference.tables.names).apart({step.error.text: step.error.span})
