"""The world of one version of the rules: recorded events come in at their time, and everything goes to its branch.

Owns whose doing each thing is: a run belongs to the branch of the event, or of the firing, that it goes back to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from treadle.dsl import values
from treadle.dsl.spans import Span
from treadle.dsl.values import Value
from treadle.runtime.accept import Offered, arrival_of
from treadle.runtime.backtest.branches import NOT_RECORDED, Branch, Case, Did, Fate
from treadle.runtime.backtest.keeping import ReplayStore
from treadle.runtime.backtest.ordered import OrderedWorld
from treadle.runtime.backtest.past import PastStart
from treadle.runtime.backtest.recorded import RecordedLoads, origin_then, settle_fate
from treadle.runtime.backtest.stubs import Driving, Stubs
from treadle.runtime.backtest.versions import Setting, Version
from treadle.runtime.ports import ApprovalRow, Claimed, NewEvent, NewRun, StoredEvent
from treadle.runtime.running import Running
from treadle.runtime.store.memory_history import MemoryRun
from treadle.runtime.system import system
from treadle.runtime.virtual import Decides

_AT_ONCE = 100  # runs that are driven without letting others have a turn
_FOLLOWS = "it follows from what cannot be told"

Asks = Callable[[Case], Awaitable[None]]
"""Brings what was answered then into the case."""
Clocked = Callable[[str, datetime], Branch]
"""The branch for a rule that the clock starts at this instant."""


class Replica(OrderedWorld):
    """One version. `over` are branches whose last run ended, until somebody takes them from there."""

    def __init__(self, version: Version, setting: Setting, since: datetime, asks: Asks, clocked: Clocked) -> None:
        self._setting = setting
        self._asks = asks
        self._clocked = clocked
        self._driving: Driving | None = None
        self._driven = 0
        self._branches: dict[UUID, Branch] = {}
        self._of_event: dict[UUID, tuple[Branch, str, int]] = {}
        self._unsure: set[UUID] = set()
        self._fates: dict[UUID, Fate] = {}
        self._beginning: Branch | None = None
        self.over: list[Branch] = []
        self._reads = {
            f"{plugin.name}.{name}": (action.reads, action.messages)
            for plugin in setting.catalogue.plugins.values()
            for name, action in plugin.actions.items()
        }
        super().__init__(
            version.graphs,
            Stubs(setting.catalogue, self._who),
            start=since,
            limits=version.limits,
            people=_People(self),
            store=ReplayStore,
            loader=RecordedLoads(),
            where=setting.where,
        )
        assert isinstance(self.store, ReplayStore), "made above"
        self.kept = self.store
        self.kept.watch = self

    # --- what happens -------------------------------------------------------------------------------------------------

    async def at(self, moment: datetime) -> None:
        """Let the time pass. Raises `virtual.Endless`."""
        due = await self.next_due()
        if due is None or due > moment:
            self.clock.jump(moment)  # all that was due before is done
            return
        with self._at_its_time():
            await self.advance(moment)

    async def take(self, branch: Branch, event: StoredEvent) -> None:
        """The recorded event comes in now; what it leads to at once is done. Raises `virtual.Endless`."""
        token = system.set(self._machine)
        try:
            await self._take(branch, event)
        finally:
            system.reset(token)

    async def begin(self, branch: Branch, start: PastStart) -> None:
        """Somebody starts a run by hand now. Raises `virtual.Endless`."""
        self._beginning = branch
        try:
            why = await self.started(start)
        finally:
            self._beginning = None
        if why is not None and start.kind == "rule":
            branch.fates["", 0, start.run.rule] = Fate(start.run.graph, "filtered", why)

    async def _take(self, branch: Branch, event: StoredEvent) -> None:
        connected = self._setting.connections.get(event.connection_id) if event.connection_id else None
        heard = self.rules.hear(event.trigger, connected, values.decode(event.data), self.clock.now())
        branch.events.append(event.id)
        self._of_event[event.id] = (branch, event.trigger, 0)
        branch.heard[event.trigger] = 1
        new = NewEvent(
            id=event.id,
            trigger=event.trigger,
            data=event.data,
            connection_id=event.connection_id,
            entity=event.entity,
            version=event.version,
            publication=event.publication,
        )
        arrival = arrival_of(Offered(event=new, heard=heard), origin_then(event, branch.case.cause))
        await self.store.accept([], [arrival])
        if event.loaded is not None:
            self.kept.loaded(event.id, event.loaded)
        await self.settle()

    async def _drive(self, claimed: Claimed) -> None:
        branch = self._branches[claimed.run_id]
        if branch.case.answers is None:
            await self._asks(branch.case)
        self._driving = Driving(branch, claimed.run_id, claimed.rule)
        self._driven += 1
        if self._driven % _AT_ONCE == 0:
            await asyncio.sleep(0)
        await super()._drive(claimed)

    async def _decided(self) -> bool:
        """See `World`; asked at every step, and most rules ask nobody."""
        return self.kept.asks_people and await super()._decided()

    def _who(self) -> Driving:
        assert self._driving is not None, "only runs call"
        return self._driving

    # --- what became of runs: `keeping.Watches` -----------------------------------------------------------------------

    def began(self, run: NewRun) -> None:
        """See `Watches.began`."""
        branch, trigger, number = self._goes_back_to(run)
        branch.live += 1
        branch.runs.append(run.id)
        self._branches[run.id] = branch
        unsure = run.parent_id in branch.doubtful or run.event_id in self._unsure
        if unsure:
            branch.doubtful.add(run.id)
        if run.parent_id in branch.made_up:
            branch.made_up.add(run.id)
        if run.kind == "rule" and unsure:
            branch.fates[trigger, number, run.rule] = Fate(run.graph, "cannot_tell", _FOLLOWS)
        elif run.kind == "rule":
            fate = Fate(run.graph, "pending" if run.status == "matching" else "fired")
            branch.fates[trigger, number, run.rule] = self._fates[run.id] = fate

    def _goes_back_to(self, run: NewRun) -> tuple[Branch, str, int]:
        if run.parent_id is not None:
            return self._branches[run.parent_id], "", 0
        if run.event_id is not None:
            return self._of_event[run.event_id]
        if self._beginning is not None:
            return self._beginning, "", 0
        return self._clocked(run.rule, self.clock.now()), "", 0

    def emitted(self, event: StoredEvent) -> None:
        """See `Watches.emitted`."""
        if event.cause is None or event.id in self._of_event:
            return  # a recorded one, which came in
        branch = self._branches[event.cause]
        number = branch.heard.get(event.trigger, 0)
        branch.heard[event.trigger] = number + 1
        branch.events.append(event.id)
        self._of_event[event.id] = (branch, event.trigger, number)
        if event.cause in branch.doubtful:
            self._unsure.add(event.id)

    def fires(self, run_id: UUID) -> None:
        """See `Watches.fires`."""
        fate = self._fates.get(run_id)
        if fate is not None and fate.outcome == "pending":
            fate.outcome = "fired"

    def ended(self, run: MemoryRun) -> None:
        """See `Watches.ended`."""
        branch = self._branches[run.new.id]
        fate, fault = self._fates.get(run.new.id), run.error
        unknown = fault is not None and fault.code == NOT_RECORDED
        if unknown and fault is not None:
            branch.doubts.setdefault(run.new.rule, fault.message)
        if fate is not None:
            settle_fate(fate, run, unknown=unknown)
        branch.live -= 1
        if branch.live == 0:
            self.over.append(branch)

    def left(self) -> list[Branch]:
        """The branches with runs that are not over."""
        return list({id(each): each for each in self._branches.values()}.values())

    def forget(self, branch: Branch) -> None:
        """Nothing of it is asked for any more."""
        for run_id in branch.runs:
            self._branches.pop(run_id, None)
            self._fates.pop(run_id, None)
            self._observer.forget(run_id)
        for event_id in branch.events:
            self._of_event.pop(event_id, None)
            self._unsure.discard(event_id)
        self.kept.forget(branch.runs, branch.events)

    # --- what they did ------------------------------------------------------------------------------------------------

    def _write(self, run: Running, kind: str, span: Span, **fields: Value) -> None:
        run_id = run.claimed.run_id
        branch = self._branches[run_id]
        target = fields.get("target") or ""
        reads, messages = self._reads.get(target, (False, False)) if kind == "action" else (False, False)
        switched = run.state.rehearse and not run.program.graph.rehearse
        if kind == "log" or reads or switched or run_id in branch.doubtful:
            return
        did = Did(
            rule=run.claimed.rule,
            what=target if kind == "action" else f"{kind} {target}".strip(),
            connection=fields.get("connection"),
            args=fields.get("args", {}),
            message=messages,
            made_up=run_id in branch.made_up,
        )
        branch.did.append(did)

    def unanswered(self, row: ApprovalRow) -> bool | None:
        """What people said then to the question; where nobody asked them, the run is in doubt."""
        branch = self._branches[row.run_id]
        known, said = branch.case.answers.decided(row.question) if branch.case.answers else (False, None)
        if not known:
            Driving(branch, row.run_id, row.rule).doubt("it asks people what nobody asked them then")
        return said


class _People(Decides):
    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def approve(self, row: ApprovalRow) -> bool | None:
        """See `Decides`."""
        return self._replica.unanswered(row)
