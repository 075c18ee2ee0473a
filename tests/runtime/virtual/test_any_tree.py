"""Any tree of steps does the same whether or not its worker dies on the way, whatever the write after which it dies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tests.runtime.clocked import clocked
from tests.runtime.virtual.conftest import CATALOGUE, START
from tests.runtime.virtual.test_interruptions import Harmless, Mortal, Scripts

from treadle.dsl import facade
from treadle.dsl.graph import Graph
from treadle.runtime.advance import Fenced
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.virtual import StoreOn

Tree = tuple[Any, ...]
LEAVES = st.one_of(
    st.just(("log",)), st.just(("tag",)), st.just(("run",)), st.tuples(st.just("wait"), st.integers(1, 90))
)


def _blocks(steps: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    body = st.lists(steps, min_size=1, max_size=3)
    return st.one_of(
        st.tuples(st.just("try"), body, st.booleans(), body),
        st.tuples(st.just("each"), st.integers(0, 3), st.integers(1, 2), body),
        st.tuples(st.just("together"), st.lists(steps, min_size=2, max_size=3)),
        st.tuples(st.just("if"), st.booleans(), body, body),
        st.tuples(st.just("heard"), st.integers(1, 90), body),
    )


TREES = st.lists(st.recursive(LEAVES, _blocks, max_leaves=10), min_size=1, max_size=4)


def _lines(tree: Tree, number: Iterator[int], deep: str) -> Iterator[str]:
    n = next(number)
    match tree:
        case ("log",):
            yield f'{deep}log "{n}"'
        case ("tag",):
            yield f'{deep}shop.tag(id: {n}, tag: "t")'
        case ("run",):
            yield f'{deep}x{n} = run "S"(n: {n})'
            yield f'{deep}log "{{x{n} ?? 0}}"'
        case ("wait", minutes):
            yield f"{deep}wait {minutes} min"
        case _:
            yield from _block_lines(tree, n, number, deep)


def _block_lines(tree: Tree, n: int, number: Iterator[int], deep: str) -> Iterator[str]:
    match tree:
        case ("try", body, fails, handler):
            yield f"{deep}try"
            yield from _block(body, number, deep)
            if fails:
                yield f'{deep}  fail "{n}"'
            yield f"{deep}on error as e{n}"
            yield f'{deep}  log "{{e{n}.message}}"'
            yield from _block(handler, number, deep)
        case ("each", items, at_once, body):
            yield f"{deep}for each i{n} in first_of({items}) up to {at_once} at once"
            yield f'{deep}  log "{{i{n}}}"'
            yield from _block(body, number, deep)
        case ("together", branches):
            yield f"{deep}together"
            yield from _block(branches, number, deep)
        case ("if", holds, body, other):
            yield f"{deep}if order.total {'>' if holds else '<'} 0"
            yield from _block(body, number, deep)
            yield f"{deep}else"
            yield from _block(other, number, deep)
        case ("heard", minutes, body):
            yield f"{deep}wait for shop.moved as m{n} where m{n}.id == {n} up to {minutes} min"
            yield f"{deep}on timeout"
            yield from _block(body, number, deep)


def _block(body: list[Tree], number: Iterator[int], deep: str) -> Iterator[str]:
    for each in body:
        yield from _lines(each, number, f"{deep}  ")


HEAD = """use shop

function first_of(n: int) -> [int] = filter([1, 2, 3], i => i <= n)

sequence "S"(n: int)
  do
    wait 10 min
    return n + 1

rule "R"
  when shop.placed as order
  do
"""


async def lived(graphs: tuple[Graph, ...], dies_after: int, store_on: StoreOn = MemoryStore) -> tuple[Any, int]:
    """What was done, in no order, what became of the runs, and how many writes it took."""
    world = Mortal(graphs, Harmless(Scripts()), start=START, store=store_on)
    world.dies_after = dies_after
    until = START + timedelta(days=3)
    try:
        await world.give("shop.placed", {"id": 1, "total": 2, "stage": None, "tags": []})
        await world.advance(until)
    except Fenced:
        await world.advance(until)
    done = sorted((each.kind, str(each.target), str(each.text)) for each in world.journal if each.kind != "action")
    tagged = sorted({str(each.args) for each in world.journal if each.kind == "action"})
    fates = sorted((row.rule, row.status) for row in await world.runs())
    return (done, tagged, fates), world.writes


def compiled(trees: list[Tree]) -> tuple[Graph, ...]:
    """The graphs of a rule with these steps, if it is sound."""
    text = HEAD + "\n".join(_block(trees, count(1), "  ")) + "\n"
    found = facade.compile_files({"a.rule": text}, CATALOGUE)
    assume(found.program is not None)
    assert found.program is not None
    return found.program.graphs


@settings(max_examples=40, deadline=None)
@example([("together", [("log",), ("log",)]), ("tag",)], 1)
@example([("heard", 1, [("tag",), ("together", [("log",), ("log",)])]), ("tag",)], 1)
@given(TREES, st.integers(1, 1000))
def test_any_tree_of_steps_outlives_its_worker(trees: list[Tree], moment: int) -> None:
    graphs = compiled(trees)
    expected, writes = asyncio.run(lived(graphs, 0))
    assert asyncio.run(lived(graphs, moment % writes + 1))[0] == expected
    assert {status for _, status in expected[2]} == {"done"}


@settings(max_examples=10, deadline=None)
@given(TREES, st.integers(1, 1000))
def test_any_tree_of_steps_outlives_its_worker_on_postgres(clocked_url: str, trees: list[Tree], moment: int) -> None:
    graphs = compiled(trees)
    expected, writes = asyncio.run(lived(graphs, 0))

    async def lived_there() -> Any:
        async with clocked(clocked_url) as store_on:
            return (await lived(graphs, moment % writes + 1, store_on))[0]

    assert asyncio.run(lived_there()) == expected
