"""The acts that a move asks for: which begin, which wait for a limit, which cannot be. Commits and awaits none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from treadle.runtime.agents import Agents
from treadle.runtime.attempts import Answer, OpenCall
from treadle.runtime.call import NO_CONNECTION, Calls, CannotCall, Prepared
from treadle.runtime.clock import StoreClock
from treadle.runtime.crashpoints import reach
from treadle.runtime.flight import Flight, What
from treadle.runtime.ids import new_id
from treadle.runtime.limits import Limited, Limits
from treadle.runtime.machine.decisions import Act, DoAsk, DoCall, DoRemember, DoTool, DoTurn
from treadle.runtime.machine.feeding import failed, rested, skipped
from treadle.runtime.machine.passing import verb
from treadle.runtime.machine.state import Rest, thread_of
from treadle.runtime.machine.threads import caught
from treadle.runtime.ours import WITHOUT_CONNECTION
from treadle.runtime.ports import Fault, StepOutcome, StoreDown
from treadle.runtime.running import Running

MakeRoom = Callable[[Running], Awaitable[None]]


class Acting:
    """Begins acts. `rehearsal` makes the calls of runs whose effects are recorded and not sent; `agents` play the turns
    of an ask, which else is one call.
    """

    def __init__(
        self,
        caller: Calls,
        clock: StoreClock,
        limits: Limits,
        rehearsal: Calls | None = None,
        agents: Agents | None = None,
    ) -> None:
        self._caller = caller
        self._clock = clock
        self._limits = limits
        self._rehearsal = rehearsal
        self._agents = agents

    async def begin(self, run: Running, flight: Flight, acts: Sequence[Act], make_room: MakeRoom) -> bool:
        """Plan what is to leave; whether a thread has gone on instead. When the lease is about to end, calls wait for
        the next claim.
        """
        gone_on = False
        for act in acts:
            if await self._aside(run, act, make_room):
                gone_on = True
                continue
            try:
                caller = self._caller_of(run)
                call = self._prepared(caller, run, act)
            except CannotCall as cannot:
                if cannot.fault.code == NO_CONNECTION and thread_of(run.state, act.thread).attempt is None:
                    until = self._clock.now() + timedelta(seconds=WITHOUT_CONNECTION)
                    run.state = rested(run.state, act.thread, Rest("connection", until))
                    gone_on = True
                    continue
                await make_room(run)
                self._cannot(run, act, cannot.fault)
                gone_on = True
                continue
            attempt = thread_of(run.state, act.thread).attempt
            if not run.lease.enough():
                continue
            if attempt is None:
                if await self._held(run, act, call, make_room):
                    gone_on = True
                    continue
            else:
                await make_room(run)
            opened = self._open(run, act, call, caller)
            follow = opened.begin() if attempt is None else opened.resume()
            if follow is not None:
                flight.plan(opened, follow)
            gone_on |= follow is None
            if attempt is None:
                _tell(run, act)
        return gone_on

    async def settle(self, run: Running) -> None:
        """What was written tells what turns of agents and calls cost. What cannot be settled stays as it was taken."""
        paid, run.paid = run.paid, []
        for node, thread, cost in paid:
            try:
                await self._limits.settle(run, node, thread, cost)
            except StoreDown:
                structlog.get_logger("treadle.limits").warning("unsettled", action=f"{node.plugin}.{node.action}")
        if self._agents is not None and run.owed:
            await self._agents.settle(run)

    def took(self, flight: Flight, answer: tuple[OpenCall, What, Answer]) -> None:
        """An answer came."""
        call, what, got = answer
        follow = call.took(what, got)
        if follow is not None:
            flight.plan(call, follow)

    def _caller_of(self, run: Running) -> Calls:
        if not run.state.rehearse:
            return self._caller
        if self._rehearsal is None:
            raise CannotCall("no_rehearsal", "this installation cannot rehearse")
        return self._rehearsal

    def _open(self, run: Running, act: Act, call: Prepared, caller: Calls) -> OpenCall:
        step = run.opens.get(act.thread) or new_id()
        return OpenCall(
            run, act.node, call, step, what=what_of(act), thread=act.thread, caller=caller, clock=self._clock
        )

    async def _aside(self, run: Running, act: Act, make_room: MakeRoom) -> bool:
        """What an ask does besides calling; whether it was that."""
        if self._agents is None or run.state.rehearse:
            return False
        if isinstance(act, DoAsk) and thread_of(run.state, act.thread).attempt is None:
            await self._agents.open(run, act)
            return True
        if isinstance(act, DoRemember):
            await make_room(run)
            await self._agents.remember(run, act)
            return True
        return False

    def _prepared(self, caller: Calls, run: Running, act: Act) -> Prepared:
        if isinstance(act, DoCall):
            return caller.prepare(act.node, act.args)
        if isinstance(act, DoAsk):
            agent = run.program.graph.agents[act.node.agent]
            return caller.prepare_ask(act.node, agent, act.args)
        if self._agents is None or isinstance(act, DoRemember):
            raise CannotCall("no_agents", "an agent was asked elsewhere, and cannot go on here")
        return self._agents.turn(run, act) if isinstance(act, DoTurn) else self._agents.tool(act)[1]

    async def _held(self, run: Running, act: Act, call: Prepared, make_room: MakeRoom) -> bool:
        """Whether something is in the way of a new call: a limit, or a budget."""
        if isinstance(act, DoTurn) and self._agents is not None:
            held = await self._agents.take(run, act, call)
        else:
            held = await self._limited(run, act, call)
        reach("after_decision")
        if held is None:
            return False
        if isinstance(held, Fault):
            await make_room(run)
            self._cannot(run, act, held)
        elif held.skip:
            run.step(node=act.node.id, what=what_of(act), state="skipped", input=call.input, error=held.why)
            run.state = skipped(run.state, act.node, act.thread)
        else:
            until = self._clock.now() + timedelta(seconds=held.seconds)
            run.state = rested(run.state, act.thread, Rest("limit", until))
        return True

    async def _limited(self, run: Running, act: Act, call: Prepared) -> Limited | Fault | None:
        if run.state.rehearse or not self._limits.any:
            return None
        if isinstance(act, DoCall):
            return await self._limits.take(run, act.node, call, act.args, act.thread)
        if isinstance(act, DoTool) and self._agents is not None:
            return await self._limits.take(run, self._agents.tool(act)[0], call, act.args, act.thread)
        return None

    def _cannot(self, run: Running, act: Act, fault: Fault) -> None:
        """There is nothing to call. A call that was open before may have arrived."""
        attempt, node = thread_of(run.state, act.thread).attempt, act.node
        if attempt is None:
            effect = act.node.effect if isinstance(act, DoCall) else None
            args = run.shown(act.args) if isinstance(act, DoTool) else None
            run.step(node=node.id, what=what_of(act), state="failed", effect=effect, input=args, error=fault)
            run.state = failed(run.state, act.thread, node.id, fault)
            return
        step = run.opens.pop(act.thread)
        run.closed(StepOutcome(id=step, state="unknown", tries=attempt.tries, error=fault))
        if caught(run.program.graph, run.state, act.thread):
            run.state = failed(run.state, act.thread, node.id, fault, unknown=True)
        else:
            run.state = rested(run.state, act.thread, Rest("person"))


def what_of(act: Act) -> str:
    """How the history calls a step of this act."""
    return f"{act.tool.plugin}.{act.tool.action}" if isinstance(act, DoTool) else verb(act.node)


def _tell(run: Running, act: Act) -> None:
    """An ask is told of once, however many turns it takes."""
    match act:
        case DoCall(args=args) | DoAsk(args=args) | DoTool(args=args):
            run.tell(act.node.id, what_of(act), args)
        case DoTurn(talk=talk) if talk.turns == 0:
            run.tell(act.node.id, what_of(act), {"text": talk.messages[talk.asked].text})
