"""What a test says that services, models and people answer. Owns choosing the mock that a call meets.

Of those that fit, the one that names the most arguments answers; among equals, the one written last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from treadle.dsl.catalogue import Catalogue
from treadle.dsl.graph import Agent, Ask, Call
from treadle.dsl.operations.comparison import equal
from treadle.dsl.operations.scope import Scope
from treadle.dsl.typesystem import TEXT, show
from treadle.dsl.values import Value
from treadle.runtime.journal import Effect
from treadle.runtime.ports import ApprovalRow
from treadle.runtime.scripted import Fails, Reply, Returns, Unclear
from treadle.runtime.virtual import Decides

_What = tuple[str, str | None]  # as `mock` names it, and the connection


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A `mock` with its values computed; `since` counts the effects that there were when it was written.

    `types` are those, as shown, that the answer of an agent can have; any when there is none.
    """

    target: str
    outcome: Literal["returns", "fails", "unknown"]
    args: Mapping[str, Value]
    connection: str | None = None
    value: Value = None
    code: str | None = None
    message: str | None = None
    since: int = 0
    types: tuple[str, ...] = ()


class Unmocked(msgspec.Struct, frozen=True):
    """A call whose result the rule goes on with, and that no mock answers."""

    node: Call | Ask
    args: Mapping[str, Value]


class Mocks(Decides):
    """`scripted.Script` and `virtual.Decides` by the mocks so far."""

    def __init__(self, catalogue: Catalogue, done: Callable[[], int]) -> None:
        self.unmocked: Unmocked | None = None
        self.codes: set[str] = set()
        self._catalogue = catalogue
        self._done = done
        self._answers: list[Answer] = []

    def add(self, answer: Answer) -> None:
        """From here on."""
        self._answers.append(answer)
        if answer.code is not None:
            self.codes.add(answer.code)

    def call(self, node: Call, args: Mapping[str, Value]) -> Reply:
        """What the action answers."""
        return self._reply((f"{node.plugin}.{node.action}", node.connection), node, args)

    def ask(self, node: Ask, agent: Agent, args: Mapping[str, Value]) -> Reply:
        """What the agent answers."""
        return self._reply((f"ask {agent.name}", None), node, {}, show(node.returns or TEXT))

    def approve(self, row: ApprovalRow) -> bool | None:
        """What the people say; None while no mock does."""
        found = self._find(("approve", None), {"question": row.question}, self._done())
        return None if found is None else found.value is True

    def answered(self, effect: Effect, index: int) -> bool:
        """Whether a mock answered the effect, which was the journal's at `index`."""
        target = {"ask": f"ask {effect.target}", "approve": "approve"}.get(effect.kind, effect.target or "")
        found = self._find((target, effect.connection), effect.args, index)
        return found is not None and effect.kind in ("action", "ask", "approve")

    def reads(self, effect: Effect) -> bool:
        """Whether it changes nothing outside: an action that only reads, a question to a model or a person."""
        plugin, _, action = (effect.target or "").partition(".")
        spec = self._catalogue.plugins.get(plugin)
        found = spec.actions.get(action) if spec else None
        return effect.kind in ("ask", "approve") or (found is not None and found.reads)

    def _reply(self, what: _What, node: Call | Ask, args: Mapping[str, Value], type: str | None = None) -> Reply:
        found = self._find(what, args, self._done(), type)
        if found is None:
            return self._without(what, node, args)
        match found.outcome:
            case "returns":
                return Returns(found.value)
            case "fails":
                return Fails(found.code or "failed", found.message or found.code or "failed")
            case "unknown":
                return Unclear()

    def _without(self, what: _What, node: Call | Ask, args: Mapping[str, Value]) -> Reply:
        if node.name is None:
            return Returns()
        self.unmocked = self.unmocked or Unmocked(node, args)
        return Fails("unmocked", f"no mock answers {what[0]}")

    def _find(self, what: _What, args: Mapping[str, Value], at: int, type: str | None = None) -> Answer | None:
        fitting = [
            each
            for each in self._answers
            if (each.target, each.connection) == what and each.since <= at and _fits(each.args, args)
            if type is None or not each.types or type in each.types
        ]
        return max(reversed(fitting), key=lambda each: len(each.args), default=None)


def _fits(wanted: Mapping[str, Value], args: Mapping[str, Value]) -> bool:
    scope = Scope({})
    return all(equal(scope, args.get(name), value) for name, value in wanted.items())
