"""A run whose worker died while calls of it were open, in the hands of the next one. Found by the simulator."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from tests.runtime.virtual.conftest import CATALOGUE, START
from tests.runtime.virtual.test_interruptions import Harmless, Mortal, Scripts

from treadle.dsl import facade
from treadle.runtime.advance import Fenced
from treadle.runtime.call import Done, Prepared, Troubled
from treadle.runtime.lease import Lease
from treadle.runtime.ours import LEASE_ENDS
from treadle.runtime.ports import Fault, StoredStep
from treadle.runtime.virtual import StoreOn


class Careful(Harmless):
    """Sends nothing under a lease that is about to end."""

    async def call(self, call: Prepared, effect_id: UUID, lease: Lease) -> Done | Troubled:
        if not lease.enough():
            return Troubled("not_sent", Fault(LEASE_ENDS, "the lease was about to end"), None, ())
        return await super().call(call, effect_id, lease)


class Lost:
    """A lease that is over whenever it is asked for, so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def enough(self) -> bool:
        self.times -= 1
        return self.times < 0


async def died(text: str, store_on: StoreOn, *, after: int = 1) -> Mortal:
    """A world whose worker died at an order, after so many writes; the order's number is 1."""
    compiled = facade.compile_files({"a.rule": f'use shop\n\nrule "R"\n  when shop.placed as order\n{text}'}, CATALOGUE)
    assert compiled.program is not None, compiled.errors
    world = Mortal(compiled.program.graphs, Careful(Scripts()), start=START, store=store_on)
    world.dies_after = after
    try:
        await world.give("shop.placed", {"id": 1, "total": 2, "stage": None, "tags": []})
    except Fenced:
        return world
    raise AssertionError("it did not die")


async def calls(world: Mortal) -> list[StoredStep]:
    (run,) = await world.runs()
    return [step for step in await world.steps(run.id) if step.what == "shop.tag"]


async def test_a_call_behind_a_loop_is_a_step_of_its_own_after_a_takeover(store_on: StoreOn) -> None:
    steps = """  do
    for each n in [1]
      shop.tag(id: n, tag: "inside")
    shop.tag(id: 1, tag: "behind")
"""
    world = await died(steps, store_on)
    await world.advance(START + timedelta(hours=1))
    assert [(step.seq, step.state) for step in await calls(world)] == [(2, "done"), (3, "done")]


async def test_a_call_in_doubt_is_not_called_failed_when_the_run_is_stopped_first(store_on: StoreOn) -> None:
    world = await died(
        '  stop when shop.message as m where m.contact_id == order.id\n  do\n    shop.tag(id: 1, tag: "a")\n',
        store_on,
        after=2,
    )
    await world.give("shop.message", {"contact_id": 1, "text": "stop"})
    await world.advance(START + timedelta(hours=1))
    (run,) = await world.runs()
    assert (run.status, run.error and run.error.code) == ("stopped", "stop_when")
    assert [step.state for step in await calls(world)] == ["unknown"]


async def test_a_call_in_doubt_under_a_lost_lease_is_left_to_the_next_claim(
    store_on: StoreOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await died('  do\n    shop.tag(id: 1, tag: "a")\n', store_on)
    lost = Lost(20)
    monkeypatch.setattr("treadle.runtime.virtual._Never", lambda: lost)
    before, claims = world.writes, 20
    await world.advance(START + timedelta(hours=1))
    assert [step.state for step in await calls(world)] == ["done"]
    assert world.writes - before == claims + 2  # each claim lets go of it at once; then it is sent, and ends
