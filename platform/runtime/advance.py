"""Drives one claimed run until it sleeps, waits for a person or ends. Owns the order of decisions and commits.

Every call has its intent committed before anything is sent. What a call brought, the steps that follow without acting
and the next intent or the end go in one commit. A commit that is refused because the lease is another's ends the drive
without a word: whoever has the run now goes on from what is stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Literal

from msgspec.structs import replace

from treadle.dsl import values
from treadle.runtime.acting import Acting
from treadle.runtime.budgets import at_work, beyond
from treadle.runtime.clock import StoreClock
from treadle.runtime.crashpoints import reach
from treadle.runtime.deciders import Later, Suppressed, Waits
from treadle.runtime.effects import Effects
from treadle.runtime.flight import Flight
from treadle.runtime.hearing import Hearing
from treadle.runtime.live import LiveRules
from treadle.runtime.machine.decisions import DoEnd, Move
from treadle.runtime.machine.feeding import needs_person, rested
from treadle.runtime.machine.state import Rest as ThreadRest
from treadle.runtime.machine.state import threads_of
from treadle.runtime.machine.step import walk
from treadle.runtime.match import Fires, Matcher, Unreadable
from treadle.runtime.ports import End, Fault, Go, Park, Signal, Sleep, StepOutcome, Store, Transition
from treadle.runtime.records import cancelled_by
from treadle.runtime.resting import Rest, listens, resting, until_next
from treadle.runtime.runaways import Runaways
from treadle.runtime.running import Running
from treadle.runtime.switching import RULE_OFF

MOST_HOPS = 20
"""Runs that may follow from one another, by starting or by changing what others hear."""
MOST_CRASHES = 3
"""Leases of one run that may end without a word before the run is put aside."""
Written = Literal["fenced", "written", "told"]
"""`fenced`: nothing was written, the run is another's. `told`: written, and something came for the run meanwhile."""
Commit = Callable[[Transition], Awaitable[Written]]
"""Writes a transition durably."""

_CRASHED = (
    "workers died {times} times in a row while they were at this run, the last time at {step}, "
    "so it is put aside and the others go on; mend what its action does, then retry it"
)
_ENDED = Fault("ended", "the run ended before the call was tried again")


class Fenced(Exception):
    """The run belongs to another worker now."""


