"""The acts that a move asks for: which begin, which wait for a limit, which cannot be. Commits and awaits none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from treadle.runtime.attempts import Answer, OpenCall
from treadle.runtime.call import Calls, CannotCall, Prepared
from treadle.runtime.clock import StoreClock
from treadle.runtime.flight import Flight, What
from treadle.runtime.ids import new_id
from treadle.runtime.limits import Limits
from treadle.runtime.machine.decisions import Act, DoCall
from treadle.runtime.machine.feeding import failed, rested, skipped
from treadle.runtime.machine.passing import verb
from treadle.runtime.machine.state import Rest, thread_of
from treadle.runtime.machine.threads import caught
from treadle.runtime.ports import Fault, StepOutcome
from treadle.runtime.running import Running

MakeRoom = Callable[[Running], Awaitable[None]]


class Acting:
    """Begins acts. `rehearsal` makes the calls of runs whose effects are recorded and not sent."""

    def __init__(self, caller: Calls, clock: StoreClock, limits: Limits, rehearsal: Calls | None = None) -> None:
        self._caller = caller
        self._clock = clock
        self._limits = limits
        self._rehearsal = rehearsal

    async def begin(self, run: Running, flight: Flight, acts: Sequence[Act], make_room: MakeRoom) -> bool:
        """Plan what is to leave; whether a thread has gone on instead. A new call waits when the lease is about to
        end.
        """
        gone_on = False
        for act in acts:
            try:
                caller = self._caller_of(run)
                call = _prepared(caller, run, act)
            except CannotCall as cannot:
                await make_room(run)
                self._cannot(run, act, cannot.fault)
                gone_on = True
                continue
            attempt = thread_of(run.state, act.thread).attempt
            if attempt is None:
                if not run.lease.enough():
                    continue
                if self._limits.any and await self._limited(run, act, call):
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
                run.tell(act.node.id, verb(act.node), act.args)
        return gone_on

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
        return OpenCall(run, act.node, call, step, thread=act.thread, caller=caller, clock=self._clock)

    async def _limited(self, run: Running, act: Act, call: Prepared) -> bool:
        if not isinstance(act, DoCall) or run.state.rehearse:
            return False
        limited = await self._limits.take(run, act.node, call, act.args, act.thread)
        if limited is None:
            return False
        if limited.skip:
            run.step(node=act.node.id, what=verb(act.node), state="skipped", input=call.input, error=limited.why)
            run.state = skipped(run.state, act.node, act.thread)
        else:
            until = self._clock.now() + timedelta(seconds=limited.seconds)
            run.state = rested(run.state, act.thread, Rest("limit", until))
        return True

    def _cannot(self, run: Running, act: Act, fault: Fault) -> None:
        """There is nothing to call. A call that was open before may have arrived."""
        attempt, node = thread_of(run.state, act.thread).attempt, act.node
        if attempt is None:
            effect = node.effect if isinstance(act, DoCall) else None  # type: ignore[union-attr]
            run.step(node=node.id, what=verb(node), state="failed", effect=effect, error=fault)
            run.state = failed(run.state, act.thread, node.id, fault)
            return
        step = run.opens.pop(act.thread)
        run.closed(StepOutcome(id=step, state="unknown", tries=attempt.tries, error=fault))
        if caught(run.program.graph, run.state, act.thread):
            run.state = failed(run.state, act.thread, node.id, fault, unknown=True)
        else:
            run.state = rested(run.state, act.thread, Rest("person"))


def _prepared(caller: Calls, run: Running, act: Act) -> Prepared:
    if isinstance(act, DoCall):
        return caller.prepare(act.node, act.args)
    agent = run.program.graph.agents[act.node.agent]
    return caller.prepare_ask(act.node, agent, act.args)
