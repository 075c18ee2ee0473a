"""Calls whose outcomes are scripted: what a test of a rule says that a service, a model or a person answers.

Owns turning a reply into the outcome of a call, so that failures and doubts take the same way as real ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.graph import Agent, Ask, Call
from treadle.dsl.values import Value
from treadle.runtime.call import Absent, Done, Prepared, Troubled
from treadle.runtime.lease import Lease
from treadle.runtime.machine.retries import Policy
from treadle.runtime.ports import Fault


class Returns(msgspec.Struct, frozen=True):
    """It went well; `value` is a value of the language, None for no result."""

    value: Value = None


class Fails(msgspec.Struct, frozen=True):
    """The service said no; the step fails with this code, and is not tried again."""

    code: str
    message: str


class Unclear(msgspec.Struct, frozen=True):
    """It may or may not have happened: the outcome is unknown, whatever the action's effect is."""


Reply = Returns | Fails | Unclear


class Script(Protocol):
    """Whoever knows the replies. Asked once for each time that something leaves."""

    def call(self, node: Call, args: Mapping[str, Value]) -> Reply:
        """What the action answers."""
        ...

    def ask(self, node: Ask, agent: Agent, args: Mapping[str, Value]) -> Reply:
        """What the agent answers; `args` as in `DoAsk`."""
        ...


class Scripted:
    """`call.Calls` by a script."""

    def __init__(self, script: Script, catalogue: Catalogue | None = None) -> None:
        self._script = script
        self._catalogue = catalogue or Catalogue()

    def prepare(self, node: Call, args: Mapping[str, Value]) -> Prepared:
        """Nothing is looked for. Whether a person is reached is what the catalogue says."""
        plugin = self._catalogue.plugins.get(node.plugin)
        action = plugin.actions.get(node.action) if plugin else None
        return _Planned(
            input=values.encode(args),
            policy=_ONCE,
            messages=action is not None and action.messages,
            charged=(node, action.cost) if action is not None and action.cost else None,
            act=(node, args),
        )

    def prepare_ask(self, node: Ask, agent: Agent, args: Mapping[str, Value]) -> Prepared:
        """The same for an agent."""
        return _Planned(input=values.encode(args), policy=_ONCE, act=(node, args), agent=agent)

    async def call(self, call: Prepared, effect_id: UUID, lease: Lease) -> Done | Troubled:
        """What the script replies."""
        assert isinstance(call, _Planned), "prepared here"
        node, args = call.act
        if isinstance(node, Call):
            reply = self._script.call(node, args)
        else:
            assert call.agent is not None, "an ask names its agent"
            reply = self._script.ask(node, call.agent, args)
        match reply:
            case Returns(value):
                return Done(None if value is None else values.encode(value), None, ())
            case Fails(code, message):
                return Troubled("refused", Fault(code, message), None, ())
            case Unclear():
                return Troubled("in_doubt", Fault("unknown", "the outcome is not known"), None, ())

    async def look_up(self, call: Prepared, effect_id: UUID) -> Done | Absent | Troubled:
        """Nothing is looked up: what is unclear stays so."""
        return Absent()


_ONCE = Policy(effect="blind", tries=1)


class _Planned(Prepared, frozen=True, kw_only=True):
    act: tuple[Call | Ask, Mapping[str, Value]]
    agent: Agent | None = None
