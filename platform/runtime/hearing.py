"""What comes for a run while it lives: events, decisions, returns, orders to end. Owns what each means for its threads.

The store finds runs by trigger and key; whether an event is really meant is decided here, with the names of the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from treadle.dsl import values
from treadle.dsl.graph import Approve, Ask, Run
from treadle.dsl.values import Value
from treadle.runtime.echoes import origin_of
from treadle.runtime.loading import Loads, Unloaded
from treadle.runtime.machine.decisions import DoEnd, Record
from treadle.runtime.machine.feeding import answered, failed
from treadle.runtime.machine.program import Ear
from treadle.runtime.machine.retries import pause
from treadle.runtime.machine.state import thread_of
from treadle.runtime.machine.threads import names_in, resting
from treadle.runtime.ports import Fault, Signal, Store, StoredEvent
from treadle.runtime.running import Running
from treadle.runtime.verdicts import take_verdict

STOP = "stop."
"""What the slots of `stop when` lines begin with; the index of the line follows."""
_LOADS = 3


class Hearing:
    """Takes signals in, in their order."""

    def __init__(self, store: Store, loader: Loads) -> None:
        self._store = store
        self._loader = loader

    async def take(self, run: Running, signals: Sequence[Signal]) -> DoEnd | None:
        """Put what came into the run's state; the end, when it is to end. What was taken before is left out."""
        for signal in signals:
            if signal.id in run.read:
                continue
            if signal.kind == "resolved" and run.settles:  # the next write has room for one outcome, and has it
                run.told = True
                continue
            run.reads(signal.id)
            if (end := await self._one(run, signal)) is not None:
                return end
        return None

    async def _one(self, run: Running, signal: Signal) -> DoEnd | None:
        if signal.kind == "end":
            return DoEnd("stopped", signal.fault)
        if signal.kind == "resolved":
            take_verdict(run, signal)
            return None
        if signal.kind == "event" and signal.slot.startswith(STOP):
            return await self._stop(run, signal)
        thread = resting(run.state, signal.slot) if signal.slot else None
        if thread is None:
            return None
        if signal.kind == "event":
            await self._heard(run, thread, signal)
        elif signal.kind == "decided":
            self._answer(run, thread, values.decode(signal.data or b"false"))
        elif signal.kind == "returned":
            self._returned(run, thread, signal)
        return None

    async def _stop(self, run: Running, signal: Signal) -> DoEnd | None:
        ear = run.program.stops[int(signal.slot.removeprefix(STOP))]
        if signal.event is None or await self._meant(run, ear, signal.event, run.names) is None:
            return None
        return DoEnd("stopped", Fault("stop_when", f"{ear.hear.full} came, which ends the run"))

    async def _heard(self, run: Running, thread: int, signal: Signal) -> None:
        ear = run.program.ears[str(thread_of(run.state, thread).at)]
        if signal.event is None:
            return
        heard = await self._meant(run, ear, signal.event, names_in(run.state, thread, run.names))
        if heard is not None:
            self._answer(run, thread, heard)

    def _answer(self, run: Running, thread: int, value: Value) -> None:
        node = run.program.graph.nodes[str(thread_of(run.state, thread).at)]
        what = "approve" if isinstance(node, Ask) else str(node.__struct_config__.tag)
        run.passed(Record(node=node.id, what=what, output=value))
        self._done(run, thread)
        run.enter(answered(run.program.graph, run.state, thread, value))

    def _returned(self, run: Running, thread: int, signal: Signal) -> None:
        node = run.program.graph.nodes[str(thread_of(run.state, thread).at)]
        assert isinstance(node, Run | Approve), "only `run` waits for a return"
        if signal.fault is not None:
            run.passed(Record(node=node.id, what="run", error=signal.fault))
            self._done(run, thread)
            run.enter(failed(run.state, thread, node.id, signal.fault))
            return
        value = None if signal.data is None else values.decode(signal.data)
        self._answer(run, thread, value if node.name is None else run.program.revived(node.name, value))

    def _done(self, run: Running, thread: int) -> None:
        rest = thread_of(run.state, thread).rest
        if rest is not None and rest.slot is not None:
            run.also("forgets", rest.slot)

    # --- whether an event is meant ------------------------------------------------------------------------------------

    async def _meant(self, run: Running, ear: Ear, event: StoredEvent, names: dict[str, Value]) -> Value:
        """The event as the run sees it, when it is the one that the run listens for; else None."""
        if await self._own(run, event):
            return None
        data = (ear.loads and (event.loaded or await self._load(event))) or event.data
        value = run.program.revived(ear.hear.name, values.decode(data))
        return value if ear.hears(run.program.scope({**names, ear.hear.name: value})) else None

    async def _own(self, run: Running, event: StoredEvent) -> bool:
        """Whether the run itself made the change, which was not known yet when the report came in."""
        if event.connection_id is None or event.entity is None:
            return False
        family = f"{event.entity.partition(':')[0]}:*"
        echoes = await self._store.echoes(event.connection_id, [event.entity, family])
        origin = origin_of(event.version, echoes, by_us=False)
        return origin.kind == "own" and origin.echo is not None and origin.echo.run_id == run.claimed.run_id

    async def _load(self, event: StoredEvent) -> bytes | None:
        for tried in range(1, _LOADS + 1):
            try:
                return await self._loader.load(event)
            except Unloaded as failure:
                if failure.final or tried == _LOADS:
                    return None
                await asyncio.sleep(pause(tried, 1.0, failure.retry_after))
        return None
