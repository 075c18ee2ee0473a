"""Which events, agents and calendars a declaration names: by its words alone, before or without checking."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl import nodes
from treadle.dsl.checker.walking import steps_in

Mention = tuple[type[nodes.Decl], str]


def mentioned(decl: nodes.Decl) -> Iterator[Mention]:
    """What the declaration names of the workspace, each with the kind of declaration that it is."""
    match decl:
        case nodes.RuleDecl(clauses=clauses, body=body) | nodes.SequenceDecl(clauses=clauses, body=body):
            for clause in clauses:
                yield from _clause(clause)
            yield from _steps(body)
        case nodes.TestDecl(lines=lines):
            for line in lines:
                yield from _line(line)


def _clause(clause: nodes.Clause) -> Iterator[Mention]:
    match clause:
        case nodes.When(heard=heard) | nodes.StopWhen(heard=heard):
            yield from _heard(heard)
        case nodes.OnlyDuring(exception=nodes.Ident(text=name)):
            yield nodes.CalendarDecl, name


def _heard(heard: nodes.Heard) -> Iterator[Mention]:
    if heard.alias is None:
        yield nodes.EventDecl, heard.trigger.text


def _steps(steps: tuple[nodes.Step, ...]) -> Iterator[Mention]:
    for step in steps_in(steps):
        match step:
            case nodes.WaitForStep(heard=heard):
                yield from _heard(heard)
            case nodes.EmitStep(event=event):
                yield nodes.EventDecl, event.text
            case nodes.AskStep(agent=agent):
                yield nodes.AgentDecl, agent.text


def _line(line: nodes.TestLine) -> Iterator[Mention]:
    match line:
        case nodes.TestGiven(heard=nodes.Heard() as heard):
            yield from _heard(heard)
        case nodes.TestMock(agent=nodes.Ident(text=name)):
            yield nodes.AgentDecl, name
        case nodes.TestExpect(event=nodes.Ident(text=name)):
            yield nodes.EventDecl, name
