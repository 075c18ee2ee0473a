"""The contract of switches: what is switched, which schedules begin anew, and whose runs would end."""

from __future__ import annotations

from tests.runtime.store.conftest import PassTime
from tests.runtime.store.making import LEASE, arrival, intent, move, run

from treadle.runtime.ids import new_id
from treadle.runtime.ports import End, Park, Resting, Sleep, Store


async def test_a_rule_is_switched_and_back(store: Store) -> None:
    assert await store.switches() == {}
    await store.switch_rule("R", "off")
    await store.switch_rule("S", "rehearse")
    assert await store.switches() == {"R": "off", "S": "rehearse"}
    await store.switch_rule("R", "rehearse")
    await store.switch_rule("S", None)
    await store.switch_rule("T", None)
    assert await store.switches() == {"R": "rehearse"}


async def test_schedules_begin_with_the_switch(store: Store, pass_time: PassTime) -> None:
    (before,) = (await store.planned(["k"])).values()
    await pass_time(0.05)
    await store.switch_rule("R", None, begins=["k"])
    (after,) = (await store.planned(["k"])).values()
    assert after > before


async def test_the_live_runs_of_a_rule_say_who_can_end_them(store: Store) -> None:
    queued, asleep, held, tried, thread, over, person = [arrival(delay=-60.0 + at) for at in range(7)]
    others = [arrival(rule="Other"), arrival(delay=9e6)]
    await store.accept([], [queued, asleep, held, tried, thread, over, person, others[0]])
    await store.start([run(kind="sequence", delay=9e6)])
    claimed = {each.run_id: each for each in await store.claim(new_id(), 100, LEASE)}
    by_name = {
        name: claimed[each.runs[0].id]
        for name, each in zip(
            ("queued", "asleep", "held", "tried", "thread", "over", "person"),
            (queued, asleep, held, tried, thread, over, person),
            strict=True,
        )
    }
    step = intent()
    await store.commit(
        [
            move(by_name["queued"], Sleep(0.0, "matching")),
            move(by_name["asleep"], Sleep(9e6)),
            move(by_name["tried"], Sleep(9e6), steps=(step,)),
            move(by_name["thread"], Sleep(9e6), state=b'{"threads":{"1":{"at":"s","attempt":{"since":"x"}}}}'),
            move(by_name["over"], End("done")),
            move(by_name["person"], Park()),
        ]
    )
    busy = {"queued": False, "asleep": False, "held": True, "tried": True, "thread": True}
    wanted = [Resting(by_name[name].run_id, 1, each) for name, each in busy.items()]
    assert await store.live_runs("R") == sorted(wanted, key=lambda each: each.run_id)