class Advancer:
    """Knows how to drive runs; keeps nothing about any of them."""

    def __init__(
        self,
        commit: Commit,
        live: LiveRules,
        acting: Acting,
        matcher: Matcher,
        clock: StoreClock,
        *,
        store: Store,
        effects: Effects | None = None,
        runaways: Runaways | None = None,
    ) -> None:
        self._commit = commit
        self._live = live
        self._acting = acting
        self._matcher = matcher
        self._clock = clock
        self._store = store
        self._effects = effects or Effects(live, clock)
        self._runaways = runaways
        self._hearing = Hearing(store, matcher.loader)

    async def drive(self, run: Running) -> Rest:
        """Until it rests; what it rests in. Raises `Fenced`; cancelled, it leaves the run to whoever claims it next."""
        reach("after_claim")
        rest = await self._before(run)
        if rest is not None:
            return rest
        flight = Flight()
        try:
            return await self._go(run, flight)
        finally:
            await flight.land()

    # --- before the first step ---------------------------------------------------------------------------------------

    async def _before(self, run: Running) -> Rest | None:
        claimed = run.claimed
        if claimed.status == "unknown" and not needs_person(run.state):
            return await self._aside(run)
        if claimed.crashes >= MOST_CRASHES:
            return await self._quarantine(run)
        if claimed.hops > MOST_HOPS:
            message = f"this run is number {claimed.hops} of a chain of runs that follow from one another"
            return await self._rest(run, End("failed", Fault("too_many_hops", message)))
        off = claimed.status != "unknown" and self._live.is_off(run.program.graph)
        if off and await self._live.surely_off(run.program.graph):
            run.enter(run.state)
            return await self._end(run, DoEnd("stopped", RULE_OFF))
        if run.state.cancelled is not None:
            return await self._rest(run, End("stopped", cancelled_by(run.state.cancelled)))
        if self._runaways is not None and run.state.seq == 0 and run.state.phase is None:
            fault = await self._runaways.stops(claimed)
            if fault is not None:
                return await self._rest(run, End("suppressed", fault))
        if not run.state.matched:
            return await self._match(run)
        return await self._load(run)

    async def _match(self, run: Running) -> Rest | None:
        run.enter(run.state)
        if (end := await self._hearing.take(run, run.claimed.signals)) is not None:
            return await self._rest(run, End(end.status, end.error))
        verdict = await self._matcher.decide(run)
        reach("after_decision")
        match verdict:
            case Fires():
                run.state = replace(run.state, matched=True, suspect=False, loads=0, phase=None, behind=(), rest=None)
            case Suppressed(why):
                return await self._rest(run, End("suppressed", why))
            case Waits(phase, seconds):
                until = ThreadRest("sleep", self._clock.now() + timedelta(seconds=seconds))
                kept = run.state.rest if run.state.phase == phase else until
                run.state = replace(run.state, phase=phase, rest=kept)
                self._subscribe(run)
                return await self._rest(run, Sleep(seconds, "matching"))
            case Later() | Unreadable() as unread:
                return await self._unread(run, unread)
        return await self._load(run)

    async def _load(self, run: Running) -> Rest | None:
        if run.program.graph.loads and (unread := await self._matcher.load(run)) is not None:
            return await self._unread(run, unread)
        return None

    async def _unread(self, run: Running, unread: Later | Unreadable) -> Rest:
        if isinstance(unread, Later):
            return await self._rest(run, Sleep(unread.seconds, "running" if run.state.matched else "matching"))
        return await self._rest(run, End("failed", unread.why))

    async def _aside(self, run: Running) -> Rest | None:
        """A run that was put aside rests on, unless something ends it or a person says what became of its call."""
        run.enter(replace(run.state, now=self._clock.now()))
        end = await self._hearing.take(run, run.claimed.signals)
        if end is None and any(each.kind == "resolved" and each.id in run.read for each in run.claimed.signals):
            return await self._load(run)
        run.opens.clear()
        return await (self._rest(run, Park()) if end is None else self._end(run, end))

    async def _quarantine(self, run: Running) -> Rest:
        fault = Fault("crashed", _CRASHED.format(times=run.claimed.crashes, step=run.state.at or "its end"))
        if not run.opens:
            return await self._rest(run, End("failed", fault))
        await self._close(run, fault, unknown=True)
        return await self._rest(run, Park())

    # --- from act to act ----------------------------------------------------------------------------------------------

    async def _go(self, run: Running, flight: Flight) -> Rest:
        signals = await self._listen(run)
        end: DoEnd | None = None
        while True:
            if (answer := flight.answer()) is not None:
                self._acting.took(flight, answer)
            now = self._clock.now()
            run.enter(replace(run.state, now=now, active=at_work(run.worked, run.claimed.now, now)))
            if end is None and (signals or run.told or (signals is None and listens(run))):
                end = await self._hear(run, None if run.told else signals)
            signals = None
            move = self._walk(run, flight)
            if (fault := beyond(run.state, more=len(move.records), size=run.size)) is not None:
                end = DoEnd("failed", fault)
            if end is not None or move.end is not None:
                rest = await self._ending(run, flight, move, end)
            else:
                rest = await self._onward(run, flight, move)
            if rest is not None:
                return rest

    async def _listen(self, run: Running) -> Sequence[Signal] | None:
        """What came so far; None when the store has to be asked, because the run listens only now."""
        if not run.program.stops or run.state.listens:
            return run.claimed.signals
        self._subscribe(run)
        await self._write(run, Go())
        return None

    def _subscribe(self, run: Running) -> None:
        if run.program.stops and not run.state.listens:
            run.enter(replace(run.state, now=self._clock.now()))
            self._effects.subscribe(run)

    def _walk(self, run: Running, flight: Flight) -> Move:
        return walk(
            run.program,
            run.state,
            run.names,
            busy=flight.busy,
            spread=run.spread,
            sequences=self._live.sequence,
            lists=run.lists,
        )

    async def _ending(self, run: Running, flight: Flight, move: Move, end: DoEnd | None) -> Rest | None:
        """What was sent is waited for; then the same end is found again."""
        if flight.flying:
            await self._settle(run, flight)
            return None
        if end is None:
            self._effects.note(run, move)
        return await self._end(run, end or move.end or DoEnd("done"))

    async def _onward(self, run: Running, flight: Flight, move: Move) -> Rest | None:
        self._effects.note(run, move)
        if move.acts and await self._acting.begin(run, flight, move.acts, self._make_room):
            return None
        if not flight.flying:
            return await self._rest(run, resting(run.state, self._clock.now(), begun=not move.acts))
        if run.gathered:
            await self._write(run, Go())
            reach("after_intent")
        if run.told:
            return None
        await flight.fly(until_next(run.state, self._clock.now()))
        return None

    async def _hear(self, run: Running, known: Sequence[Signal] | None) -> DoEnd | None:
        run.told = False
        if known is None:
            known = (await self._store.signals([run.claimed.run_id])).get(run.claimed.run_id, ())
        return await self._hearing.take(run, known)

    async def _settle(self, run: Running, flight: Flight) -> None:
        """Let what was sent be answered, and send nothing more."""
        for call, what in flight.drop():
            call.shelve(what)
        if run.gathered:
            await self._write(run, Go())
        if flight.flying:
            await flight.fly(None)

    # --- committing -------------------------------------------------------------------------------------------------

    async def _end(self, run: Running, end: DoEnd) -> Rest:
        if run.opens:
            await self._close(run, _ENDED, unknown=False)
        output = None if end.value is None else run.redacted(values.encode(end.value))
        run.tell("", end.status, None, end.error)
        return await self._rest(run, End(end.status, end.error, output))

    async def _close(self, run: Running, fault: Fault, *, unknown: bool) -> None:
        """Give every open call an outcome: what may have been sent is not called failed."""
        for number, thread in threads_of(run.state):
            step, attempt = run.opens.pop(number, None), thread.attempt
            if step is None or (thread.rest is not None and thread.rest.kind == "person"):
                continue
            await self._make_room(run)
            sent = attempt is None or attempt.doubt or attempt.plan is None  # without a plan it is a dead worker's
            state = "unknown" if unknown or sent else "failed"
            tries = attempt.tries if attempt else 1
            run.closed(StepOutcome(id=step, state=state, tries=tries, error=fault))  # type: ignore[arg-type]
            if unknown:
                run.state = rested(run.state, number, ThreadRest("person"))

    async def _make_room(self, run: Running) -> None:
        """A transition has room for one outcome."""
        if run.settles:
            await self._write(run, Go())

    async def _rest(self, run: Running, then: Rest) -> Rest:
        await self._write(run, then)
        return then

    async def _write(self, run: Running, then: Go | Rest) -> None:
        transition = run.take(then)
        written = await self._commit(transition)
        if written == "fenced":
            raise Fenced
        run.told |= written == "told"
        run.written()
        if run.owed or run.paid:
            await self._acting.settle(run)
        if transition.outcome is not None:
            run.sent.pop(transition.outcome.id, None)
            reach("after_outcome")
