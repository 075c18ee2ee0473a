"""A worker is frozen at a checkable call, another takes over, and the first one thaws: at every moment of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import pytest
from tests.runtime.virtual.conftest import CATALOGUE, START

from treadle.dsl import facade, values
from treadle.dsl.graph import Agent, Ask, Call
from treadle.runtime.acting import Acting
from treadle.runtime.advance import Advancer, Fenced
from treadle.runtime.call import Absent, Done, Prepared, Troubled
from treadle.runtime.ids import new_id
from treadle.runtime.latecomers import Latecomers, Sent, tell_late
from treadle.runtime.lease import Lease
from treadle.runtime.limits import Limits
from treadle.runtime.live import LiveRules
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.retries import Policy
from treadle.runtime.match import Matcher
from treadle.runtime.ours import LEASE_ENDS
from treadle.runtime.ports import Fault, RunFilter, StoreDown, StoredStep, Transition
from treadle.runtime.redaction import Redactor
from treadle.runtime.running import Running
from treadle.runtime.starting import run_of
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.virtual import JumpingClock, _Given

RULE = """use shop

rule "R"
  when by hand
  do
    shop.charge(id: 1)
"""
LEASE, TIMEOUT = 15.0, 5.0
Where = Literal["before check", "before write", "after write"]
Thaw = Literal["before takeover", "between looks", "at the second send", "in the end"]


class Service:
    """Does what it is sent. The first send is frozen in the middle, until `thaw`."""

    def __init__(self, clock: JumpingClock, where: Where) -> None:
        self.clock, self.where = clock, where
        self.gate = asyncio.Event()
        self.arrived: list[datetime] = []
        self.looks: list[datetime] = []
        self.sends = 0
        self.thaws_at_send = False

    def prepare(self, node: Call, args: Mapping[str, Any]) -> Prepared:
        return Prepared(input=values.encode(args), policy=Policy(effect="checkable", timeout=TIMEOUT))

    def prepare_ask(self, node: Ask, agent: Agent, args: Any) -> Prepared:
        raise AssertionError("no agent is asked here")

    async def call(self, call: Prepared, effect_id: UUID, lease: Lease) -> Done | Troubled:
        self.sends += 1
        first = self.sends == 1
        await self._freeze("before check", first=first)
        if not lease.enough():
            return Troubled("not_sent", Fault(LEASE_ENDS, "the lease was about to end"), None, ())
        await self._freeze("before write", first=first)
        if not first and self.thaws_at_send:
            self.gate.set()
            await asyncio.sleep(0.001)
        self.arrived.append(self.clock.now())
        await self._freeze("after write", first=first)
        return Done(None, None, ())

    async def _freeze(self, here: Where, *, first: bool) -> None:
        if first and here == self.where:
            await self.gate.wait()

    async def look_up(self, call: Prepared, effect_id: UUID) -> Done | Absent | Troubled:
        self.looks.append(self.clock.now())
        return Done(None, None, ()) if self.arrived else Absent()


class Held:
    """A lease by the clock."""

    def __init__(self, clock: JumpingClock) -> None:
        self._clock, self._until = clock, clock.now() + timedelta(seconds=LEASE)

    def enough(self) -> bool:
        return self._clock.now() < self._until


class Site:
    """Two workers on one store."""

    def __init__(self, where: Where) -> None:
        compiled = facade.compile_files({"a.rule": RULE}, CATALOGUE)
        assert compiled.program is not None, compiled.errors
        self.clock = JumpingClock(START)
        self.store = MemoryStore(self.clock.now)
        self.service = Service(self.clock, where)
        self.program = Program(compiled.program.graphs[0])
        self.live = LiveRules(self.store)
        self.live.adopt(new_id(), [self.program])
        acting = Acting(self.service, self.clock, Limits(self.store, lambda: ()))
        matcher = Matcher(self.store, _Given())
        self.advancer = Advancer(self._commit, self.live, acting, matcher, self.clock, store=self.store)

    async def _commit(self, transition: Transition) -> Any:
        return "fenced" if await self.store.commit([transition]) else "written"

    async def drive(self) -> bool:
        """Claim what is due and drive it, as a worker does; whether there was anything."""
        found = await self.store.claim(new_id(), 1, LEASE)
        for claimed in found:
            run = Running(claimed, self.program, Held(self.clock), Redactor())
            try:
                await self.advancer.drive(run)
            except Fenced:
                await tell_late(self.store, claimed.run_id, claimed.epoch, run.sent)
        return bool(found)

    async def jump(self) -> None:
        due = await self.store.soonest()
        assert due is not None
        self.clock.jump(due)


async def played(where: Where, thaw: Thaw) -> Site:
    site = Site(where)
    await site.store.start([run_of(site.program, {})])
    frozen = asyncio.create_task(site.drive())
    await asyncio.sleep(0.001)
    site.service.thaws_at_send = thaw == "at the second send"
    site.clock.jump(START + timedelta(seconds=LEASE + 1))
    if thaw == "before takeover":
        site.service.gate.set()
        await frozen
    while await site.store.soonest() is not None:
        await site.drive()
        if thaw == "between looks" and len(site.service.looks) == 1:
            site.service.gate.set()
            await frozen
        if await site.store.soonest() is not None:
            await site.jump()
    site.service.gate.set()
    await frozen
    return site


@pytest.mark.parametrize("where", ["before check", "before write", "after write"])
@pytest.mark.parametrize("thaw", ["before takeover", "between looks", "at the second send", "in the end"])
async def test_nothing_is_done_twice_unless_it_is_told(where: Where, thaw: Thaw) -> None:
    site = await played(where, thaw)
    (run,) = await site.store.runs(RunFilter())
    assert run.status == "done"
    service = site.service
    if len(service.looks) == 2:
        assert (service.looks[1] - service.looks[0]).total_seconds() >= TIMEOUT
    twice = where == "before write" and thaw in ("at the second send", "in the end")
    assert len(service.arrived) == (2 if twice else 1)
    if where != "after write" and thaw != "before takeover":
        assert len(service.looks) == 2
    notes = [step for step in await site.store.steps(run.id) if step.what == "sent twice"]
    assert [step.state for step in notes] == (["failed"] if twice else [])
    said = "perhaps" if thaw == "at the second send" else "surely"
    assert all(f"{said} done twice" in str(step.error) for step in notes)


async def test_what_was_left_unknown_is_told_when_its_answer_comes_in_the_end() -> None:
    site = Site("after write")
    site.service.prepare = lambda node, args: Prepared(  # type: ignore[method-assign]
        input=values.encode(args), policy=Policy(effect="blind", timeout=TIMEOUT)
    )
    await site.store.start([run_of(site.program, {})])
    frozen = asyncio.create_task(site.drive())
    await asyncio.sleep(0.001)
    site.clock.jump(START + timedelta(seconds=LEASE + 1))
    await site.drive()
    site.service.gate.set()
    await frozen
    (run,) = await site.store.runs(RunFilter(status="unknown"))
    call, note = await site.store.steps(run.id)
    assert (call.state, note.what, note.state, note.seq) == ("unknown", "late answer", "done", call.seq)
    assert "was done" in str(note.error)


async def test_what_the_store_did_not_take_is_told_later() -> None:
    store, run, step = _Moody(), new_id(), new_id()
    late = Latecomers(store)
    late.sent(run, 3, {step: Sent(1)})
    late.sent(new_id(), 1, {})
    with pytest.raises(StoreDown):
        await late.tell()
    assert late.untold == [run]
    store.down = False
    await late.tell()
    assert late.untold == []
    assert store.asked == [run, run]


class _Moody(MemoryStore):
    """Away until it is not."""

    def __init__(self) -> None:
        super().__init__()
        self.down = True
        self.asked: list[UUID] = []

    async def steps(self, run_id: UUID) -> list[StoredStep]:
        self.asked.append(run_id)
        if self.down:
            raise StoreDown("away")
        return []
