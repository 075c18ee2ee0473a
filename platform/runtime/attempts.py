"""One open call of one thread, from its intent to its outcome, over as many tries and claims as it takes.

Owns what is gathered for the next commit and what follows from an answer: a try is counted and committed before
anything leaves. What follows from a failure is `retries`, how a call is made is `call`, the commits are `advance`'s.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.catalogue import Cost
from treadle.dsl.graph import Ask, Call
from treadle.runtime.budgets import too_large
from treadle.runtime.call import Absent, Calls, Done, Prepared, Troubled
from treadle.runtime.clock import StoreClock, steady
from treadle.runtime.costs import told
from treadle.runtime.crashpoints import reach
from treadle.runtime.latecomers import Sent
from treadle.runtime.limits import CURRENCY
from treadle.runtime.machine import retries
from treadle.runtime.machine.decisions import DoTurn
from treadle.runtime.machine.feeding import failed, rested, settled
from treadle.runtime.machine.state import Attempt, Rest, thread_of, with_thread
from treadle.runtime.machine.threads import caught
from treadle.runtime.metrics import STEP_SECONDS
from treadle.runtime.ours import again_after
from treadle.runtime.ports import Fault, StepOutcome, StepState
from treadle.runtime.running import Running

Follow = Literal["send", "look"] | None
"""What is to be done next for the call; None when it is over or rests."""
Answer = Done | Absent | Troubled

_LOST = Fault("worker_lost", "the worker fell silent while it was sending; whether it arrived is not known")
_ABSENT = Fault("absent", "the service was asked and does not have it")


class OpenCall:
    """`begin` and `resume` say what to do first, `took` what follows from an answer. Nothing here is written."""

    def __init__(
        self,
        run: Running,
        node: Call | Ask,
        call: Prepared,
        effect_id: UUID,
        *,
        what: str,
        thread: int,
        caller: Calls,
        clock: StoreClock,
    ) -> None:
        self.thread = thread
        self._what = what
        self._run = run
        self._node = node
        self._call = call
        self._effect_id = effect_id
        self._caller = caller
        self._clock = clock

    def begin(self) -> Follow:
        """Gather the intent; it is committed before the send."""
        run, node, call = self._run, self._node, self._call
        attempt = Attempt(since=self._clock.now(), step=self._effect_id, now=run.state.now)
        run.state = with_thread(run.state, self.thread, attempt=attempt)
        run.step(
            id=self._effect_id,
            node=node.id,
            what=self._what,
            state="intent",
            effect=node.effect if isinstance(node, Call) else call.policy.effect,
            tries=1,
            input=run.redacted(call.input),
            connection_id=call.connection_id,
            entity=call.entity,
        )
        run.opening[self.thread] = self._effect_id
        return "send"

    def resume(self) -> Follow:
        """Go on as planned, or take over from a worker that fell silent."""
        attempt = self._attempt
        if attempt.plan == "send":
            return self._again(None)
        if attempt.plan == "look":
            return "look"
        self._attempt = replace(attempt, doubt=True)
        return self._follow(retries.after_takeover(self._call.policy, self._past()), _LOST)

    def shelve(self, follow: Literal["send", "look"]) -> None:
        """What was to be done next is not done now."""
        attempt = self._attempt
        tries = attempt.tries - (follow == "send")
        self._attempt = replace(attempt, tries=tries, plan=follow)

    async def act(self, follow: Literal["send", "look"]) -> Answer:
        """The only moment at which anything leaves."""
        if follow == "look":
            return await self._caller.look_up(self._call, self._effect_id)
        self._run.sent[self._effect_id] = Sent(self._attempt.tries)
        began = steady()
        answer = await self._caller.call(self._call, self._effect_id, self._run.lease)
        STEP_SECONDS.observe(steady() - began, str(self._call.policy.effect))
        reach("after_send")
        return answer

    # --- what follows -------------------------------------------------------------------------------------------------

    def took(self, follow: Literal["send", "look"], answer: Answer) -> Follow:
        """What follows from an answer; the outcome, when there is one, is gathered and the state is behind it."""
        if follow == "send":
            self._note_sent(answer)
        if isinstance(answer, Done):
            return self._done(answer)
        return self._looked(answer) if follow == "look" else self._sent(answer)

    def _note_sent(self, answer: Answer) -> None:
        """For the case that the run turns out to be another's."""
        if isinstance(answer, Done):
            self._run.sent[self._effect_id] = Sent(self._attempt.tries, done=True)
        elif isinstance(answer, Troubled) and answer.trouble != "in_doubt":
            self._run.sent.pop(self._effect_id, None)

    def _sent(self, answer: Absent | Troubled) -> Follow:
        assert isinstance(answer, Troubled), "only a look-up answers that nothing is there"
        if (after := self._ours(answer)) is not None:
            return self._later(replace(self._attempt, tries=self._attempt.tries - 1, plan="send"), after, answer.fault)
        verdict = retries.after_trouble(
            self._call.policy, self._past(), answer.trouble, roll=random.random(), retry_after=answer.retry_after
        )
        attempt = self._attempt
        self._attempt = replace(attempt, doubt=attempt.doubt or answer.trouble == "in_doubt")
        self._lines(answer)
        return self._follow(verdict, answer.fault)

    def _ours(self, answer: Troubled) -> float | None:
        """Seconds until the same is tried again, for a trouble that is ours."""
        if answer.trouble != "not_sent":
            return None
        return again_after(answer.fault.code, self._past().elapsed, self._call.policy.over)

    def _looked(self, answer: Absent | Troubled) -> Follow:
        attempt = self._attempt
        if isinstance(answer, Absent):
            self._attempt = attempt = replace(attempt, looked=attempt.looked + 1)
            verdict = retries.after_absence(self._call.policy, self._past())
            surely = not isinstance(verdict, retries.LookUp)
            self._attempt = replace(attempt, doubt=attempt.doubt and not surely)
            return self._follow(verdict, _ABSENT)
        if (after := self._ours(answer)) is not None:
            return self._later(replace(attempt, plan="look"), after, answer.fault)
        self._attempt = replace(attempt, stumbles=attempt.stumbles + 1)
        verdict = retries.after_stumble(
            self._past(), answer.trouble, roll=random.random(), retry_after=answer.retry_after
        )
        return self._follow(verdict, answer.fault)

    def _follow(self, verdict: retries.Verdict, fault: Fault) -> Follow:
        match verdict:
            case retries.Unknown():
                return self._unknown(fault)
            case retries.Failed():
                self._close("failed", fault)
                return self._over(fault, unknown=False)
            case retries.Repeat(after) if after <= 0:
                return self._again(fault)
            case retries.LookUp(after) if after <= 0:
                return "look"
            case retries.Repeat(after):
                return self._later(replace(self._attempt, plan="send"), after, fault)
            case retries.LookUp(after):
                return self._later(replace(self._attempt, plan="look"), after, fault)

    def _again(self, fault: Fault | None) -> Follow:
        """The new try is counted, and no longer planned but under way, before anything leaves."""
        self._attempt = replace(self._attempt, tries=self._attempt.tries + 1, looked=0, stumbles=0, plan=None)
        self._close("intent", fault)
        return "send"

    def _later(self, attempt: Attempt, after: float, fault: Fault) -> Follow:
        self._attempt = attempt
        self._close("intent", fault)
        self._rests(Rest("call", self._clock.now() + timedelta(seconds=after)))
        return None

    def _unknown(self, fault: Fault) -> Follow:
        self._close("unknown", fault)
        if caught(self._run.program.graph, self._run.state, self.thread):
            return self._over(fault, unknown=True)
        self._run.state = rested(self._run.state, self.thread, Rest("person"))
        return None

    def _over(self, fault: Fault, *, unknown: bool) -> Follow:
        run = self._run
        run.tell(self._node.id, "failed", None, fault)
        self._owes(Decimal(0))
        if not unknown:
            self._pays(lambda _: Decimal(0))
        run.opens.pop(self.thread, None)
        run.state = failed(run.state, self.thread, self._node.id, fault, unknown=unknown)
        return None

    def _done(self, answer: Done) -> Follow:
        run, node = self._run, self._node
        if (fault := too_large(len(answer.output or b""))) is not None:
            return self._unkept(answer, fault)
        output = run.redacted(answer.output) if answer.output is not None else None
        tries = self._attempt.tries
        run.closed(StepOutcome(id=self._effect_id, state="done", tries=tries, output=output, version=answer.version))
        self._pays(lambda cost: told(cost, output))
        self._lines(answer)
        result = None
        if thread_of(run.state, self.thread).talk is not None:
            result = None if output is None else values.decode(output)
            self._owes(result.get("cost") if isinstance(result, dict) else None)
        elif node.name is not None and output is not None:
            result = run.program.revived(node.name, values.decode(output))
        run.opens.pop(self.thread, None)
        run.state = settled(run.state, node, result, self.thread)
        return None

    def _unkept(self, answer: Done, fault: Fault) -> Follow:
        """It was done and what it gave cannot be kept: the run goes on unless it needs that."""
        run, tries = self._run, self._attempt.tries
        outcome = StepOutcome(id=self._effect_id, state="done", tries=tries, error=fault, version=answer.version)
        run.closed(outcome)
        self._lines(answer)
        if self._node.name is not None or thread_of(run.state, self.thread).talk is not None:
            return self._over(fault, unknown=False)
        run.opens.pop(self.thread, None)
        run.state = settled(run.state, self._node, None, self.thread)
        return None

    def _owes(self, cost: Decimal | int | None) -> None:
        """A turn came to this; None when nobody told. Then it stays at what was reserved, and so it does when a try
        before may have been charged too.
        """
        talk = thread_of(self._run.state, self.thread).talk
        if self._attempt.doubt or cost is None or talk is None or talk.wanted:
            return
        if isinstance(self._node, Ask):
            self._run.owed.append((DoTurn(self._node, talk, self.thread), Decimal(cost)))

    def _pays(self, came_to: Callable[[Cost], Decimal | None]) -> None:
        """A call came to this; None when nobody told. Then it stays at what was taken for it."""
        if self._call.charged is None:
            return
        node, declared = self._call.charged
        if (cost := came_to(declared)) is not None and declared.currency == CURRENCY:
            self._run.paid.append((node, self.thread, cost))

    def _close(self, state: StepState, fault: Fault | None) -> None:
        tries = self._attempt.tries
        self._run.closed(StepOutcome(id=self._effect_id, state=state, tries=tries, error=fault))

    def _lines(self, answer: Done | Troubled) -> None:
        for line in answer.lines:
            shown = self._run.shown({"level": line.level, "event": line.event, **line.fields})
            self._run.step(node=self._node.id, what="log", state="done", input=shown)

    # --- the thread ---------------------------------------------------------------------------------------------------

    def _rests(self, rest: Rest) -> None:
        self._run.state = with_thread(self._run.state, self.thread, rest=rest)

    @property
    def _attempt(self) -> Attempt:
        attempt = thread_of(self._run.state, self.thread).attempt
        assert attempt is not None, "a call is open"
        return attempt

    @_attempt.setter
    def _attempt(self, attempt: Attempt) -> None:
        self._run.state = with_thread(self._run.state, self.thread, attempt=attempt)

    def _past(self) -> retries.Past:
        attempt = self._attempt
        return retries.Past(
            tries=attempt.tries,
            elapsed=(self._clock.now() - attempt.since).total_seconds(),
            doubt=attempt.doubt,
            looked=attempt.looked,
            stumbles=attempt.stumbles,
        )
