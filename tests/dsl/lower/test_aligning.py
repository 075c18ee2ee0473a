"""Step ids outlive edits: what was there keeps its id, what is new takes none that was used."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Branch, ForEach, Graph, Try
from treadle.dsl.lower import realign

HEAD = 'use kommo\n\nrule "R"\n  when kommo.lead_created as lead\n  do\n'
A, B, C = (f'kommo.add_tags(lead_id: lead.id, tags: ["{tag}"])' for tag in "abc")


def lowered(*steps: str, previous: Graph | None = None) -> Graph:
    known: Mapping[tuple[str, str], Graph] = {("rule", "R"): previous} if previous else {}
    text = HEAD + "".join(f"    {step}\n" for step in steps)
    compiled = compile_files({"r.rule": text}, CATALOGUE, known)
    assert not compiled.errors, compiled.errors
    (graph,) = compiled.partial
    return graph


def ids(old: tuple[str, ...], new: tuple[str, ...]) -> list[str]:
    return list(lowered(*new, previous=lowered(*old)).nodes)


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        pytest.param((A, B), (A, B), ["add_tags", "add_tags_2"], id="nothing changed"),
        pytest.param((A, A), (A, A, A), ["add_tags", "add_tags_2", "add_tags_3"], id="an equal step at the end"),
        pytest.param((A, B), (C, A, B), ["add_tags_3", "add_tags", "add_tags_2"], id="a step of the kind before"),
        pytest.param((A, B), (A, C, B), ["add_tags", "add_tags_3", "add_tags_2"], id="and between"),
        pytest.param((A, B), (B,), ["add_tags_2"], id="the first is removed"),
        pytest.param((A, B), (B, A), ["add_tags_2", "add_tags"], id="two change places"),
        pytest.param(
            (A, "wait 1 day", B), (C, "wait 1 day", B), ["add_tags", "wait", "add_tags_2"], id="one is edited"
        ),
        pytest.param((A, "wait 1 day"), (A, "wait 2 days"), ["add_tags", "wait"], id="a wait is edited"),
        pytest.param((A, "stop"), (A, 'log "x"', "stop"), ["add_tags", "log", "stop"], id="another kind comes in"),
        pytest.param((A, B), (A,), ["add_tags"], id="the last is removed"),
        pytest.param(("hello: " + A, B), (A, B), ["hello", "add_tags"], id="a label is taken off"),
        pytest.param((A, B), (A, "add_tags: " + B), ["add_tags_2", "add_tags"], id="a label takes the id of another"),
        pytest.param((A, 'log "x"'), (A, 'fail "x"'), ["add_tags", "fail"], id="a step of another kind is new"),
    ],
)
def test_what_was_there_keeps_its_id(old: tuple[str, ...], new: tuple[str, ...], wanted: list[str]) -> None:
    assert ids(old, new) == wanted


def test_an_id_is_not_given_again_to_another_step() -> None:
    assert ids((A, 'log "x"', B), (A, B, 'log "y"', C)) == ["add_tags", "add_tags_2", "log_2", "add_tags_3"]


def test_all_links_follow() -> None:
    old = lowered("for each tag in lead.tags", '  log "{tag}"', "try", f"  {A}", "on error", '  log "e"', 'log "z"')
    new = lowered(
        'log "new"',
        "for each tag in lead.tags",
        '  log "{tag}"',
        "if lead.price > 5",
        '  log "big"',
        "try",
        f"  {A}",
        "on error",
        '  log "e"',
        'log "z"',
        previous=old,
    )
    loop, attempt, branch = new.nodes["for_each"], new.nodes["try"], new.nodes["if"]
    assert isinstance(loop, ForEach)
    assert isinstance(attempt, Try)
    assert isinstance(branch, Branch)
    assert new.entry == "log_4"
    assert (loop.body, loop.next) == ("log", "if")
    assert ([arm.to for arm in branch.arms], branch.otherwise, branch.next) == (["log_5"], "try", "try")
    assert (attempt.body, attempt.handler, attempt.next) == ("add_tags", "log_2", "log_3")
    assert new.nodes["log_5"].next == "try"


_STEP = st.sampled_from(
    [A, B, C, "wait 1 day", "wait 2 days", 'log "x"', 'log "y"', f'if lead.price > 5\n      {A}\n      log "in"']
)
_STEPS = st.lists(_STEP, min_size=1, max_size=8).map(tuple)


@given(_STEPS, _STEPS)
def test_the_graph_stays_whole_and_aligning_again_changes_nothing(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    before, fresh = lowered(*old), lowered(*new)
    graph = realign(fresh, before)
    assert [node.span for node in graph.nodes.values()] == [node.span for node in fresh.nodes.values()]
    assert [node.id for node in graph.nodes.values()] == list(graph.nodes)
    links = {node.next for node in graph.nodes.values()} | {graph.entry}
    assert links - {None} <= graph.nodes.keys()
    assert realign(graph, before) == graph
    assert realign(fresh, fresh) == fresh
    assert realign(before, before) is before


@given(_STEPS, st.data())
def test_inserting_a_step_renames_none(steps: tuple[str, ...], data: st.DataObject) -> None:
    at, step = data.draw(st.integers(0, len(steps))), data.draw(_STEP)
    before = lowered(*steps)
    after = lowered(*steps[:at], step, *steps[at:], previous=before)
    kept = [name for name in after.nodes if name in before.nodes]
    assert sorted(kept) == sorted(before.nodes)
    assert len(after.nodes) > len(before.nodes)
