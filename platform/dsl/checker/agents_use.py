"""Steps that ask agents and send events: the agent's answer, what its keys need here, the fields of an event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from treadle.dsl import flow_codes, nodes
from treadle.dsl.checker import bounds
from treadle.dsl.checker.annotations import resolve
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.hearing import event_record
from treadle.dsl.checker.scopes import FileScope, Workspace
from treadle.dsl.checker.tables import AskRef, EventRef, Tables
from treadle.dsl.checker.walking import shown, steps_in
from treadle.dsl.spans import Span
from treadle.dsl.type_codes import MISSING_ARGUMENT
from treadle.dsl.typesystem import TEXT, UNKNOWN, Optional, Type

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference
    from treadle.dsl.checker.steps import StepCheck

LONGEST_TURNS = 900.0  # seconds that one ask may take


def ask(check: StepCheck, step: nodes.AskStep, env: Env) -> Env:
    """`ask`: the type of the answer is the step's own, the agent's, or text."""
    inference = check.inference
    inference.expect(step.text, env, TEXT, "`ask`")
    if step.timeout is not None:
        bounds.constant_duration(inference, step.timeout, "`timeout`", LONGEST_TURNS, env=env)
    own = resolve(step.returns, inference.file, inference.desk, inference.used) if step.returns is not None else None
    found = _agent(inference, step.agent)
    answer: Type = own or UNKNOWN
    if found is not None:
        file, decl = found
        returns = returns_of(file, decl) if own is None else None if own == TEXT else own
        answer = returns or TEXT
        inference.tables.refs[step.id] = AskRef(decl.name.text, returns, _keys(inference, step, file, decl, env))
    return check.give(step.name, answer, env) if step.name is not None else env


def _agent(inference: Inference, name: nodes.Ident) -> tuple[FileScope, nodes.AgentDecl] | None:
    workspace = inference.file.workspace
    if name.text in workspace.agents:
        return workspace.agents[name.text]
    if name.text in workspace.later or workspace.leaky:
        inference.tables.unresolved = True
    else:
        inference.desk.misspelt(flow_codes.UNKNOWN_AGENT, name.span, name.text, list(workspace.agents))
    return None


def returns_of(file: FileScope, decl: nodes.AgentDecl) -> Type | None:
    """The declared type of an agent's answer; None for text."""
    line = next((each for each in decl.lines if isinstance(each, nodes.AgentReturns)), None)
    found = resolve(line.type, file, Desk(file.module.file), set()) if line is not None else None
    return None if found == TEXT else found


def asked_in(
    file: FileScope, span: Span, body: tuple[nodes.Step, ...]
) -> Iterator[tuple[nodes.AskStep, nodes.TypeNode]]:
    """The steps of a declaration that say themselves which type the answer has, with that type."""
    if file.module.text.find("returns", span.start, span.end) < 0:  # as in most
        return
    for step in steps_in(body):
        if isinstance(step, nodes.AskStep) and step.returns is not None:
            yield step, step.returns


def asked_types(workspace: Workspace, agent: str) -> Iterator[Type]:
    """The types that steps of the workspace ask this agent for instead of its own."""
    bodies = [(file, decl.span, decl.body) for file, decl in workspace.rules.values()]
    bodies += [(file, decl.span, decl.body) for file, decl in workspace.sequences.values()]
    for file, span, body in bodies:
        for step, asked in asked_in(file, span, body):
            if step.agent.text == agent:
                yield resolve(asked, file, Desk(file.module.file), set()) or UNKNOWN


def _keys(inference: Inference, step: nodes.AskStep, file: FileScope, decl: nodes.AgentDecl, env: Env) -> Tables:
    """Check the agent's own keys with the names that are here; what is found out stands in tables of their own."""
    from treadle.dsl.checker.inference import Inference

    tables, near = Tables(), file is inference.file
    for line, key in agent_keys(decl):
        silent = Desk(file.module.file)
        reading = Inference(inference.file, silent, tables, inference.let_type)
        reading.used = inference.used
        bounds.key(reading, key, env, "The key")
        wrong = next((each for each in silent.found.values() if each.severity == "error"), None)
        if wrong is not None:
            notes = (wrong.message, *wrong.notes) if near else ()  # what they quote stands in the other file
            written = shown(key, file.module.text).strip("`")
            inference.desk.report(
                flow_codes.AGENT_KEY, step.agent.span, notes=notes, agent=decl.name.text, line=line, key=written
            )
    inference.tables.lets |= tables.lets
    inference.tables.functions |= tables.functions
    inference.tables.unresolved |= tables.unresolved
    return tables


def agent_keys(decl: nodes.AgentDecl) -> list[tuple[str, nodes.Expr]]:
    """The keys that are read at each `ask`, with the word of their line."""
    keys: list[tuple[str, nodes.Expr]] = []
    for line in decl.lines:
        if isinstance(line, nodes.AgentMemory):
            keys.append(("memory", line.key))
        elif isinstance(line, nodes.AgentBudget):
            keys += [("budget", part.key) for part in line.parts if part.key is not None]
    return keys


def emit(check: StepCheck, step: nodes.EmitStep, env: Env) -> Env:
    """`emit`: the fields are those of the event's declaration."""
    inference = check.inference
    record = event_record(inference, step.event)
    if record is None:
        if step.data is not None:
            inference.infer(step.data, env)
        return env
    inference.tables.refs[step.id] = EventRef(step.event.text)
    if step.data is not None:
        inference.expect(step.data, env, record, f"`{step.event.text}`")
        return env
    for field in record.fields:
        if not isinstance(field.type, Optional):
            inference.desk.report(MISSING_ARGUMENT, step.event.span, callee=step.event.text, name=field.name)
    return env
