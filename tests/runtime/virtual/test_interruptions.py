"""What comes in between: workers that die after any write, events while a call is under way, clocks that jump."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.runtime.virtual.conftest import CATALOGUE, START, Play

from treadle.dsl import facade
from treadle.dsl.graph import Agent, Ask, Call
from treadle.runtime.advance import Fenced, Written
from treadle.runtime.call import Done, Prepared, Troubled
from treadle.runtime.lease import Lease
from treadle.runtime.ports import Transition
from treadle.runtime.scripted import Reply, Returns, Scripted
from treadle.runtime.virtual import StoreOn, World

RULE = """use shop

sequence "S"(n: int)
  do
    wait 10 min
    return n + 1

rule "R"
  when shop.placed as order
  do
    before = order.total * 2
    together
      for each tag in order.tags up to 2 at once
        shop.tag(id: order.id, tag: tag)
        wait 1 hour
        shop.tag(id: order.id, tag: "{tag}{tag}")
      x = run "S"(n: order.id)
      try
        wait 30 min
        fail "inside"
      on error as e
        log "{e.message} {before}"
    wait for shop.moved as move where move.id == order.id up to 1 day
    on timeout
      log "none"
    log "{x ?? 0} {before}"
"""


class Scripts:
    def call(self, node: Call, args: Mapping[str, Any]) -> Reply:
        return Returns()

    def ask(self, node: Ask, agent: Agent, args: Mapping[str, Any]) -> Reply:
        return Returns()


class Harmless(Scripted):
    """Calls that may be repeated: what a dead worker was at is done again."""

    def prepare(self, node: Call, args: Mapping[str, Any]) -> Prepared:
        from msgspec.structs import replace

        from treadle.runtime.machine.retries import Policy

        return replace(super().prepare(node, args), policy=Policy(effect="idempotent", tries=50))


class Mortal(World):
    """Its worker dies after the write with this number."""

    dies_after = 0
    writes = 0

    async def _commit(self, transition: Transition) -> Written:
        written = await super()._commit(transition)
        self.writes += 1
        if self.writes == self.dies_after:
            raise Fenced
        return written


async def lived(dies_after: int, store_on: StoreOn) -> tuple[list[str], set[str], int]:
    """What the rule logged, tagged, and how many writes it took."""
    compiled = facade.compile_files({"a.rule": RULE}, CATALOGUE)
    assert compiled.program is not None, compiled.errors
    world = Mortal(compiled.program.graphs, Harmless(Scripts()), start=START, store=store_on)
    world.dies_after = dies_after

    async def outlive(act: Callable[[], Awaitable[Any]]) -> None:
        try:
            await act()
        except Fenced:
            await world.advance(max(world.clock.now() + timedelta(minutes=11), START + timedelta(hours=5)))

    given = {"id": 7, "total": 2, "stage": None, "tags": ["a", "b", "c"]}
    await outlive(lambda: world.give("shop.placed", given))
    await outlive(lambda: world.advance(START + timedelta(hours=5)))
    await outlive(lambda: world.give("shop.moved", given))
    await outlive(lambda: world.advance(START + timedelta(days=2)))
    assert [row.status for row in await world.runs()] == ["done", "done"]
    logs = [str(each.text) for each in world.journal if each.kind == "log"]
    tags = {str(each.args["tag"]) for each in world.journal if each.kind == "action"}
    return logs, tags, world.writes


async def test_a_run_goes_on_alike_after_a_death_at_any_write(store_on: StoreOn) -> None:
    logs, tags, writes = await lived(0, store_on)
    assert logs == ["inside 4", "8 4"]
    assert tags == {"a", "aa", "b", "bb", "c", "cc"}
    assert writes > 10
    for dies_after in range(1, writes + 1):
        again, tagged, _ = await lived(dies_after, store_on)
        assert (again, tagged) == (logs, tags), dies_after


class Meddling(Scripted):
    """While a call is under way, something else happens."""

    def __init__(self, play: Play, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__(play, CATALOGUE)
        self._meanwhile = meanwhile

    async def call(self, call: Prepared, effect_id: UUID, lease: Lease) -> Done | Troubled:
        await self._meanwhile()
        return await super().call(call, effect_id, lease)


STOPS = """rule "R"
  when shop.placed as order
  stop when shop.message as m where m.contact_id == order.id
  do
    shop.tag(id: 1, tag: "a")
    shop.tag(id: 1, tag: "never")
"""


@pytest.mark.parametrize(("contact", "ends"), [(1, True), (2, False)])
async def test_stop_when_is_heard_between_two_steps(play: type[Play], contact: int, ends: bool) -> None:
    world = play(STOPS)
    meddling = Meddling(world, lambda: world.message(contact))
    world.world._advancer._acting._caller = meddling
    await world.placed(1)
    assert world.did == (["tag 1 a"] if ends else ["tag 1 a", "tag 1 never"])
    assert await world.fates() == [("R", "stopped", "stop_when") if ends else ("R", "done", None)]


async def test_an_event_that_came_before_the_run_was_first_looked_at_stops_it(play: type[Play]) -> None:
    world = play(STOPS.replace("  do\n", "  after 5 min of quiet per order.id\n  do\n"))
    await world.placed(1)
    await world.message(1)
    await world.after(minutes=10)
    assert await world.fates() == [("R", "stopped", "stop_when")]
    assert world.did == []


async def test_a_schedule_that_was_missed_follows_its_word(play: type[Play]) -> None:
    lines = "".join(
        f'rule "{word}"\n  when every monday at 12:00 in "UTC" {word}\n  do\n    log "{word}"\n\n'
        for word in ("catch up once", "catch up all", "skip missed")
    )
    world = play(lines)
    await world.after(minutes=1)
    world.world.clock.jump(START + timedelta(days=15))
    await world.after(hours=1)
    assert sorted(world.did) == ["log: catch up all"] * 3 + ["log: catch up once"]
    await world.after(days=7)
    assert sorted(world.did[4:]) == ["log: catch up all", "log: catch up once", "log: skip missed"]
