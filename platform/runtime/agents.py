"""Agents at the rim: conversations are opened and remembered, turns and tools made ready, money is taken and settled.

What comes next in a conversation is `machine.turns`; how a call is tried, recorded and taken over is no other than
that of a call in a rule.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid5

import structlog
from msgspec.structs import replace

from treadle.dsl.graph import Call, Limit
from treadle.dsl.values import Value
from treadle.runtime.agentmemory import AgentMemory
from treadle.runtime.call import Caller, Prepared
from treadle.runtime.clock import StoreClock
from treadle.runtime.connections import Connections
from treadle.runtime.deciders import key_text
from treadle.runtime.host import PluginHost
from treadle.runtime.limits import Limited
from treadle.runtime.machine.conversation import Conversation
from treadle.runtime.machine.decisions import DoAsk, DoRemember, DoTool, DoTurn
from treadle.runtime.machine.state import thread_of, with_thread
from treadle.runtime.modelcalls import ModelCalls
from treadle.runtime.ports import Fault, Store, StoreDown
from treadle.runtime.running import Running
from treadle.runtime.spending import Spending
from treadle.sdk.models import Message


class Agents:
    """Plays the turns of agents through the connections of this installation."""

    def __init__(
        self,
        host: PluginHost,
        connections: Connections,
        caller: Caller,
        clock: StoreClock,
        store: Store,
        limits: Callable[[], tuple[Limit, ...]],
    ) -> None:
        self._caller = caller
        self._calls = ModelCalls(host, connections, caller)
        self._clock = clock
        self._memory = AgentMemory(store)
        self._spending = Spending(store, limits)

    async def open(self, run: Running, act: DoAsk) -> None:
        """The conversation begins, with what the agent remembers."""
        agent = run.program.graph.agents[act.node.agent]
        memory = _key(act.args.get("memory")) if agent.remembers else None
        before = await self._memory.recall(agent, memory) if memory is not None else ()
        talk = Conversation(
            id=uuid5(run.claimed.run_id, f"{act.thread}/{act.node.id}/{run.state.seq}"),
            until=self._clock.now() + timedelta(seconds=act.node.timeout),
            messages=(*before, Message("user", str(act.args["text"]))),
            asked=len(before),
            seen=len(before),
            memory=memory,
            budget=tuple(_key(each) for each in act.args.get("budget", ())),
        )
        run.state = with_thread(run.state, act.thread, talk=talk)

    async def remember(self, run: Running, act: DoRemember) -> None:
        """The answer goes into the agent's memory; it is in the store already."""
        await self._memory.keep(run.program.graph.agents[act.node.agent], act.talk)
        run.state = with_thread(run.state, act.thread, talk=replace(act.talk, kept=True))

    def turn(self, run: Running, act: DoTurn) -> Prepared:
        """The next question to the model. Raises `CannotCall`."""
        attempt, now = thread_of(run.state, act.thread).attempt, self._clock.now()
        return self._calls.turn(run.program.graph, act, attempt.since if attempt else now, now)

    def tool(self, act: DoTool) -> tuple[Call, Prepared]:
        """The call that the model wants. Raises `CannotCall`."""
        return self._caller.prepare_tool(act)

    async def take(self, run: Running, act: DoTurn, call: Prepared) -> Fault | Limited | None:
        """Reserve what the turn may cost; why it may not be asked otherwise."""
        if not self._spending.bounded(run, act):
            return None
        return await self._spending.take(run, act, await self._calls.most(call, act.talk.cost))

    async def settle(self, run: Running) -> None:
        """Turns that were written: what they did not need is given back. What cannot be stays taken."""
        owed, run.owed = run.owed, []
        for act, cost in owed:
            try:
                await self._spending.settle(run, act, Decimal(cost))
            except StoreDown:
                structlog.get_logger("treadle.agents").warning("unsettled", agent=act.node.agent, cost=str(cost))


def _key(value: Value) -> str | None:
    return None if value is None else key_text(value)
