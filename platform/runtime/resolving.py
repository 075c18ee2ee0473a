"""Calls whose outcome is unknown, and what people may say about them. Owns what is allowed when, and the words for it.

What was said goes to the run as a signal (`verdicts`); the run's worker writes it down. A look-up is made here: it only
reads.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.dsl.graph import Ask, Call
from treadle.dsl.typesystem import show
from treadle.runtime.call import Absent, Caller, CannotCall, Done, Prepared, Troubled
from treadle.runtime.cancelling import OVER
from treadle.runtime.ids import new_id
from treadle.runtime.lease import LEASE
from treadle.runtime.live import GraphGone, LiveRules
from treadle.runtime.machine.decisions import DoCall, DoTool
from treadle.runtime.machine.state import thread_of, threads_of, with_thread
from treadle.runtime.machine.step import walk
from treadle.runtime.plaindata import fits
from treadle.runtime.ports import Claimed, How, NewResolution, Resolution, RunRow, Store, StoredStep
from treadle.runtime.redaction import Redactor
from treadle.runtime.running import Running

Order = Literal["check", "happened", "again", "skip"]
"""What may be ordered about a call whose outcome is unknown; see `How`. `check`: ask the service."""


Keep = Callable[[NewResolution], Awaitable[Resolution | None]]
"""See `Store.resolve`."""


class CannotResolve(Exception):
    """It cannot be done; `code` is a stable slug, the message says why and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an order. `how` is what the run was told, None for nothing; `found` is what a look-up said, None
    when none was made or it could not tell. `said` is one sentence for a person, `warning` another.
    """

    step: UUID
    how: How | None
    found: bool | None = None
    said: str
    warning: str | None = None


class Resolver:
    """Orders about calls whose outcome is unknown. `caller` looks up; `lease` is the longest that a worker may hold;
    `kept` stores what somebody said, as the store alone would unless it is given.
    """

    def __init__(
        self,
        store: Store,
        live: LiveRules,
        caller: Caller,
        redactor: Redactor,
        *,
        lease: float = LEASE,
        kept: Keep | None = None,
    ) -> None:
        self._store = store
        self._live = live
        self._caller = caller
        self._redactor = redactor
        self._lease = lease
        self._kept = kept or store.resolve

    async def resolve(
        self, run_id: UUID, step: str, order: Order, *, who: str, reason: str | None = None, output: bytes | None = None
    ) -> Resolved:
        """Give an order about a call, named by its id, its number or its node; `output` is JSON, for one that happened.
        Raises `CannotResolve`, and `KeyError` for no run.
        """
        doubt = await self._doubt(run_id, step)
        if output is not None and order != "happened":
            raise CannotResolve("output_invalid", "an output goes with `happened` alone")
        match order:
            case "check":
                return await self._check(doubt, who, reason)
            case "happened":
                said = "It counts as done; the run goes on."
                return await self._say(doubt, "happened", who, reason, said, doubt.output(output))
            case "again":
                return await self._again(doubt, who, reason)
            case "skip":
                return await self._say(doubt, "skip", who, reason, "It is left out; the run goes on behind it.")

    # --- the orders -------------------------------------------------------------------------------------------------

    async def _check(self, doubt: _Doubt, who: str, reason: str | None) -> Resolved:
        if doubt.step.effect != "checkable":
            raise CannotResolve("no_look_up", f"{doubt.step.what} cannot be looked up; look into the service yourself")
        answer, step = await self._look_up(doubt), doubt.step.id
        if isinstance(answer, Done):
            said = "The service has it, so it counts as done; the run goes on."
            output = answer.output if doubt.wants_output else None
            found = await self._say(doubt, "happened", who, reason or "a look-up found it", said, output)
            return msgspec.structs.replace(found, found=True)
        if isinstance(answer, Absent):
            said = "The service does not have it. If it lists things late, check once more before you send it again."
            return Resolved(step=step, how=None, found=False, said=said)
        said = f"The service could not tell: {self._redactor.text(answer.fault.message)}."
        return Resolved(step=step, how=None, said=said)

    async def _again(self, doubt: _Doubt, who: str, reason: str | None) -> Resolved:
        now = await self._store.now()
        until = doubt.since + timedelta(seconds=self._lease + doubt.node.timeout)
        if now < until:
            left = (until - now).total_seconds()
            moment = f"{until:%Y-%m-%d %H:%M:%S} UTC (in {left:.0f} s)"
            raise CannotResolve(
                "too_early", f"the worker that was at it may still send it; order it again from {moment} on"
            )
        warning = "If the first one arrived after all, the service has it twice."
        if doubt.step.effect == "checkable":
            answer = await self._look_up(doubt)
            if isinstance(answer, Done):
                raise CannotResolve("found", "the service has it, so it is not sent again; `check` counts it as done")
            if isinstance(answer, Absent):
                warning = "The service does not have it now; should it come there late, the service has it twice."
        said = await self._say(doubt, "again", who, reason, "It is sent again.")
        return msgspec.structs.replace(said, warning=warning)

    async def _say(
        self, doubt: _Doubt, how: How, who: str, reason: str | None, said: str, output: bytes | None = None
    ) -> Resolved:
        new = NewResolution(
            id=new_id(),
            run_id=doubt.step.run_id,
            step_id=doubt.step.id,
            since=doubt.since,
            how=how,
            who=who,
            reason=None if reason is None else self._redactor.text(reason),
            output=output,
        )
        counts = await self._kept(new)
        if counts is None:
            raise CannotResolve("step_settled", "somebody was faster: this doubt is settled already")
        if counts.id != new.id:
            raise CannotResolve("step_resolved", f"{counts.who} said `{counts.how}` about this step already")
        return Resolved(step=doubt.step.id, how=how, said=said)

    async def _look_up(self, doubt: _Doubt) -> Done | Absent | Troubled:
        act = doubt.call(self._live)
        try:
            if isinstance(act, DoTool):
                call: Prepared = self._caller.prepare_tool(act)[1]
            else:
                call = self._caller.prepare(act.node, act.args)
        except CannotCall as cannot:
            raise CannotResolve(cannot.fault.code, cannot.fault.message) from None
        return await self._caller.look_up(call, doubt.step.id)

    # --- finding ----------------------------------------------------------------------------------------------------

    async def _doubt(self, run_id: UUID, name: str) -> _Doubt:
        row = await self._store.run(run_id)
        if row is None:
            raise KeyError(run_id)
        if row.status in OVER:
            raise CannotResolve("run_over", f"the run is {row.status} already")
        step = _named(await self._store.steps(run_id), name)
        if step.state != "unknown":
            raise CannotResolve("step_settled", f"nothing is unknown about step {step.seq}: it is {step.state}")
        run = await self._running(row)
        number = next((number for number, each in run.opens.items() if each == step.id), None) if run else None
        if run is None or number is None:
            message = f"the run has gone on behind step {step.seq}: its `on error` dealt with it"
            raise CannotResolve("step_passed", message)
        node = run.program.graph.nodes[str(thread_of(run.state, number).at)]
        assert isinstance(node, Call | Ask), "only these are sent"
        return _Doubt(run, number, step, node)

    async def _running(self, row: RunRow) -> Running | None:
        """The run as a worker would see it; nothing is ever written through it."""
        if (state := await self._store.state(row.id)) is None:
            return None
        try:
            program = await self._live.program(row.graph)
        except GraphGone as gone:
            raise CannotResolve("no_graph", f"{gone}; cancel the run") from None
        claimed = Claimed(
            run_id=row.id,
            workspace_id=self._store.workspace_id,
            epoch=0,
            graph=row.graph,
            kind=row.kind,
            rule=row.rule,
            origin=row.rule,
            status="unknown",
            state=state,
            hops=row.hops,
            crashes=0,
            event=await self._store.event(row.event_id) if row.event_id else None,
            intent=None,
            now=await self._store.now(),
        )
        run = Running(claimed, program, _Nobody(), self._redactor)
        run.enter(run.state)
        return run


class _Nobody:
    """In place of a lease: nothing is sent from here."""

    def enough(self) -> bool:
        return False


class _Doubt(msgspec.Struct, frozen=True):
    """One call whose outcome is unknown, where it stands in its run."""

    run: Running
    thread: int
    step: StoredStep
    node: Call | Ask

    @property
    def since(self) -> datetime:
        """When it became unknown."""
        assert self.step.ended_at is not None, "an unknown step has its time"
        return self.step.ended_at

    @property
    def of_agent(self) -> bool:
        """Whether a model wanted the call."""
        return thread_of(self.run.state, self.thread).talk is not None

    @property
    def wants_output(self) -> bool:
        """Whether somebody goes on with what the call gave."""
        return self.of_agent or self.node.name is not None

    def call(self, live: LiveRules) -> DoCall | DoTool:
        """The action with its arguments as they were sent."""
        state = with_thread(self.run.state, self.thread, rest=None)
        others = {number for number, _ in threads_of(state) if number != self.thread}
        (act,) = walk(self.run.program, state, self.run.names, busy=others, sequences=live.sequence).acts
        assert isinstance(act, DoCall | DoTool), "only actions can be looked up"
        return act

    def output(self, given: bytes | None) -> bytes | None:
        """What somebody says that the call gave. Raises `CannotResolve` when it does not fit."""
        name, graph = self.node.name, self.run.program.graph
        talk = thread_of(self.run.state, self.thread).talk
        if talk is not None and not talk.wanted:
            raise CannotResolve("turn", "nobody can say what a model would have; send it again or leave it out")
        if talk is not None:  # the model is told whatever it is
            return given
        if name is None:
            if given is not None:
                raise CannotResolve("output_invalid", "the rule does not use what this step gives; leave it out")
            return None
        wanted = graph.names[name]
        if fits(None if given is None else values.decode(given), wanted, graph.records):
            return given
        if given is None:
            raise CannotResolve("output_invalid", f"the rule goes on with `{name}`: say what it is ({show(wanted)})")
        raise CannotResolve("output_invalid", f"the output does not fit `{name}`, which is {show(wanted)}")


async def doubts(store: Store, run_id: UUID, steps: Sequence[StoredStep]) -> list[StoredStep]:
    """Which of a run's steps wait for a person to say what became of them, in their order."""
    unknown = [step for step in steps if step.state == "unknown"]
    state = await store.state(run_id) if unknown else None
    waiting = open_attempts(msgspec.json.decode(state)) if state else set()
    return [step for step in unknown if str(step.id) in waiting]


def _named(steps: list[StoredStep], name: str) -> StoredStep:
    """The step of this id, number or node; of several of a node the newest, one that is unknown first."""
    found = [step for step in steps if name in (str(step.id), str(step.seq), step.node)]
    if not found:
        raise CannotResolve("step_unknown", f"the run has no step {name!r}; `treadle runs show` lists them")
    return max(found, key=lambda step: (step.state == "unknown", step.seq))


def open_attempts(state: dict[str, Any]) -> set[str]:
    """The ids of the steps that threads have open, out of a state's JSON."""
    threads = [state, *state.get("threads", {}).values()]
    return {str(each["attempt"].get("step")) for each in threads if each.get("attempt")}
