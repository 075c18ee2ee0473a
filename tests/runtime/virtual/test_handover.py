"""Runs that go over to another version of any tree of steps: nothing is done twice, nothing breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.runtime.virtual.conftest import CATALOGUE, START
from tests.runtime.virtual.test_any_tree import HEAD, LEAVES, TREES, Tree, _block
from tests.runtime.virtual.test_interruptions import Harmless, Mortal, Scripts

from treadle.dsl import facade
from treadle.dsl.graph import Graph
from treadle.runtime.handover import Stays, moved, restarted, state_of
from treadle.runtime.ids import new_id
from treadle.runtime.machine.state import State, encode
from treadle.runtime.ports import Moved, PinnedRun, Publication

ORDER = {"id": 1, "total": 2, "stage": None, "tags": []}
EDITS: dict[str, Callable[[list[Tree], int, Tree], list[Tree]]] = {
    "insert": lambda trees, at, leaf: [*trees[:at], leaf, *trees[at:]],
    "remove": lambda trees, at, _: [*trees[:at], *trees[at + 1 :]] or [("log",)],
    "turn": lambda trees, at, _: [*trees[at:], *trees[:at]],
    "try": lambda trees, at, leaf: [*trees[:at], ("try", [trees[at]], False, [leaf]), *trees[at + 1 :]],
    "if": lambda trees, at, leaf: [*trees[:at], ("if", True, [trees[at]], [leaf]), *trees[at + 1 :]],
}


def compiled(trees: list[Tree], before: tuple[Graph, ...] = ()) -> tuple[Graph, ...]:
    """The graphs; steps keep the ids that they have in those before."""
    text = HEAD + "\n".join(_block(trees, count(1), "  ")) + "\n"
    known = {(each.kind, each.name): each for each in before}
    found = facade.compile_files({"a.rule": text}, CATALOGUE, known)
    assume(found.program is not None)
    assert found.program is not None
    return found.program.graphs


def rule(graphs: tuple[Graph, ...]) -> Graph:
    return next(each for each in graphs if each.kind == "rule")


async def gone_over(old: tuple[Graph, ...], new: tuple[Graph, ...], minutes: int) -> bool:
    """Whether the run went over after so many minutes. Then it ends well, and no step of it came before and behind."""
    world = Mortal(old, Harmless(Scripts()), start=START)
    await world.give("shop.placed", ORDER)
    await world.advance(START + timedelta(minutes=minutes))
    runs = [each for each in await world.store.pinned([], []) if each.rule == "R"]
    if not runs:
        return False
    (run,) = runs
    try:
        state = moved(run, rule(old), rule(new))
    except Stays:
        return False
    before = {step.node for step in await world.steps(run.run_id)}
    publication = Publication(
        id=new_id(),
        created_at=world.clock.now(),
        sources={},
        graphs={each.version(): msgspec.json.encode(each) for each in new},
    )
    move = Moved(run.run_id, run.epoch, rule(new).version(), state)
    assert await world.store.publish(publication, moves=[move]) == set()
    seen = len(await world.steps(run.run_id))
    await world.advance(START + timedelta(days=3))
    (row,) = [each for each in await world.runs() if each.id == run.run_id]
    assert (row.status, row.error) == ("done", None)
    behind = {step.node for step in (await world.steps(run.run_id))[seen:]}
    waited = state_of(run).at
    assert not before & behind - {waited}
    return True


@settings(max_examples=40, deadline=None)
@given(TREES, st.sampled_from(sorted(EDITS)), st.integers(0, 3), LEAVES, st.integers(0, 120))
def test_a_run_that_goes_over_does_no_step_twice(
    trees: list[Tree], edit: str, at: int, leaf: Tree, minutes: int
) -> None:
    old = compiled(trees)
    new = compiled(EDITS[edit](trees, at % len(trees), leaf), old)
    asyncio.run(gone_over(old, new, minutes))


@settings(max_examples=15, deadline=None)
@given(TREES, st.integers(0, 120))
def test_any_run_that_rests_in_one_place_can_go_over_to_the_version_that_it_is_on(
    trees: list[Tree], minutes: int
) -> None:
    graphs = compiled([("wait", 150), *trees])
    assert asyncio.run(gone_over(graphs, graphs, minutes))


FIRST = """use shop

rule "R"
  when shop.placed as order
  do
    {before}
    wait 1 day
    {behind}
"""


def pinned(graph: Graph, at: str | None, **more: Any) -> PinnedRun:
    names = {"run_id": new_id(), "epoch": 1, "kind": "rule", "rule": "R", "graph": "g", "status": "waiting"}
    others = {"held": False, "acted": False, "answers": False, "event_id": None, "parent_id": None, "origin": "R"}
    state = encode(State(at=at, seq=2, vars=more.pop("vars", {})))
    return PinnedRun(**{**names, **others, "hops": 0, "state": state, **more})


def graph(before: str, behind: str) -> Graph:
    text = FIRST.format(before=before, behind=behind)
    found = facade.compile_files({"a.rule": text}, CATALOGUE)
    assert found.program is not None, found.errors
    return found.program.graphs[0]


@pytest.mark.parametrize(
    ("before", "behind", "run", "why"),
    [
        ("x = 1", 'a: log "{x}"', {}, "x, which the new version reads, was not given"),
        ("x = 1", 'a: log "{x}"', {"vars": {"x": "one"}}, "x is of another type in the new version"),
        ('log "x"', 'b: log "x"', {}, "the new version has no a"),
        ('log "x"', "a: wait 1 min", {}, "a is `wait` in the new version"),
        ('log "x"', 'try\n      a: log "x"\n    on error\n      stop', {}, "a stands in another block"),
        ('log "x"', 'a: log "x"', {"held": True}, "a worker is at it"),
        ('log "x"', 'a: log "x"', {"status": "unknown"}, "a person has to decide an effect"),
    ],
)
def test_why_a_run_stays(before: str, behind: str, run: dict[str, Any], why: str) -> None:
    old = graph('log "x"', 'a: log "x"')
    with pytest.raises(Stays, match=why):
        moved(pinned(old, "a", **run), old, graph(before, behind))


def test_what_is_read_from_there_on_is_enough() -> None:
    old, new = graph('log "x"', 'a: log "x"'), graph('x = 1\n    log "{x}"', 'a: log "y"')
    assert moved(pinned(old, "a"), old, new)
    with_name = graph("x = 1", 'a: log "{x}"')
    assert moved(pinned(with_name, "a", vars={"x": 7}), with_name, with_name)


def test_what_acted_or_is_waited_for_is_not_started_anew() -> None:
    old, new = graph('log "x"', 'a: log "x"'), graph('log "y"', 'a: log "y"')
    begun = restarted(pinned(old, "a"), old, new, "g2")
    assert (begun.graph, begun.status, begun.origin) == ("g2", "running", "R")
    for more, why in (({"acted": True}, "sent or started"), ({"answers": True}, "another run waits")):
        with pytest.raises(Stays, match=why):
            restarted(pinned(old, "a", **more), old, new, "g2")
