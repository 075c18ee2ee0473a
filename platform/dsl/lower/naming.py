"""Step ids: stable, readable, unique in a graph."""

from __future__ import annotations

from treadle.dsl import nodes
from treadle.dsl.checker.tables import ActionRef, Tables
from treadle.dsl.checker.walking import steps_in


def step_ids(steps: tuple[nodes.Step, ...], tables: Tables) -> dict[int, str]:
    """The id of each step by its node id, counted in the order of the text.

    A step is called by its label; without one by its action, the name it gives or its verb, and from the second on with
    a number: `add_tags`, `add_tags_2`, `if`, `wait`.
    """
    flat = list(steps_in(steps))
    taken = {step.label.text for step in flat if step.label}
    counts: dict[str, int] = {}
    ids: dict[int, str] = {}
    for step in flat:
        ids[step.id] = step.label.text if step.label else next_name(_base(step, tables), counts, taken)
    return ids


def next_name(base: str, counts: dict[str, int], taken: set[str]) -> str:
    """The next name of this base that is free; it is taken and counted then."""
    while True:
        counts[base] = counts.get(base, 0) + 1
        found = base if counts[base] == 1 else f"{base}_{counts[base]}"
        if found not in taken:
            taken.add(found)
            return found


def _base(step: nodes.Step, tables: Tables) -> str:
    match step:
        case nodes.CallStep(call=call, name=name):
            ref = tables.refs.get(call.id)
            return ref.spec.name if isinstance(ref, ActionRef) else name.text if name else "call"
        case nodes.AssignStep(name=name):
            return name.text
        case nodes.TextStep(verb=verb):
            return verb
        case _:
            return VERBS[step.__class__]


VERBS: dict[type, str] = {
    nodes.IfStep: "if",
    nodes.MatchStep: "match",
    nodes.ForEachStep: "for_each",
    nodes.TogetherStep: "together",
    nodes.TryStep: "try",
    nodes.WaitStep: "wait",
    nodes.WaitUntilStep: "wait_until",
    nodes.WaitForStep: "wait_for",
    nodes.ApproveStep: "approve",
    nodes.StartStep: "start",
    nodes.RunStep: "run",
    nodes.CancelStep: "cancel",
    nodes.AskStep: "ask",
    nodes.EmitStep: "emit",
    nodes.StopStep: "stop",
    nodes.ReturnStep: "return",
}
