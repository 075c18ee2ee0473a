"""Mocks and expectations of `test` blocks: calls of actions, answers of agents, approvals, starts and events."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from treadle.dsl import flow_codes, nodes, trial_codes
from treadle.dsl.catalogue import Param
from treadle.dsl.checker.actions import action_at, check_arguments
from treadle.dsl.checker.agents_use import asked_types, returns_of
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.examples import example_of
from treadle.dsl.checker.hearing import event_record
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.partials import check_partial
from treadle.dsl.checker.sequences import sequence_named, sequence_params
from treadle.dsl.checker.tables import ActionRef, AnswerRef, Tables
from treadle.dsl.typesystem import BOOL, TEXT, Field, ListOf, MapOf, Optional, Record, Type, Unknown, show

EMPTY_AT_NEED = (Optional, Unknown, ListOf, MapOf)  # missing, or empty, when a mock leaves it out


def check_mock(inference: Inference, line: nodes.TestMock, env: Env) -> None:
    """Check a mock: what it answers for exists, and can have that outcome."""
    if line.tool is not None:
        found = _action(inference, line.tool, line.args, env)
        if line.value is not None:
            _result(inference, line.tool, line.value, found, env)
    elif line.agent is not None:
        _answer(inference, line, line.agent, env)
    elif line.outcome != "returns":
        inference.desk.report(trial_codes.APPROVAL_ANSWERS, line.span)
    elif line.value is not None:
        inference.expect(line.value, env, BOOL, "`approve`")


def _action(inference: Inference, tool: nodes.ToolRef, args: tuple[nodes.Argument, ...], env: Env) -> ActionRef | None:
    """The action of a line, with those of its arguments that the line names checked."""
    found = action_at(inference, tool.alias, tool.action)
    if found is None:
        for arg in args:
            inference.infer(arg.value, env)
        return None
    inference.tables.refs[tool.id] = found
    callee = f"{tool.alias.text}.{tool.action.text}"
    connection = (found.plugin, found.connection)
    check_arguments(inference, args, _some(found.spec.params, args), env, callee, tool.span, connection)
    return found


def _some(params: Iterable[Param], args: tuple[nodes.Argument, ...] = ()) -> list[Param]:
    """The parameters, all of which may be left out, also those that would say what holds the value of another."""
    named = {arg.name.text for arg in args if arg.name}
    return [
        msgspec.structs.replace(param, required=False, within=param.within if param.within in named else None)
        for param in params
    ]


def _result(inference: Inference, tool: nodes.ToolRef, value: nodes.Expr, found: ActionRef | None, env: Env) -> None:
    if found is None:
        inference.infer(value, env)
        return
    name = f"{tool.alias.text}.{tool.action.text}"
    if found.spec.returns is None:
        inference.desk.report(trial_codes.RETURNS_NOTHING, value.span, action=name)
        return
    catalogue = inference.file.workspace.catalogue

    def left_out(node: nodes.BraceExpr, fields: list[Field], record: Record) -> None:
        known = example_of(catalogue, record)
        names = [each.name for each in fields if each.name not in known and not isinstance(each.type, EMPTY_AT_NEED)]
        if names:
            listed = ", ".join(f"`{each}`" for each in names)
            inference.desk.report(trial_codes.RESULT_INCOMPLETE, node.span, names=listed, type=show(record))

    check_partial(inference, value, env, found.spec.returns, f"The result of `{name}`", left_out)


def _answer(inference: Inference, line: nodes.TestMock, agent: nodes.Ident, env: Env) -> None:
    workspace, value = inference.file.workspace, line.value
    if agent.text in workspace.agents:
        if value is not None:
            _agents_answer(inference, line, agent.text, value, env)
        return
    if agent.text in workspace.later or workspace.leaky:
        inference.tables.unresolved = True
    else:
        inference.desk.misspelt(flow_codes.UNKNOWN_AGENT, agent.span, agent.text, list(workspace.agents))
    if value is not None:
        inference.infer(value, env)


def _agents_answer(inference: Inference, line: nodes.TestMock, agent: str, value: nodes.Expr, env: Env) -> None:
    """The answer is of the agent's type, or of one that a step asks for."""
    workspace = inference.file.workspace
    own = returns_of(*workspace.agents[agent]) or TEXT
    fitting = [each for each in (own, *asked_types(workspace, agent)) if _fits(inference, value, env, each)]
    inference.expect(value, env, next(iter(fitting), own), f"The answer of `{agent}`")
    inference.tables.refs[line.id] = AnswerRef(tuple(show(each) for each in fitting))


def _fits(inference: Inference, value: nodes.Expr, env: Env, needed: Type) -> bool:
    silent = Desk(inference.file.module.file)
    trying = Inference(inference.file, silent, Tables(), inference.let_type)
    trying.expect(value, env, needed, "it")
    return not any(each.severity == "error" for each in silent.found.values())


def check_expect(inference: Inference, line: nodes.TestExpect, env: Env) -> None:
    """Check an expectation: what it names exists and could be so."""
    match line.what:
        case "action" if line.tool is not None:
            _action(inference, line.tool, line.args, env)
        case "start" if line.sequence is not None:
            _start(inference, line, line.sequence, env)
        case "emit" if line.event is not None:
            record = event_record(inference, line.event)
            if line.data is not None and record is not None:
                check_partial(inference, line.data, env, record, f"`{line.event.text}`")
            elif line.data is not None:
                inference.infer(line.data, env)
        case "log" | "fail" if line.text is not None:
            inference.expect(line.text, env, TEXT, f"`{line.what}`")


def _start(inference: Inference, line: nodes.TestExpect, sequence: nodes.Constant, env: Env) -> None:
    found = sequence_named(inference, sequence)
    if found is not None:
        callee = f'start "{sequence.value}"'
        check_arguments(inference, line.args, _some(sequence_params(*found)), env, callee, sequence.span)
        return
    for arg in line.args:
        inference.infer(arg.value, env)
