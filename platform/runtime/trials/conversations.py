"""An ask of the history as the one call that it is in a test, without its turns, its tools and what people said.

Owns telling where a conversation ends. Those of one step that went on at once, in a loop, are told one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from treadle.dsl import graph as g
from treadle.dsl import values
from treadle.runtime.machine.turns import answer_of
from treadle.runtime.ports import ApprovalRow, StoredStep


def as_asked(graph: g.Graph, steps: Iterable[StoredStep]) -> tuple[StoredStep, ...]:
    """The steps, each conversation as one."""
    found: list[StoredStep | list[StoredStep]] = []
    open_: dict[str, list[StoredStep]] = {}
    for step in steps:
        if not isinstance(graph.nodes.get(step.node), g.Ask) or (_turn(step) is None and step.node not in open_):
            found.append(step)
        elif _turn(step) == 1 or step.node not in open_:
            open_[step.node] = [step]
            found.append(open_[step.node])
        else:
            open_[step.node].append(step)
    return tuple(_one(graph, each) if isinstance(each, list) else each for each in found)


def of_rules(graph: g.Graph, questions: Iterable[ApprovalRow]) -> Iterator[ApprovalRow]:
    """The questions that a rule asked, and no agent."""
    agents = tuple(f"The agent {name} wants to call " for name in graph.agents)
    return (each for each in questions if not each.question.startswith(agents))


def _turn(step: StoredStep) -> int | None:
    """Which turn of a conversation the step is; None when it is none."""
    try:
        given = values.decode(step.input) if step.input else None
    except msgspec.DecodeError:
        return None
    return given.get("turn") if isinstance(given, dict) and "messages" in given else None


def _one(graph: g.Graph, steps: list[StoredStep]) -> StoredStep:
    node = graph.nodes[steps[0].node]
    assert isinstance(node, g.Ask), "only an ask has a conversation"
    asked = f"ask {node.agent}"
    if steps[-1].state == "unknown":
        last = steps[-1]
    else:
        last = next(each for each in reversed(steps) if each.what == asked)
    output = last.output
    if _turn(last) is not None and last.state == "done" and output is not None:
        value, _ = answer_of(str(values.decode(output).get("text", "")), node.returns, graph.records)
        output = values.encode(value)
    first = steps[0]
    return replace(last, id=first.id, seq=first.seq, what=asked, input=first.input, output=output, effect="idempotent")
