"""The mocks that make a recorded run happen again. Owns which calls need one, and how far it has to narrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from treadle.dsl import graph as g
from treadle.dsl.typesystem import Record, Type
from treadle.runtime.ports import StoredStep
from treadle.runtime.trials.recorded import Recorded, Told


class Outcome(msgspec.Struct, frozen=True):
    """What a call came to: `returns` (JSON of `type`), `fails`, `unknown`, or `nothing` that a rule goes on with."""

    kind: str
    output: bytes | None = None
    error: str | None = None
    type: Type | None = None
    records: dict[str, Record] = {}

    def same(self, other: Outcome) -> bool:
        """Whether one mock does for both."""
        return (self.kind, self.output, self.error) == (other.kind, other.output, other.error)


class Answered(msgspec.Struct, frozen=True):
    """One call of the history; `node` says what of."""

    node: g.Call | g.Ask
    told: Told
    step: StoredStep
    outcome: Outcome


class Needed(msgspec.Struct, frozen=True):
    """A mock. `narrow` is true when it is for calls with these arguments alone; `late` when it stands for a call that
    went otherwise than one before it.
    """

    call: Answered
    narrow: bool
    late: bool = False


def needed(recorded: Recorded) -> Iterator[Needed]:
    """The mocks, those of one action together."""
    groups: dict[tuple[object, ...], list[Answered]] = {}
    for told in recorded.beside:
        for each in _answered(told):
            groups.setdefault(_target(each.node), []).append(each)
    for group in groups.values():
        yield from _of(group)


def _of(group: list[Answered]) -> Iterator[Needed]:
    if _alike(group):
        yield from (Needed(each, narrow=False) for each in group[:1] if each.outcome.kind != "nothing")
        return
    by_input: dict[bytes | None, list[Answered]] = {}
    for each in group:
        by_input.setdefault(each.step.input, []).append(each)
    for calls in by_input.values():
        last: Outcome | None = None
        for each in sorted(calls, key=lambda call: call.step.id):
            if each.outcome.kind != "nothing" and (last is None or not last.same(each.outcome)):
                yield Needed(each, narrow=not isinstance(each.node, g.Ask), late=last is not None)
                last = each.outcome


def _alike(group: Iterable[Answered]) -> bool:
    outcomes = [each.outcome for each in group]
    return all(each.same(outcomes[0]) for each in outcomes)


def _target(node: g.Call | g.Ask) -> tuple[object, ...]:
    return (node.plugin, node.action, node.connection) if isinstance(node, g.Call) else (node.agent,)


def _answered(told: Told) -> Iterator[Answered]:
    for step in told.steps:
        node = told.graph.nodes.get(step.node)
        if isinstance(node, g.Call | g.Ask) and step.effect is not None:
            outcome = _outcome(told, node, step)
            if outcome is not None:
                yield Answered(node, told, step, outcome)


def _outcome(told: Told, node: g.Call | g.Ask, step: StoredStep) -> Outcome | None:
    match step.state:
        case "done" if node.name is None:
            return Outcome("nothing")
        case "done":
            returns = node.returns if isinstance(node, g.Ask) else told.graph.names.get(node.name or "")
            return Outcome("returns", step.output, None, returns, told.graph.records)
        case "failed" if step.error is not None:
            code, message = step.error.code, step.error.message
            return Outcome("fails", error=code if message == code else f"{code}: {message}")
        case "unknown":
            return Outcome("unknown")
    return None
