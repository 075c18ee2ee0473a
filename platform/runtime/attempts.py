"""One open call of one run, from its intent to its outcome, over as many tries and claims as it takes.

Owns the order of commit and send: a try is counted and committed before anything leaves. What follows from a failure is
`retries`, how a call is made is `call`.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.graph import Call
from treadle.runtime.call import LEASE_ENDS, Absent, Calls, Done, Prepared, Troubled
from treadle.runtime.clock import StoreClock
from treadle.runtime.crashpoints import reach
from treadle.runtime.machine import retries
from treadle.runtime.machine.state import Attempt
from treadle.runtime.machine.step import settled
from treadle.runtime.ports import End, Fault, Go, Park, Sleep, StepOutcome, StepState
from treadle.runtime.running import Running

Rest = End | Sleep | Park
"""What a run rests in when its worker lets go of it."""

Write = Callable[[Running, Go | Rest], Awaitable[None]]
"""Commits what the run gathered. Raises when the run is another worker's."""

_LOST = Fault("worker_lost", "the worker fell silent while it was sending; whether it arrived is not known")
_ABSENT = Fault("absent", "the service was asked and does not have it")


class OpenCall:
    """`begin` and `resume` answer what the run rests in, or None when the call is done and the run goes on."""

    def __init__(
        self,
        run: Running,
        node: Call,
        call: Prepared,
        effect_id: UUID,
        *,
        caller: Calls,
        clock: StoreClock,
        write: Write,
    ) -> None:
        self._run = run
        self._node = node
        self._call = call
        self._effect_id = effect_id
        self._caller = caller
        self._clock = clock
        self._write = write

    async def begin(self) -> Rest | None:
        """Commit the intent, then send."""
        run, node, call = self._run, self._node, self._call
        run.state = replace(run.state, attempt=Attempt(since=self._clock.now()))
        run.step(
            id=self._effect_id,
            node=node.id,
            what=f"{node.plugin}.{node.action}",
            state="intent",
            effect=node.effect,
            tries=1,
            input=run.redacted(call.input),
            connection_id=call.connection_id,
            entity=call.entity,
        )
        await self._write(run, Go())
        run.open = self._effect_id
        reach("after_intent")
        return await self._send()

    async def resume(self) -> Rest | None:
        """Go on as planned, or take over from a worker that fell silent."""
        attempt = self._attempt
        if attempt.plan == "send":
            return await self._send_again(None)
        if attempt.plan == "look":
            return await self._look()
        self._attempt = replace(attempt, doubt=True)
        return await self._follow(retries.after_takeover(self._call.policy, self._past()), _LOST)

    # --- sending ----------------------------------------------------------------------------------------------------

    async def _send(self) -> Rest | None:
        answer = await self._caller.call(self._call, self._effect_id, self._run.lease)
        reach("after_send")
        if isinstance(answer, Done):
            self._done(answer)
            return None
        if answer.trouble == "not_sent" and answer.fault.code == LEASE_ENDS:
            return await self._later(
                replace(self._attempt, tries=self._attempt.tries - 1, plan="send"), 0.0, answer.fault
            )
        verdict = retries.after_trouble(
            self._call.policy, self._past(), answer.trouble, roll=random.random(), retry_after=answer.retry_after
        )
        attempt = self._attempt
        self._attempt = replace(attempt, doubt=attempt.doubt or answer.trouble == "in_doubt")
        self._lines(answer)
        return await self._follow(verdict, answer.fault)

    async def _send_again(self, fault: Fault | None) -> Rest | None:
        """The new try is counted, and no longer planned but under way, before anything leaves."""
        self._attempt = replace(self._attempt, tries=self._attempt.tries + 1, looked=0, stumbles=0, plan=None)
        self._close("intent", fault)
        await self._write(self._run, Go())
        reach("after_intent")
        return await self._send()

    async def _look(self) -> Rest | None:
        answer = await self._caller.look_up(self._call, self._effect_id)
        attempt = self._attempt
        if isinstance(answer, Done):
            self._done(answer)
            return None
        if isinstance(answer, Absent):
            self._attempt = attempt = replace(attempt, looked=attempt.looked + 1)
            verdict = retries.after_absence(self._call.policy, self._past())
            surely = not isinstance(verdict, retries.LookUp)
            self._attempt = replace(attempt, doubt=attempt.doubt and not surely)
            return await self._follow(verdict, _ABSENT)
        self._attempt = replace(attempt, stumbles=attempt.stumbles + 1)
        verdict = retries.after_stumble(
            self._past(), answer.trouble, roll=random.random(), retry_after=answer.retry_after
        )
        return await self._follow(verdict, answer.fault)

    # --- what follows -----------------------------------------------------------------------------------------------

    async def _follow(self, verdict: retries.Verdict, fault: Fault) -> Rest | None:
        match verdict:
            case retries.Unknown():
                self._close("unknown", fault)
                return await self._rest(Park())
            case retries.Failed():
                self._close("failed", fault)
                return await self._rest(End("failed", fault))
            case retries.Repeat(after) if after <= 0:
                return await self._send_again(fault)
            case retries.LookUp(after) if after <= 0:
                return await self._look()
            case retries.Repeat(after):
                return await self._later(replace(self._attempt, plan="send"), after, fault)
            case retries.LookUp(after):
                return await self._later(replace(self._attempt, plan="look"), after, fault)

    async def _later(self, attempt: Attempt, after: float, fault: Fault) -> Rest:
        self._attempt = attempt
        self._close("intent", fault)
        return await self._rest(Sleep(after, "running"))

    def _done(self, answer: Done) -> None:
        run, node = self._run, self._node
        output = run.redacted(answer.output) if answer.output is not None else None
        tries = self._attempt.tries
        run.closed(StepOutcome(id=self._effect_id, state="done", tries=tries, output=output, version=answer.version))
        self._lines(answer)
        result = None
        if node.name is not None and output is not None:
            result = run.program.revived(node.name, values.decode(output))
        run.open = None
        run.enter(replace(settled(run.state, node, result), now=self._clock.now()))

    def _close(self, state: StepState, fault: Fault | None) -> None:
        tries = self._attempt.tries
        self._run.closed(StepOutcome(id=self._effect_id, state=state, tries=tries, error=fault))

    async def _rest(self, then: Rest) -> Rest:
        await self._write(self._run, then)
        return then

    def _lines(self, answer: Done | Troubled) -> None:
        for line in answer.lines:
            shown = self._run.shown({"level": line.level, "event": line.event, **line.fields})
            self._run.step(node=self._node.id, what="log", state="done", input=shown)

    @property
    def _attempt(self) -> Attempt:
        attempt = self._run.state.attempt
        assert attempt is not None, "a call is open"
        return attempt

    @_attempt.setter
    def _attempt(self, attempt: Attempt) -> None:
        self._run.state = replace(self._run.state, attempt=attempt)

    def _past(self) -> retries.Past:
        attempt = self._attempt
        return retries.Past(
            tries=attempt.tries,
            elapsed=(self._clock.now() - attempt.since).total_seconds(),
            doubt=attempt.doubt,
            looked=attempt.looked,
            stumbles=attempt.stumbles,
        )
