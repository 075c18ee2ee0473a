"""The worker: claims due runs, drives many at once, and lets go of them in order when it is told to stop.

Owns the pump, the bound of runs in flight, the heartbeat and what becomes of a run whose drive broke. The store says
what is due; the bell only shortens the time until somebody looks.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import structlog

from treadle.dsl.catalogue import Catalogue
from treadle.runtime.acting import Acting
from treadle.runtime.advance import Advancer, Fenced, Written
from treadle.runtime.agents import Agents
from treadle.runtime.alone import Alone
from treadle.runtime.announcing import Announcer
from treadle.runtime.bulk import BulkStarter
from treadle.runtime.call import Caller
from treadle.runtime.claimant import Claimant
from treadle.runtime.clock import steady
from treadle.runtime.committer import Committer
from treadle.runtime.effects import Effects
from treadle.runtime.ids import new_id
from treadle.runtime.latecomers import Latecomers
from treadle.runtime.lease import Keeper, Keeping, RunLease, in_thread
from treadle.runtime.limits import Limits
from treadle.runtime.live import GraphGone
from treadle.runtime.loading import Loader
from treadle.runtime.match import Matcher
from treadle.runtime.metrics import JOBS, RESCUES, START_DELAY, UNKNOWN, ZOMBIES
from treadle.runtime.pacing import Timing, WorkerHealth
from treadle.runtime.ports import Claimed, End, Fault, Park, Sleep, StoreDown, Transition
from treadle.runtime.rehearsing import Recorder
from treadle.runtime.reports import Reporting, Reports
from treadle.runtime.returning import Returns
from treadle.runtime.runaways import Runaways
from treadle.runtime.running import Running, current
from treadle.runtime.scheduler import Scheduler
from treadle.runtime.tasks import ended
from treadle.runtime.upkeep import Upkeep
from treadle.runtime.watching import Watch

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine

__all__ = ["Timing", "Worker", "WorkerHealth"]


class Worker:
    """One worker. `run` works until it is told to stop; everything else is for looking at it."""

    def __init__(
        self,
        engine: Engine,
        name: str | None = None,
        *,
        timing: Timing | None = None,
        keeping: Keeping = in_thread,
        on_stuck: Callable[[float], None] | None = None,
    ) -> None:
        self.id = new_id()
        self.name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._engine = engine
        self._store = engine.store
        self._timing = timing or Timing()
        self._keeping = keeping
        self._on_stuck = on_stuck
        announcer = Announcer(engine.store, engine.live, engine.clock)
        reports = Reports(engine.store, announcer, engine.clock)
        self._committer: Committer[Transition, Written] = Reporting(self._write, reports)
        caller = Caller(engine.host, engine.connections)
        self._advancer = Advancer(
            self._commit,
            engine.live,
            Acting(
                caller,
                engine.clock,
                Limits(engine.store, lambda: engine.live.limits),
                rehearsal=Recorder(Catalogue(plugins=engine.host.specs)),
                agents=Agents(
                    engine.host, engine.connections, caller, engine.clock, engine.store, lambda: engine.live.limits
                ),
            ),
            Matcher(engine.store, Loader(engine.host, engine.connections, engine.redactor)),
            engine.clock,
            store=engine.store,
            effects=Effects(engine.live, engine.clock, engine.connections.heard_by),
            runaways=Runaways(
                engine.store,
                engine.clock,
                of_rule=engine.settings.most_runs_of_rule,
                of_key=engine.settings.most_runs_of_key,
            ),
        )
        self._claimant = Claimant(engine.store, engine.renewer)
        self._alone = Alone(self._timing.grace)
        self._driving: dict[UUID, asyncio.Task[None]] = {}
        self._returns = Returns(self._committer)
        self._late = Latecomers(engine.store)
        self._wake = asyncio.Event()
        self._scheduler = Scheduler(engine.store, engine.live, engine.clock, self._wake.set)
        self._bulk = BulkStarter(engine.store, engine.live, self._wake.set, self._timing.lease)
        self._watch = Watch(engine.store, announcer, engine.clock, self._timing, self._wake.set)
        self._upkeep = Upkeep(engine.store, engine.settings.retention_days)
        self._written = 0
        self._worked = steady()
        self._health = WorkerHealth(engine.clock.now(), 0, 0, 0.0, True, True)

    def health(self) -> WorkerHealth:
        """As of the last heartbeat."""
        without = self._scheduler.without_next
        return msgspec.structs.replace(self._health, claimed=len(self._driving), schedules_without_next=without)

    def idle(self) -> float:
        """For how many seconds there was nothing to do; 0 while there is."""
        return 0.0 if self._driving else steady() - self._worked

    def fires_next(self) -> datetime | None:
        """When a schedule is due next."""
        return self._scheduler.next_at

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; then finish what is in flight, for a while, and give the rest back."""
        loop, timing = asyncio.get_running_loop(), self._timing
        keeper = Keeper(
            self._claimant.renewal(timing.lease),
            partial(_call_soon, loop, self._lost),
            lease=timing.lease,
            every=timing.renew,
            stuck=timing.stuck,
            on_stuck=self._on_stuck,
        )
        scheduler = asyncio.create_task(self._scheduler.run(timing.tick), name="scheduler")
        helpers = [
            scheduler,
            asyncio.create_task(self._heartbeats(), name="heartbeat"),
            asyncio.create_task(self._upkeep.run(timing.upkeep), name="upkeep"),
            asyncio.create_task(self._bulk.run(timing.tick), name="bulk"),
            asyncio.create_task(_beat(keeper), name="beat"),
            asyncio.create_task(self._watch.run(), name="watch"),
            asyncio.create_task(self._woken_by(stop), name="stop"),
        ]
        try:
            async with self._keeping(keeper):
                async with self._engine.bell.answering(self._wake.set):
                    await self._pump(stop, keeper)
                scheduler.cancel()
                await self._finish()
        finally:
            await ended(*helpers)
        with contextlib.suppress(StoreDown):
            await self._store.sign_off(self.id)

    # --- the pump ---------------------------------------------------------------------------------------------------

    async def _pump(self, stop: asyncio.Event, keeper: Keeper) -> None:
        timing, pause = self._timing, self._timing.poll
        while not stop.is_set():
            self._wake.clear()
            if await self._take(keeper):
                self._worked = steady()
            awake = steady() - self._worked < timing.awake
            pause = timing.linger if awake else min(timing.poll, pause * 1.5)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _take(self, keeper: Keeper) -> int:
        """Claim what may begin now; how many."""
        timing, held = self._timing, self._alone.held(self._driving)
        if self._alone.turn(self._driving):
            taken = await self._claim(1, keeper, suspects=True)
            self._alone.began(taken[0] if taken else None)
            return len(taken)
        room = timing.in_flight - len(self._driving)
        return len(await self._claim(min(room, timing.claim), keeper, suspects=False)) if room > 0 and not held else 0

    async def _claim(self, limit: int, keeper: Keeper, *, suspects: bool) -> list[UUID]:
        at, era = steady(), keeper.era
        try:
            claimed = await self._claimant.claim(limit, self._timing.lease, suspects=suspects)
        except Exception as error:
            fault = None if isinstance(error, StoreDown) else error
            self._log().warning("claim_failed", error=type(error).__name__, exc_info=fault)
            await asyncio.sleep(self._timing.poll)
            return []
        if claimed:
            self._engine.clock.adjust(claimed[0].now)
            lease = keeper.claimed(at, era)
            for each in claimed:
                _count(each)
                self._start(each, lease)
        return [each.run_id for each in claimed]

    def _start(self, claimed: Claimed, lease: RunLease) -> None:
        task = asyncio.create_task(self._drive(claimed, lease))
        self._driving[claimed.run_id] = task  # an older claim of the same run, if there is one, is fenced off

    async def _drive(self, claimed: Claimed, lease: RunLease) -> None:
        """One run, and whatever goes wrong with it."""
        run: Running | None = None
        try:
            program = await self._engine.live.program(claimed.graph)
            run = Running(claimed, program, lease, self._engine.redactor)
            current.set(run)
            rest = await self._advancer.drive(run)
            self._returns.ended(claimed.run_id)
            self._ended(claimed, rest)
        except Fenced:
            ZOMBIES.add()
            self._log().warning("fenced", run=str(claimed.run_id), epoch=claimed.epoch)
            self._late.sent(claimed.run_id, claimed.epoch, run.sent if run else {})
            with contextlib.suppress(StoreDown):  # then with a later heartbeat
                await self._late.tell()
        except (asyncio.CancelledError, StoreDown):
            self._returns.back(claimed, _open(claimed, run))
        except GraphGone as gone:
            self._returns.lost(claimed, _open(claimed, run), Fault("no_graph", str(gone)))
        except Exception as error:
            self._log().error("run_broke", run=str(claimed.run_id), rule=claimed.rule, exc_info=error)
            name = type(error).__name__
            fault = Fault("internal", f"the platform failed at this run ({name}); the log says where")
            self._returns.broke(claimed, _open(claimed, run), fault)
        finally:
            self._left(claimed)

    def _left(self, claimed: Claimed) -> None:
        if self._driving.get(claimed.run_id) is asyncio.current_task():
            del self._driving[claimed.run_id]
            self._claimant.left(claimed.run_id)
        if self._alone.due or len(self._driving) >= self._timing.in_flight - self._timing.claim:
            self._wake.set()

    async def _commit(self, transition: Transition) -> Written:
        try:
            return await self._committer.put(transition)
        except (asyncio.CancelledError, StoreDown):
            self._returns.unwritten(transition)
            raise

    def _ended(self, claimed: Claimed, rest: End | Sleep | Park) -> None:
        if isinstance(rest, End):
            JOBS.add(claimed.kind, rest.status)
        elif isinstance(rest, Park):
            UNKNOWN.add()
        if isinstance(rest, End) and rest.status != "suppressed":
            self._engine.host.run_ended(claimed.run_id, claimed.rule, rest.status)

    def _lost(self) -> None:
        """Nothing more is sent under the old leases, see `RunLease`; an answer on its way may yet be written down."""
        self._log().warning("leases_lost", runs=len(self._driving))

    async def _write(self, transitions: Sequence[Transition]) -> Sequence[Written]:
        """What an older claim of ours left behind may come with what the newer one does; the store takes one a run."""
        written: dict[int, Written] = {}
        for batch in _one_a_run(transitions):
            told: set[UUID] = set()
            fenced = await self._store.commit(batch, told)
            for each in batch:
                written[id(each)] = "fenced" if each.run_id in fenced else "told" if each.run_id in told else "written"
        self._written += len(transitions)
        if any(each.starts or each.emits for each in transitions):
            self._wake.set()
        return [written[id(each)] for each in transitions]

    # --- beside the pump ----------------------------------------------------------------------------------------------

    async def _heartbeats(self) -> None:
        written = 0
        while True:
            moved = self._written != written or not self._driving
            written = self._written
            try:
                await self._flush()
                await self._heartbeat(moved=moved)
            except Exception as error:
                self._health = msgspec.structs.replace(self._health, database=False)
                fault = None if isinstance(error, StoreDown) else error
                self._log().warning("heartbeat_failed", error=type(error).__name__, exc_info=fault)
            await asyncio.sleep(self._timing.beat)

    async def _heartbeat(self, *, moved: bool) -> None:
        await self._store.heartbeat(self.id, self.name, claimed=len(self._driving), progressed=moved)
        self._watch.contact.made()
        load = await self._store.load()
        self._alone.due |= load.suspects > 0
        last = self._engine.clock.now() if moved else self._health.last_progress
        self._health = WorkerHealth(last, len(self._driving), load.due, load.oldest_due, True, self._engine.bell.ok)

    async def _flush(self) -> None:
        """Write what is to be given back, and give back the claims that nobody in this process knows of."""
        if not await self._returns.flush():
            self._claimant.retire()
        await self._claimant.release_retired()
        await self._late.tell()

    async def _finish(self) -> None:
        if self._driving:
            await asyncio.wait(list(self._driving.values()), timeout=self._timing.grace)
        await ended(*self._driving.values())
        await self._committer.settle()
        with contextlib.suppress(StoreDown):
            await self._flush()
            await self._claimant.release_all()
        if self._late.untold:
            self._log().error("late_calls_untold", runs=[str(each) for each in self._late.untold])

    async def _woken_by(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    def _log(self) -> Any:
        return structlog.get_logger("treadle.worker").bind(worker=self.name)


def _count(claimed: Claimed) -> None:
    if claimed.crashes:
        RESCUES.add()
    if claimed.epoch == 1 and claimed.event is not None:
        START_DELAY.observe(max(0.0, (claimed.now - claimed.event.received_at).total_seconds()))


def _open(claimed: Claimed, run: Running | None) -> UUID | None:
    """The call whose outcome is open in the store."""
    return run.open if run else claimed.intent.id if claimed.intent else None


def _one_a_run(transitions: Sequence[Transition]) -> list[list[Transition]]:
    """Batches to be committed one after the other; those of a run keep their order."""
    batches: list[list[Transition]] = []
    before: Counter[UUID] = Counter()
    for each in transitions:
        if before[each.run_id] == len(batches):
            batches.append([])
        batches[before[each.run_id]].append(each)
        before[each.run_id] += 1
    return batches


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    loop.call_soon_threadsafe(call)


async def _beat(keeper: Keeper) -> None:
    while True:
        keeper.beat()
        await asyncio.sleep(keeper.lease / 30)
