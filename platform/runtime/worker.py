"""The worker: claims due runs, drives many at once, and lets go of them in order when it is told to stop.

Owns the pump, the bound of runs in flight, the heartbeat and what becomes of a run whose drive broke. The store says
what is due; the bell only shortens the time until somebody looks.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import structlog

from treadle.runtime.advance import Advancer, Fenced
from treadle.runtime.call import Caller
from treadle.runtime.claimant import Claimant
from treadle.runtime.clock import steady
from treadle.runtime.committer import Committer
from treadle.runtime.ids import new_id
from treadle.runtime.lease import Keeper, RunLease
from treadle.runtime.live import GraphGone
from treadle.runtime.loading import Loader
from treadle.runtime.match import Matcher
from treadle.runtime.pacing import Timing, WorkerHealth
from treadle.runtime.ports import Claimed, End, Fault, Park, Sleep, StepOutcome, StoreDown, Transition
from treadle.runtime.running import Running, current

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine

__all__ = ["Timing", "Worker", "WorkerHealth"]


class Worker:
    """One worker. `run` works until it is told to stop; everything else is for looking at it."""

    def __init__(self, engine: Engine, name: str | None = None, *, timing: Timing | None = None) -> None:
        self.id = new_id()
        self.name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._engine = engine
        self._store = engine.store
        self._timing = timing or Timing()
        self._committer: Committer[Transition, bool] = Committer(self._write)
        self._advancer = Advancer(
            self._committer.put,
            engine.live,
            Caller(engine.host, engine.connections),
            Matcher(engine.store, Loader(engine.host, engine.connections, engine.redactor)),
            engine.clock,
        )
        self._claimant = Claimant(engine.store, engine.renewer)
        self._driving: dict[UUID, asyncio.Task[None]] = {}
        self._given_up: dict[UUID, Transition] = {}
        self._wake = asyncio.Event()
        self._written = 0
        self._health = WorkerHealth(engine.clock.now(), 0, 0, 0.0, True, True)

    def health(self) -> WorkerHealth:
        """As of the last heartbeat."""
        return msgspec.structs.replace(self._health, claimed=len(self._driving))

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; then finish what is in flight, for a while, and give the rest back."""
        loop, timing = asyncio.get_running_loop(), self._timing
        keeper = Keeper(
            self._claimant.renewal(timing.lease),
            partial(_call_soon, loop, self._lost),
            lease=timing.lease,
            every=timing.renew,
        )
        keeper.start()
        helpers = [
            asyncio.create_task(self._heartbeats(), name="heartbeat"),
            asyncio.create_task(_beat(keeper), name="beat"),
            asyncio.create_task(self._woken_by(stop), name="stop"),
        ]
        try:
            async with self._engine.bell.answering(self._wake.set):
                await self._pump(stop, keeper)
            await self._finish()
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            await asyncio.to_thread(keeper.stop)

    # --- the pump ---------------------------------------------------------------------------------------------------

    async def _pump(self, stop: asyncio.Event, keeper: Keeper) -> None:
        timing, pause, worked = self._timing, self._timing.poll, steady()
        while not stop.is_set():
            self._wake.clear()
            room = timing.in_flight - len(self._driving)
            if room > 0 and await self._claim(min(room, timing.claim), keeper):
                worked = steady()
            awake = steady() - worked < timing.awake
            pause = timing.linger if awake else min(timing.poll, pause * 1.5)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _claim(self, limit: int, keeper: Keeper) -> int:
        at = steady()
        try:
            claimed = await self._claimant.claim(limit, self._timing.lease)
        except Exception as error:
            fault = None if isinstance(error, StoreDown) else error
            self._log().warning("claim_failed", error=type(error).__name__, exc_info=fault)
            await asyncio.sleep(self._timing.poll)
            return 0
        if claimed:
            self._engine.clock.adjust(claimed[0].now)
            lease = keeper.claimed(at)
            for each in claimed:
                self._start(each, lease)
        return len(claimed)

    def _start(self, claimed: Claimed, lease: RunLease) -> None:
        task = asyncio.create_task(self._drive(claimed, lease))
        self._driving[claimed.run_id] = task

    async def _drive(self, claimed: Claimed, lease: RunLease) -> None:
        """One run, and whatever goes wrong with it."""
        run: Running | None = None
        try:
            program = await self._engine.live.program(claimed.graph)
            run = Running(claimed, program, lease, self._engine.redactor)
            current.set(run)
            self._ended(claimed, await self._advancer.drive(run))
        except Fenced:
            self._log().warning("fenced", run=str(claimed.run_id), epoch=claimed.epoch)
        except GraphGone as gone:
            self._give_up(claimed, End("failed", Fault("no_graph", str(gone))))
        except (asyncio.CancelledError, StoreDown):
            self._give_up(claimed, Sleep(0.0, "running"))
        except Exception as error:
            self._log().error("run_broke", run=str(claimed.run_id), rule=claimed.rule, exc_info=error)
            self._broke(claimed, run, error)
        finally:
            self._driving.pop(claimed.run_id, None)
            self._claimant.left(claimed.run_id)
            if len(self._driving) >= self._timing.in_flight - self._timing.claim:
                self._wake.set()

    def _broke(self, claimed: Claimed, run: Running | None, error: Exception) -> None:
        """A fault of ours: the run must not come back for ever, and what may have been sent is not called failed."""
        fault = Fault("internal", f"the platform failed at this run ({type(error).__name__}); the log says where")
        left_open = run.open if run else claimed.intent.id if claimed.intent else None
        if left_open is None:
            self._give_up(claimed, End("failed", fault))
            return
        outcome = StepOutcome(id=left_open, state="unknown", tries=1, error=fault)
        self._give_up(claimed, Park(), outcome)

    def _give_up(self, claimed: Claimed, then: End | Sleep | Park, outcome: StepOutcome | None = None) -> None:
        """Give the run back: its lease would be prolonged with the others, and nobody drives it any more."""
        self._given_up[claimed.run_id] = Transition(
            run_id=claimed.run_id, epoch=claimed.epoch, then=then, outcome=outcome
        )

    def _ended(self, claimed: Claimed, rest: End | Sleep | Park) -> None:
        if isinstance(rest, End) and rest.status != "suppressed":
            self._engine.host.run_ended(claimed.run_id, claimed.rule, rest.status)

    def _lost(self) -> None:
        self._log().warning("leases_lost", runs=len(self._driving))
        for task in list(self._driving.values()):
            task.cancel()

    async def _write(self, transitions: Sequence[Transition]) -> Sequence[bool]:
        fenced = await self._store.commit(transitions)
        self._written += len(transitions)
        if any(each.starts for each in transitions):
            self._wake.set()
        return [each.run_id not in fenced for each in transitions]

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
        load = await self._store.load()
        last = self._engine.clock.now() if moved else self._health.last_progress
        self._health = WorkerHealth(last, len(self._driving), load.due, load.oldest_due, True, self._engine.bell.ok)

    async def _flush(self) -> None:
        """Write what was given up, and give back the claims that nobody in this process knows of."""
        given_up = dict(self._given_up)
        if given_up:
            await self._store.commit(list(given_up.values()))
            for run_id, transition in given_up.items():
                if self._given_up.get(run_id) is transition:
                    del self._given_up[run_id]
        await self._claimant.release_retired()

    async def _finish(self) -> None:
        if self._driving:
            await asyncio.wait(list(self._driving.values()), timeout=self._timing.grace)
        left = list(self._driving.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._committer.settle()
        with contextlib.suppress(StoreDown):
            await self._flush()
            await self._claimant.release_all()

    async def _woken_by(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    def _log(self) -> Any:
        return structlog.get_logger("treadle.worker").bind(worker=self.name)


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    loop.call_soon_threadsafe(call)


async def _beat(keeper: Keeper) -> None:
    while True:
        keeper.beat()
        await asyncio.sleep(keeper.lease / 30)
