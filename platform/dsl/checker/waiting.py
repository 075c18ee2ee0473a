"""Steps that wait: for a time, a moment, an event, a person. What they wait for may never come, so it has an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.dsl import flow_codes, nodes
from treadle.dsl.checker import bounds
from treadle.dsl.checker.environment import Env, meet
from treadle.dsl.checker.hearing import heard_type
from treadle.dsl.checker.mending import below, head
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.typesystem import BOOL, DATETIME, TEXT, Type

if TYPE_CHECKING:
    from treadle.dsl.checker.steps import StepCheck


def wait(check: StepCheck, step: nodes.WaitStep, env: Env) -> Env:
    """`wait DURATION`."""
    bounds.passing(check.inference, step.duration, env, "`wait`")
    return env


def wait_until(check: StepCheck, step: nodes.WaitUntilStep, env: Env) -> Env:
    """`wait until MOMENT`."""
    check.inference.expect(step.moment, env, DATETIME, "`wait until`")
    return env


def wait_for(check: StepCheck, step: nodes.WaitForStep, env: Env) -> Env:
    """`wait for EVENT`: the event is there behind it, unless the time ran out and the run went on."""
    event = heard_type(check.inference, step.heard, env)
    if step.test is not None:
        inner = env.give(step.name.text, event, step.name.span) if step.name is not None else env
        check.inference.condition(step.test, inner.at("a condition"))
    last = step.up_to or step.test or step.name or step.heard
    _limited(check, step, "wait for", last)
    return _behind(check, step, event, env)


def approve(check: StepCheck, step: nodes.ApproveStep, env: Env) -> Env:
    """`approve`: true or false, unless the time ran out and the run went on."""
    check.inference.expect(step.question, env, TEXT, "`approve`")
    check.inference.expect(step.by, env, TEXT, "`by`")
    _limited(check, step, "approve", step.up_to or step.by)
    return _behind(check, step, BOOL, env)


def _limited(check: StepCheck, step: nodes.WaitForStep | nodes.ApproveStep, word: str, last: nodes.Node) -> None:
    """Report once what is missing for the wait to end; `last` is the last part of its line."""
    missing = [name for name, part in (("`up to`", step.up_to), ("`on timeout`", step.on_timeout)) if part is None]
    if not missing:
        return
    text = check.inference.file.module.text
    limit = " up to 1 day" if step.up_to is None else ""
    edits = [TextEdit(last.span.end, last.span.end, limit)] if limit else []
    if step.on_timeout is None:
        branch = below(text, step.span, "on timeout", "stop")
        one = branch.start == last.span.end  # two edits of one place would have no order
        edits = [TextEdit(branch.start, branch.end, limit + branch.text)] if one else [*edits, branch]
    fix = Fix(f"add {' and '.join(missing)}", tuple(edits))
    lacks = " and no ".join(missing)
    check.desk.report(flow_codes.WAITS_FOR_EVER, head(text, step.span), fixes=(fix,), step=word, missing=lacks)


def _behind(check: StepCheck, step: nodes.WaitForStep | nodes.ApproveStep, type: Type, env: Env) -> Env:
    """Where what came and the time that ran out meet again. The steps under `on timeout` may give the name instead."""
    if step.up_to is not None:
        bounds.passing(check.inference, step.up_to, env, "`up to`")
    late = check.block(step.on_timeout or (), env)
    if step.on_timeout is None:
        late = late.end()  # reported; the name is not optional as well
    name = step.name
    if name is None:
        return meet([env, late], check.inference.tables.names)
    instead = name.text in late.names and name.text not in env.names
    given = type if late.ended or instead else check.inference.fit.maybe(type)
    came = check.give(name, given, env)
    if not (instead or late.ended) and name.text in came.names:
        late = late.give(name.text, given, name.span)
    return meet([came, late], check.inference.tables.names)
