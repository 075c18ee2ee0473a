"""What was answered then: the outcomes of calls, of asks and of questions to people, by what was asked.

Owns what counts as the same call: the same action of the same plugin with the same arguments, asked by a run that goes
back to the same event. A call that is made more often than then gets the last answer again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from treadle.dsl import values
from treadle.dsl.graph import Ask, Graph
from treadle.runtime.ports import ApprovalRow, Fault, StoredStep
from treadle.runtime.trials.conversations import as_asked

_canonical = msgspec.json.Encoder(decimal_format="number", order="deterministic")


class Outcome(msgspec.Struct, frozen=True):
    """What came of a call; `output` is its result's JSON, `cost` what it cost in US dollars where that was told."""

    state: Literal["done", "failed", "unknown"]
    output: bytes | None = None
    error: Fault | None = None
    cost: Decimal | None = None


class Answers:
    """What the runs that go back to one event, or to one firing of a schedule, were answered."""

    def __init__(self) -> None:
        self.fired: set[str] = set()
        """The rules that fired then."""
        self._calls: dict[tuple[str, bytes], list[Outcome]] = {}
        self._questions: dict[str, bool | None] = {}

    def add(self, graph: Graph | None, steps: Sequence[StoredStep]) -> None:
        """The steps of one run of then. Without its graph what agents answered is not known."""
        asks = graph is not None and any(isinstance(each, Ask) for each in graph.nodes.values())
        for step in steps:
            if step.effect is not None and not step.what.startswith("ask "):
                self._add((step.what, same(step.input)), step, None)
        if graph is not None and asks:
            costs = _costs(steps)
            for step in as_asked(graph, steps):
                if step.what.startswith("ask "):
                    self._add((step.what, _said(step.input)), step, costs.pop(step.node, None))

    def ask_people(self, rows: Iterable[ApprovalRow]) -> None:
        """What people were asked, and what they said."""
        for row in rows:
            self._questions[row.question] = {"approved": True, "refused": False}.get(row.state)

    def called(self, what: str, args: bytes, times: int) -> Outcome | None:
        """What the call of this action, or ask of this agent, was answered that is made for the `times`th time."""
        found = self._calls.get((what, args))
        return found[min(times, len(found)) - 1] if found else None

    def decided(self, question: str) -> tuple[bool, bool | None]:
        """Whether it was asked then, and what people said; None when nobody did."""
        return question in self._questions, self._questions.get(question)

    def _add(self, key: tuple[str, bytes], step: StoredStep, cost: Decimal | None) -> None:
        match step.state:
            case "done" | "skipped":
                outcome = Outcome("done", step.output, None, cost)
            case "failed":
                outcome = Outcome("failed", None, step.error or Fault("failed", "it failed"), cost)
            case "unknown":
                outcome = Outcome("unknown", None, step.error, cost)
            case _:
                return
        self._calls.setdefault(key, []).append(outcome)


def same(args: bytes | None) -> bytes:
    """Arguments as JSON in one form, whatever order they were written in."""
    return b"" if args is None else _canonical.encode(values.decode(args))


def asked(text: Any) -> bytes:
    """What an agent is asked, in the form in which `Answers.called` takes it."""
    return str(text).encode()


def _said(shown: bytes | None) -> bytes:
    """The rule's own words in what a turn of a model was shown: the last that were no model's."""
    given = values.decode(shown) if shown else None
    if not isinstance(given, dict):
        return b""
    messages = given.get("messages")
    if not isinstance(messages, list):
        return asked(given.get("text", ""))
    texts = [each.get("text") for each in messages if isinstance(each, dict) and each.get("role") == "user"]
    return asked(texts[-1]) if texts else b""


def _costs(steps: Iterable[StoredStep]) -> dict[str, Decimal]:
    """What each ask cost, all of its turns, by node."""
    found: dict[str, Decimal] = {}
    for step in steps:
        output = values.decode(step.output) if step.what.startswith("ask ") and step.output else None
        cost = output.get("cost") if isinstance(output, dict) else None
        if isinstance(cost, int | Decimal):
            found[step.node] = found.get(step.node, Decimal(0)) + cost
    return found
