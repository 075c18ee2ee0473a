"""Calls that are answered as they were then, and never sent. Owns what stands in for an answer that nobody recorded.

What an action of a service would have given is made up from its declared type, and what follows from it is marked. What
a model would have said, and what the platform's own values would have been, is not made up: there the run is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.graph import Agent, Ask, Call
from treadle.dsl.values import Value
from treadle.runtime.backtest.answers import Outcome, asked, same
from treadle.runtime.backtest.branches import NOT_RECORDED, Branch
from treadle.runtime.call import Absent, CannotCall, Done, Prepared, Troubled
from treadle.runtime.costs import TURN, Spent, told
from treadle.runtime.lease import Lease
from treadle.runtime.machine.retries import Policy
from treadle.runtime.ports import Fault
from treadle.runtime.redaction import MASK
from treadle.runtime.rehearsing import Recorder

_ONCE = Policy(effect="blind", tries=1)
_OWN = "treadle"
"""The plugin of the platform itself, whose actions give what is kept and counted for all rules."""


class Driving(msgspec.Struct):
    """Whose run is being driven; changed in place."""

    branch: Branch
    run: UUID
    rule: str

    def doubt(self, why: str) -> None:
        """What this run does from here on cannot be told."""
        self.branch.doubtful.add(self.run)
        self.branch.doubts.setdefault(self.rule, why)

    def guess(self, why: str) -> None:
        """This run goes on with what nobody gave; what it does is told, and that it is not sure."""
        self.branch.made_up.add(self.run)
        self.branch.guesses.setdefault(self.rule, why)


class _Stub(Prepared, frozen=True, kw_only=True):
    node: Call | Ask
    args: Mapping[str, Value]
    agent: Agent | None = None


class Stubs:
    """`call.Calls` of a replayed world. `driving` says who calls."""

    def __init__(self, catalogue: Catalogue, driving: Callable[[], Driving]) -> None:
        self._catalogue = catalogue
        self._recorder = Recorder(catalogue)
        self._driving = driving

    def prepare(self, node: Call, args: Mapping[str, Value]) -> Prepared:
        """Nothing is looked for. Raises `CannotCall` for an action that no installed plugin has."""
        plugin = self._catalogue.plugins.get(node.plugin)
        action = plugin.actions.get(node.action) if plugin else None
        if action is None:
            raise CannotCall("no_action", f"no installed plugin has the action {node.plugin}.{node.action}")
        return _Stub(input=values.encode(args), policy=_ONCE, messages=action.messages, node=node, args=args)

    def prepare_ask(self, node: Ask, agent: Agent, args: Mapping[str, Value]) -> Prepared:
        """The same for an agent."""
        return _Stub(input=values.encode(args), policy=_ONCE, node=node, args=args, agent=agent)

    async def call(self, call: Prepared, effect_id: UUID, lease: Lease) -> Done | Troubled:
        """What was answered then, or what stands in for it."""
        assert isinstance(call, _Stub), "prepared here"
        driving, node = self._driving(), call.node
        if isinstance(node, Call):
            what, given = f"{node.plugin}.{node.action}", same(call.input)
        else:
            what, given = f"ask {node.agent}", asked(call.args.get("text"))
        found = _recorded(driving.branch, what, given)
        if found is None:
            return await self._made_up(call, driving, what, effect_id, lease)
        if (cost := self._cost(node, found)) is not None:
            key, spent = (driving.rule, cost.currency), driving.branch.spent
            spent[key] = spent.get(key, Decimal(0)) + cost.amount
        return _as_then(found, driving)

    def _cost(self, node: Call | Ask, found: Outcome) -> Spent | None:
        """What it cost then."""
        if isinstance(node, Ask):
            return None if found.cost is None else Spent(found.cost, TURN.currency)
        declared = self._catalogue.plugins[node.plugin].actions[node.action].cost
        amount = told(declared, found.output) if declared is not None and found.state == "done" else None
        return None if declared is None or amount is None else Spent(amount, declared.currency)

    async def look_up(self, call: Prepared, effect_id: UUID) -> Done | Absent | Troubled:
        """Nothing is looked up: what is unknown stays so."""
        return Absent()

    async def _made_up(
        self, call: _Stub, driving: Driving, what: str, effect_id: UUID, lease: Lease
    ) -> Done | Troubled:
        node = call.node
        if node.name is None:
            return Done(None, None, ())
        if isinstance(node, Ask) or node.plugin == _OWN:
            gives = "what it would answer to this" if isinstance(node, Ask) else "what it would give for this"
            why = f"{what} was not called like this then, so nobody knows {gives}"
            driving.doubt(why)
            return Troubled("refused", Fault(NOT_RECORDED, why), None, ())
        driving.guess(f"{what} was not called like this then, so what it gives is made up")
        return await self._recorder.call(self._recorder.prepare(node, call.args), effect_id, lease)


def _recorded(branch: Branch, what: str, given: bytes) -> Outcome | None:
    if branch.case.answers is None:
        return None
    times = branch.times[what, given] = branch.times.get((what, given), 0) + 1
    return branch.case.answers.called(what, given, times)


def _as_then(found: Outcome, driving: Driving) -> Done | Troubled:
    match found.state:
        case "done":
            if found.output is not None and MASK.encode() in found.output:
                driving.guess("an answer holds a secret, which the history does not keep")
            return Done(found.output, None, ())
        case "failed":
            return Troubled("refused", found.error or Fault("failed", "it failed"), None, ())
        case "unknown":
            return Troubled("in_doubt", found.error or Fault("unknown", "the outcome was not known"), None, ())
