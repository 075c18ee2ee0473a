"""Steps that an operation is not about keep their ids, and are found by the ids that the published graphs gave them."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.editing.reading import FILE

from treadle.dsl.compiling import GraphKey
from treadle.dsl.editing import Edited, addresses, apply_in, read_operation
from treadle.dsl.editing.refs import DeclRef
from treadle.dsl.graph import Graph
from treadle.dsl.project import Project

RULE = DeclRef("rule", "R")
_HEAD = 'use kommo\n\nrule "R"\n  when kommo.lead_created as lead\n  do\n'
_BLOCKS = (
    "if lead.price > {n}\n  {a}\n  {b}\nelse\n  {c}", "together\n  {a}\n  {b}", "try\n  {a}\non error\n  {b}",
    "for each x in [{n}]\n  {a}\n  {b}",
)  # fmt: skip
_LINES = ('log "{n}"', "wait {n} min", 'kommo.add_note(lead_id: lead.id, text: "{n}")', 'named_{n}: log "l{n}"')


@st.composite
def rules(draw: st.DrawFn) -> str:
    """A rule whose steps all differ."""
    steps, count = [], 0
    for _ in range(draw(st.integers(2, 6))):
        pattern = draw(st.sampled_from([*_BLOCKS, *_LINES, *_LINES]))
        lines = {}
        for name in "abc":
            count += 1
            lines[name] = draw(st.sampled_from(_LINES)).replace("{n}", str(count))
        count += 1
        steps.append(_filled(pattern, lines, str(count)))
    return _HEAD + "".join(f"    {line}\n" for step in steps for line in step.split("\n"))


def _filled(pattern: str, lines: dict[str, str], count: str) -> str:
    for name, line in lines.items():
        pattern = pattern.replace(f"{{{name}}}", line)
    return pattern.replace("{n}", count)


def graph_of(project: Project) -> Graph:
    (graph,) = project.compiled().partial
    return graph


def texts(project: Project) -> dict[str, str]:
    """The text of each step of the graph by its id, the first line alone."""
    text = project.sources[FILE]
    return {
        node.id: text[node.span.start : node.span.end].partition("\n")[0] for node in graph_of(project).nodes.values()
    }


def _count(lines: dict[str, str], wanted: str) -> int:
    return sum(1 for line in lines.values() if line == wanted)


@given(rules(), st.data())
@settings(max_examples=50, deadline=None)
def test_other_steps_keep_their_ids(text: str, data: st.DataObject) -> None:
    published: dict[GraphKey, Graph] = {}
    for _ in range(3):
        project = Project(CATALOGUE, {FILE: text}, published)
        before = texts(project)
        assert addresses(project, FILE, RULE).keys() >= before.keys()
        step, other = data.draw(st.sampled_from(sorted(before))), data.draw(st.sampled_from(sorted(before)))
        place = {"where": data.draw(st.sampled_from(["before", "after"])), "step": other}
        chosen = data.draw(
            st.sampled_from(
                [
                    {"op": "insert_step", "text": 'priority = 1\nlog "new"', "place": place},
                    {"op": "insert_step", "text": 'log "new"', "place": place},
                    {"op": "remove_step", "step": step},
                    {"op": "move_step", "step": step, "place": place},
                    {"op": "wrap_steps", "step": step, "wrapper": "try"},
                    {"op": "set_comment", "step": step, "text": "why"},
                ]
            )
        )
        operation = read_operation({"decl": {"kind": "rule", "name": "R"}, **chosen})
        published = {("rule", "R"): graph_of(project)}
        done = apply_in(project, FILE, operation)
        if not isinstance(done, Edited):
            continue
        text = done.text
        after = texts(Project(CATALOGUE, {FILE: text}, published))
        once = {line for line, count in Counter([*after.values()]).items() if count == 1}
        kept = {name: line for name, line in before.items() if line in once and _count(before, line) == 1}
        assert {name: after.get(name) for name in kept} == kept


def test_a_step_is_found_by_the_id_of_the_published_graph() -> None:
    before = Project(CATALOGUE, {FILE: f'{_HEAD}    log "a"\n    log "b"\n'})
    published = {("rule", "R"): graph_of(before)}
    project = Project(CATALOGUE, {FILE: f'{_HEAD}    log "new"\n    log "a"\n    log "b"\n'}, published)
    done = apply_in(
        project, FILE, read_operation({"op": "remove_step", "decl": {"kind": "rule", "name": "R"}, "step": "log"})
    )
    assert isinstance(done, Edited)
    assert done.text == f'{_HEAD}    log "new"\n    log "b"\n'


def test_steps_of_a_broken_rule_have_ids_too() -> None:
    text = f'{_HEAD}    log "a"\n    log\n    kommo.add_note()\n    if lead.\n      stop\n    end: stop\n'
    project = Project(CATALOGUE, {FILE: text})
    assert list(addresses(project, FILE, RULE)) == ["log", "broken", "add_note", "broken_2", "stop", "end"]
    assert addresses(project, FILE, DeclRef("rule", "S")) == {}
