"""Loops and conflicts against a small world that is tried out: leads that rules move from stage to stage."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.analysis.across import check_across
from treadle.dsl.analysis.conflicts import conflicts
from treadle.dsl.analysis.facts import Facts
from treadle.dsl.analysis.loops import loops
from treadle.dsl.analysis.reading import facts_of
from treadle.dsl.analysis.world import World
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Limit
from treadle.dsl.spans import NOWHERE

STAGES = ["New", "Qualified", "Won", "Lost"]
Mover = tuple[frozenset[str], str]
movers = st.tuples(st.frozensets(st.sampled_from(STAGES), min_size=1, max_size=2), st.sampled_from(STAGES))


def facts(text: str) -> list[Facts]:
    world = World(CATALOGUE)
    return [facts_of(graph, world) for graph in compile_files({"a.rule": "use kommo\n\n" + text}, CATALOGUE).partial]


def moving(name: str, heard: frozenset[str], to: str) -> str:
    listed = ", ".join(f'"{each}"' for each in sorted(heard))
    return (
        f'rule "{name}"\n  when kommo.lead_stage_changed as change\n  where change.stage in [{listed}]\n  do\n'
        f'    kommo.move_lead(lead_id: change.lead_id, stage: "{to}")\n\n'
    )


def circle(names: tuple[str, ...], world: Mapping[str, Mover], *, surely: bool) -> bool:
    """Whether each of the rules fires the next, and the last the first; surely, when each move is a change."""
    turns = zip(names, [*names[1:], names[0]], strict=True)
    return all(world[one][1] in world[two][0] and not (surely and world[one][1] in world[one][0]) for one, two in turns)


@given(st.lists(movers, min_size=2, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_loop_is_one_that_the_stages_go_round(rules: list[Mover]) -> None:
    world = {f"R{at}": mover for at, mover in enumerate(rules)}
    found = loops(facts("".join(moving(name, *mover) for name, mover in world.items())), {})
    every = [way for size in range(2, len(world) + 1) for way in permutations(world, size)]
    for loop in found:
        assert circle(tuple(turn.rule.name for turn in loop.turns), world, surely=loop.must)
    assert any(loop.must for loop in found) == any(circle(way, world, surely=True) for way in every)
    assert bool(found) == any(circle(way, world, surely=False) for way in every)


writers = st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(1, 3), st.sampled_from(["price", "name", None]))


def writing(name: str, low: int, size: int, value: int, field: str | None) -> str:
    condition = f"lead.price >= {low} and lead.price <= {low + size}" if field != "name" else f'lead.name == "{low}"'
    where = f"  where {condition}\n" if field else ""
    return (
        f'rule "{name}"\n  when kommo.lead_created as lead\n{where}  do\n'
        f"    kommo.update_lead(lead_id: lead.id, price: {value})\n\n"
    )


@given(st.lists(writers, min_size=2, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_conflict_is_two_writes_on_one_event(rules: list[tuple[int, int, int, str | None]]) -> None:
    world = {f"R{at}": rule for at, rule in enumerate(rules)}
    found = {
        (each.first.name, each.second.name)
        for each in conflicts(facts("".join(writing(name, *rule) for name, rule in world.items())))
    }
    true = {
        (one, two)
        for one, two in permutations(world, 2)
        if one < two and world[one][2] != world[two][2] and _meet(world[one], world[two])
    }
    assert found <= true
    assert bool(found) == bool(true)


def _meet(one: tuple[int, int, int, str | None], two: tuple[int, int, int, str | None]) -> bool:
    if one[3] == two[3] == "price":
        return one[0] <= two[0] + two[1] and two[0] <= one[0] + one[1]
    return one[3] != "name" or two[3] != "name" or one[0] == two[0]


PING = moving("Ping", frozenset(["New"]), "Won") + moving("Pong", frozenset(["Won"]), "New")


def codes(found: list[Diagnostic]) -> list[str]:
    return [each.code for each in found]


def test_a_limit_that_skips_calls_may_end_a_loop() -> None:
    def limit(**given: str | None) -> Limit:
        shape = {"what": "calls", "otherwise": "skip", "plugin": "kommo"} | given
        return Limit(name="calm", file="a", span=NOWHERE, amount="2", window=60.0, **shape)  # type: ignore[arg-type]

    found = facts(PING)
    assert codes(check_across(found)) == ["E761"]
    assert codes(check_across(found, [limit()])) == ["W761"]
    assert codes(check_across(found, [limit(plugin=None)])) == ["W761"]
    assert codes(check_across(found, [limit(plugin="http")])) == ["E761"]
    assert codes(check_across(found, [limit(otherwise="wait")])) == ["E761"]
    assert codes(check_across(found, [limit(what="messages")])) == ["E761"]


def test_values_that_the_account_does_not_have_do_not_hide_a_loop() -> None:
    text = "use kommo\n\n" + PING.replace('"Won"', '"Nowhere"')
    compiled = compile_files({"a.rule": text}, CATALOGUE)
    assert sorted({each.code for each in compiled.errors}) == ["E213", "E761"]
    assert [graph.name for graph in compiled.partial] == ["Pong"]


def test_connections_are_kept_apart() -> None:
    there = PING.split("rule")[2].replace("kommo.", "es.")
    assert check_across(facts('use kommo "spain" as es\n\nrule' + PING.split("rule")[1] + "rule" + there)) == []


def test_a_workspace_of_many_rules_that_feed_each_other_is_one_finding() -> None:
    text = "".join(
        f'rule "R{at}"\n  when kommo.lead_updated as lead\n  where lead.price > {at}\n  do\n'
        f"    kommo.add_tags(lead_id: lead.id, tags: [lead.name])\n\n"
        for at in range(80)
    )
    (found,) = check_across(facts(text))
    assert (found.code, len(found.message) < 200) == ("W761", True)


def test_a_long_loop_is_told_in_part() -> None:
    text = "".join(
        f'rule "S{at:02}"\n  when go as go\n  where go.n == {at}\n  do\n    emit go {{n: {(at + 1) % 12}}}\n\n'
        for at in range(12)
    )
    (found,) = check_across(facts("event go\n  n: int\n\n" + text))
    assert found.code == "E761"
    assert found.message.endswith("and so on through 6 more")
