"""An agent as text, from what a form gives. Owns the lines and their order; what they mean is checked with the file."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from treadle.dsl.inventory import AgentTool, BudgetPart, Remembers
from treadle.dsl.services.renaming import quoted


class AgentFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a form gives. `model` is the name of a connection in the file; `instructions` is plain text. `returns` is a
    type, `budget` and `memory` hold expressions, all as the language writes them. None and empty: no such line.
    """

    model: str
    models: list[str]
    instructions: str = ""
    tools: list[AgentTool] = []
    returns: str | None = None
    budget: list[BudgetPart] = []
    turns: int | None = None
    memory: Remembers | None = None


def agent_text(name: str, fields: AgentFields) -> str:
    """The declaration of the agent."""
    return "\n".join([f"agent {name}", *(f"  {line}" for line in _lines(fields))]) + "\n"


def _lines(fields: AgentFields) -> Iterator[str]:
    yield f"model {fields.model} {', '.join(quoted(each) for each in fields.models)}"
    if fields.instructions:
        yield f"instructions {_text(fields.instructions)}"
    if fields.tools:
        yield f"tools {', '.join(each.action for each in fields.tools)}"
    if fields.returns:
        yield f"returns {fields.returns}"
    if fields.budget:
        yield f"budget {', '.join(f'{each.amount} per {each.per}' for each in fields.budget)}"
    if fields.turns is not None:
        yield f"turns {fields.turns}"
    if fields.memory is not None:
        yield f"memory per {fields.memory.per} last {fields.memory.last} turns"
    yield from (f"approve {each.action} by {quoted(each.approve)}" for each in fields.tools if each.approve is not None)


def _text(text: str) -> str:
    """On lines of its own where it has several, unless one of them would not stay what it is."""
    lines = text.split("\n")
    if len(lines) == 1 or any(each != each.rstrip() or "\t" in each or "\r" in each for each in lines) or not lines[0]:
        return quoted(text)
    inner = "\n".join(f"    {quoted(each)[1:-1]}" if each else "" for each in lines)
    return f'"""\n{inner}\n    """'
