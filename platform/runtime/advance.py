"""Drives one claimed run until it sleeps, waits for a person or ends. Owns the order of decisions and commits.

Every call has its intent committed before anything is sent. What a call brought, the steps that follow without acting
and the next intent or the end go in one commit. A commit that is refused because the lease is another's ends the drive
without a word: whoever has the run now goes on from what is stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl.graph import Call
from treadle.runtime.attempts import OpenCall, Rest
from treadle.runtime.call import Calls, CannotCall, Prepared
from treadle.runtime.clock import StoreClock
from treadle.runtime.crashpoints import reach
from treadle.runtime.ids import new_id
from treadle.runtime.live import LiveRules
from treadle.runtime.machine import state as states
from treadle.runtime.machine.decisions import DoCall, DoEnd, DoWait, Move, StartRun
from treadle.runtime.machine.state import State
from treadle.runtime.machine.step import walk
from treadle.runtime.match import Fires, Later, Matcher, Suppressed, Unreadable
from treadle.runtime.ports import End, Fault, Go, NewRun, Park, Sleep, StepOutcome, Transition
from treadle.runtime.running import Running

MOST_HOPS = 20
"""Runs that may follow from one another, by starting or by changing what others hear."""
MOST_CRASHES = 3
"""Leases of one run that may end without a word before the run is put aside."""

Commit = Callable[[Transition], Awaitable[bool]]
"""Writes a transition durably; False when it was fenced off."""


class Fenced(Exception):
    """The run belongs to another worker now."""


class Advancer:
    """Knows how to drive runs; keeps nothing about any of them."""

    def __init__(self, commit: Commit, live: LiveRules, caller: Calls, matcher: Matcher, clock: StoreClock) -> None:
        self._commit = commit
        self._live = live
        self._caller = caller
        self._matcher = matcher
        self._clock = clock

    async def drive(self, run: Running) -> Rest:
        """Until it rests; what it rests in. Raises `Fenced`; cancelled, it leaves the run to whoever claims it next."""
        reach("after_claim")
        rest = await self._before(run)
        if rest is None:
            run.enter(run.state if run.claimed.intent else replace(run.state, now=self._clock.now()))
            rest = await (self._resume(run) if run.claimed.intent else self._go(run))
        return rest

    # --- before the first step ---------------------------------------------------------------------------------------

    async def _before(self, run: Running) -> Rest | None:
        claimed = run.claimed
        if claimed.status == "unknown":
            return await self._rest(run, Park())
        if claimed.crashes >= MOST_CRASHES:
            return await self._quarantine(run)
        if claimed.hops > MOST_HOPS:
            message = f"this run is number {claimed.hops} of a chain of runs that follow from one another"
            return await self._rest(run, End("failed", Fault("too_many_hops", message)))
        if not run.state.matched:
            return await self._match(run)
        if run.program.graph.loads and (unread := await self._matcher.load(run)) is not None:
            return await self._unread(run, unread)
        return None

    async def _match(self, run: Running) -> Rest | None:
        match await self._matcher.decide(run):
            case Fires():
                run.state = replace(run.state, matched=True, suspect=False, loads=0)
            case Suppressed(why):
                return await self._rest(run, End("suppressed", why))
            case Later() | Unreadable() as unread:
                return await self._unread(run, unread)
        if run.program.graph.loads and (more := await self._matcher.load(run)) is not None:
            return await self._unread(run, more)
        return None

    async def _unread(self, run: Running, unread: Later | Unreadable) -> Rest:
        if isinstance(unread, Later):
            return await self._rest(run, Sleep(unread.seconds, "running" if run.state.matched else "matching"))
        return await self._rest(run, End("failed", unread.why))

    async def _quarantine(self, run: Running) -> Rest:
        fault = Fault("crashed", f"the worker died {run.claimed.crashes} times while it was at this run")
        if run.claimed.intent is None:
            return await self._rest(run, End("failed", fault))
        return await self._leave_unknown(run, run.claimed.intent.id, fault)

    # --- from act to act ----------------------------------------------------------------------------------------------

    async def _go(self, run: Running) -> Rest:
        while True:
            move = walk(run.program, run.state, run.names)
            error = self._note(run, move)
            match move.act:
                case _ if error is not None:
                    return await self._rest(run, End("failed", error))
                case DoEnd(status, fault):
                    return await self._rest(run, End(status, fault))
                case DoWait(seconds):
                    return await self._rest(run, Sleep(seconds))
                case DoCall() as act:
                    if (rest := await self._begin(run, act)) is not None:
                        return rest

    def _note(self, run: Running, move: Move) -> Fault | None:
        """Take the steps that were passed into the next commit; the fault of a start that cannot be."""
        started = {start.record: start for start in move.starts}
        run.state = replace(move.state, seq=run.state.seq)
        for index, record in enumerate(move.records):
            start = started.get(index)
            if start is None:
                run.passed(record)
                continue
            new = self._new_run(run, start)
            if isinstance(new, Fault):
                run.passed(replace(record, error=new))
                return new
            run.starts(new)
            run.passed(record, output={"run": str(new.id)})
        return None

    def _new_run(self, run: Running, start: StartRun) -> NewRun | Fault:
        program = self._live.sequence(start.sequence)
        if program is None:
            return Fault("no_sequence", f"there is no live sequence {start.sequence!r}")
        return NewRun(
            id=new_id(),
            graph=program.version,
            kind="sequence",
            rule=start.sequence,
            origin=run.claimed.origin,
            status="running",
            state=states.encode(State(at=program.graph.entry, vars=start.args)),
            parent_id=run.claimed.run_id,
            hops=run.claimed.hops + 1,
        )

    async def _begin(self, run: Running, act: DoCall) -> Rest | None:
        try:
            call = self._caller.prepare(act.node, act.args)
        except CannotCall as cannot:
            what = f"{act.node.plugin}.{act.node.action}"
            run.step(node=act.node.id, what=what, state="failed", effect=act.node.effect, error=cannot.fault)
            return await self._rest(run, End("failed", cannot.fault))
        if not run.lease.enough():
            return await self._rest(run, Sleep(0.0, "running"))
        return await self._open(run, act.node, call, new_id()).begin()

    async def _resume(self, run: Running) -> Rest:
        """Go on with the call that a claim before this one left open."""
        intent, act = run.claimed.intent, walk(run.program, run.state, run.names).act
        if intent is None or run.state.attempt is None or not isinstance(act, DoCall):
            fault = Fault("lost_step", "the open step does not fit the run's state")
            return await self._rest(run, End("failed", fault))
        try:
            call = self._caller.prepare(act.node, act.args)
        except CannotCall as cannot:
            return await self._leave_unknown(run, intent.id, cannot.fault)
        rest = await self._open(run, act.node, call, intent.id).resume()
        return rest if rest is not None else await self._go(run)

    def _open(self, run: Running, node: Call, call: Prepared, effect_id: UUID) -> OpenCall:
        return OpenCall(run, node, call, effect_id, caller=self._caller, clock=self._clock, write=self._write)

    # --- committing -------------------------------------------------------------------------------------------------

    async def _leave_unknown(self, run: Running, effect_id: UUID, fault: Fault) -> Rest:
        tries = run.state.attempt.tries if run.state.attempt else 1
        run.closed(StepOutcome(id=effect_id, state="unknown", tries=tries, error=fault))
        return await self._rest(run, Park())

    async def _rest(self, run: Running, then: Rest) -> Rest:
        await self._write(run, then)
        return then

    async def _write(self, run: Running, then: Go | Rest) -> None:
        transition = run.take(then)
        if not await self._commit(transition):
            raise Fenced
        if transition.outcome is not None:
            reach("after_outcome")
