"""A project that is edited knows at each moment what a fresh compilation of the same texts would find."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.harness import cases

from treadle.dsl import nodes
from treadle.dsl.checker import files as checker_files
from treadle.dsl.facade import compile_files
from treadle.dsl.project import Project

_SAMPLES = Path(__file__).parents[2] / "samples" / "rules"
_FILES = {path.name: path.read_text(encoding="utf-8") for path in sorted(_SAMPLES.glob("*.rule"))}
_SHARING = {
    "a.rule": "shared let floor = 10\n\nshared function double(x: number) -> number = x * 2\n",
    "b.rule": """use kommo

let most = double(floor)

rule "B"
  when kommo.lead_created as lead
  where lead.price > most
  do
    x = run "S"(lead: lead)
    log "{x}"
""",
    "c.rule": 'use kommo\n\nsequence "S"(lead: kommo.Lead)\n  do\n    return lead.price\n',
}
_TEXTS = [*_FILES.values(), *_SHARING.values(), *(each.text for each in cases("check"))]
_NAMES = [*_FILES, *_SHARING]
_PIECES = ["", "x", "2", '"', "\n", "# note\n", " and true", "shared ", "return 1", "floor"]

_put = st.tuples(st.sampled_from(_NAMES), st.sampled_from(_TEXTS))
_change = st.tuples(st.sampled_from(_NAMES), st.integers(0, 3_000), st.integers(0, 8), st.sampled_from(_PIECES))


def _fresh(sources: Mapping[str, str]) -> object:
    return compile_files(dict(sources), CATALOGUE)


@settings(max_examples=25)
@given(st.lists(st.one_of(_put, _change), min_size=1, max_size=6))
def test_after_any_edits_a_project_knows_what_a_fresh_compilation_finds(edits: list[tuple[str, ...]]) -> None:
    project = Project(CATALOGUE, _SHARING)
    for edit in edits:
        if len(edit) == 2:
            project.set(edit[0], edit[1])
        else:
            name, at, length, piece = edit
            text = project.sources.get(name, "")
            at = int(at) % (len(text) + 1)
            project.set(name, text[:at] + piece + text[at + int(length) :])
        assert project.compiled() == _fresh(project.sources)


def test_an_edit_of_what_is_shared_reaches_the_files_that_use_it() -> None:
    project = Project(CATALOGUE, _SHARING)
    assert not [each for each in project.diagnostics() if each.severity == "error"]
    project.set("a.rule", _SHARING["a.rule"].replace("let floor = 10", 'let floor = "ten"'))
    assert [each.file for each in project.diagnostics() if each.severity == "error"] == ["b.rule"]
    project.set("a.rule", _SHARING["a.rule"])
    project.set("c.rule", _SHARING["c.rule"].replace("return lead.price", "return lead"))
    assert project.compiled() == _fresh(project.sources)
    project.remove("c.rule")
    assert project.compiled() == _fresh(project.sources)


def test_what_a_change_does_not_touch_is_not_checked_again() -> None:
    project = Project(CATALOGUE, _FILES)
    before = {id(each) for file in project.build().workspace.files for each in file.declarations}
    project.set("03_discounts.rule", _FILES["03_discounts.rule"].replace("1700", "1701"))
    again = [
        file.scope.module.file
        for file in project.build().workspace.files
        for each in file.declarations
        if id(each) not in before
    ]
    assert set(again) == {"03_discounts.rule"}
    assert checker_files.NOTHING_KNOWN == {}


def test_a_test_sees_the_webhooks_and_buttons_of_all_rules() -> None:
    rule = 'rule "R"\n  when webhook "signup" as hook\n  do\n    log hook.text\n'
    project = Project(CATALOGUE, {"a.rule": rule, "b.rule": 'test "t"\n  given webhook "signup"\n  expect nothing\n'})
    for text in (
        rule.replace("signup", "sign-up"),
        rule,
        rule.replace(" as hook", ""),
        rule.replace('webhook "signup" as hook', "by hand"),
    ):
        project.set("a.rule", text)
        assert project.compiled() == _fresh(project.sources)
    assert [each.code for each in project.compiled().errors] == ["E202", "E741"]


def test_a_mock_of_an_agent_sees_what_steps_of_all_rules_ask_it_for() -> None:
    agent = 'use openrouter as llm\n\nagent writer\n  model llm "openai/gpt-4o-mini"\n  returns int\n'
    rule = 'rule "R"\n  when by hand\n  do\n    a = ask writer "?" returns text\n    log a\n'
    test = 'test "t"\n  given by hand "R"\n  mock ask writer returns "short"\n  expect nothing\n'
    project = Project(CATALOGUE, {"a.rule": agent, "b.rule": rule, "c.rule": test})
    assert project.compiled().errors == ()
    project.set("b.rule", rule.replace("returns text", "returns bool").replace("log a", "stop"))
    assert project.compiled() == _fresh(project.sources)
    assert [(each.file, each.code) for each in project.compiled().errors] == [("c.rule", "E301")]


def test_what_only_moves_is_neither_read_nor_checked_again() -> None:
    project = Project(CATALOGUE, _FILES)
    before = {id(each.tables) for file in project.build().workspace.files for each in file.declarations}
    for file, text in _FILES.items():
        project.set(file, f"# a line above all\n\n{text}")
    made = project.build()
    assert made.compiled == _fresh(project.sources)
    again = [each for file in made.workspace.files for each in file.declarations if id(each.tables) not in before]
    assert all(each.diagnostics or isinstance(each.decl, nodes.TestDecl) for each in again)
    assert len(before) - len(again) > 20


def test_the_type_of_an_event_changes_with_the_use_that_it_names() -> None:
    event = "use kommo as k\n\nevent heard\n  lead: k.Lead\n"
    rule = 'rule "R"\n  when heard as it_is\n  do\n    log it_is.lead.name\n'
    project = Project(CATALOGUE, {"a.rule": event, "b.rule": rule})
    assert project.compiled().errors == ()
    project.set("a.rule", event.replace("use kommo as k", "use http as k"))
    assert project.compiled() == _fresh(project.sources)
    assert "b.rule" not in {each.file for each in project.compiled().errors}


def test_an_agents_own_keys_change_with_the_constants_of_its_file() -> None:
    agent = 'use openrouter as llm\n\nlet who = "x"\n\nagent a\n  model llm "openai/gpt-4o-mini"\n  memory 3 per who\n'
    rule = 'rule "R"\n  when by hand\n  do\n    x = ask a "?"\n    log x\n'
    project = Project(CATALOGUE, {"a.rule": agent, "b.rule": rule})
    assert project.compiled() == _fresh(project.sources)
    project.set("a.rule", agent.replace('let who = "x"', "let who = 1 > 2"))
    assert project.compiled() == _fresh(project.sources)
