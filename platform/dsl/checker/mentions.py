"""Which events, agents and calendars a declaration names: by its words alone, before or without checking."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl import nodes

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
    for step in steps:
        match step:
            case nodes.WaitForStep(heard=heard):
                yield from _heard(heard)
            case nodes.EmitStep(event=event):
                yield nodes.EventDecl, event.text
            case nodes.AskStep(agent=agent):
                yield nodes.AgentDecl, agent.text
        for block in blocks(step):
            yield from _steps(block)


def blocks(step: nodes.Step) -> Iterator[tuple[nodes.Step, ...]]:
    """The steps that stand in a step, block by block in the order of the text."""
    match step:
        case nodes.IfStep(arms=arms, otherwise=last):
            yield from (arm.body for arm in arms)
            yield last or ()
        case nodes.MatchStep(cases=cases, otherwise=last):
            yield from (case.body for case in cases)
            yield last or ()
        case nodes.ForEachStep(body=body) | nodes.TogetherStep(body=body) | nodes.BrokenStep(body=body):
            yield body
        case nodes.TryStep(body=body, handler=handler):
            yield from (body, handler or ())
        case nodes.WaitForStep(on_timeout=block) | nodes.ApproveStep(on_timeout=block):
            yield block or ()


def _line(line: nodes.TestLine) -> Iterator[Mention]:
    match line:
        case nodes.TestGiven(heard=nodes.Heard() as heard):
            yield from _heard(heard)
        case nodes.TestMock(agent=nodes.Ident(text=name)):
            yield nodes.AgentDecl, name
        case nodes.TestExpect(event=nodes.Ident(text=name)):
            yield nodes.EventDecl, name
