"""Operations as plain data, and what stays as it was when one is not done."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.editing.reading import FILE, edit_cases

from treadle.dsl.editing import AnyOperation, Refused, apply, apply_in, applying, read_operation
from treadle.dsl.project import Project

RULE = {"kind": "rule", "name": "R"}
TEXT = 'rule "R"\n  when by hand\n  do\n    a = 1\n    log "{a}"\n'


def test_an_operation_survives_json() -> None:
    for case in edit_cases():
        assert read_operation(msgspec.json.decode(msgspec.json.encode(case.operation))) == case.operation


def test_every_operation_has_a_case() -> None:
    assert {type(case.operation) for case in edit_cases()} == set(get_args(AnyOperation))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"op": "fly", "decl": RULE}, "fly"),
        ({"op": "remove_step", "decl": RULE}, "step"),
        ({"op": "remove_step", "decl": {"kind": "house", "name": "R"}, "step": "a"}, "house"),
        ({"op": "move_step", "decl": RULE, "step": "a", "place": {"where": "before"}}, "names that step"),
    ],
)
def test_data_that_is_no_operation_is_refused_with_the_place(data: dict[str, Any], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        read_operation(data)


def test_a_project_holds_what_was_done_and_nothing_else() -> None:
    project = Project(CATALOGUE, {FILE: TEXT, "other.rule": "let b = 1\n"})
    gone = read_operation({"op": "remove_step", "decl": RULE, "step": "a"})
    refused = apply_in(project, FILE, gone)
    assert isinstance(refused, Refused)
    assert refused.diagnostic.span.line == 1
    assert project.sources == {FILE: TEXT, "other.rule": "let b = 1\n"}
    assert not isinstance(
        apply_in(project, FILE, read_operation({"op": "set_off", "decl": RULE, "off": True})), Refused
    )
    assert project.sources[FILE] == TEXT.replace("  when", "  off\n  when")


def test_a_project_is_as_it_was_when_something_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(CATALOGUE, {FILE: TEXT})
    monkeypatch.setattr(applying, "prove_names", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        apply_in(project, FILE, read_operation({"op": "set_off", "decl": RULE, "off": True}))
    assert project.sources == {FILE: TEXT}


def test_without_a_catalogue_names_are_proved_and_types_are_not() -> None:
    text = TEXT.replace("a = 1", "a = acme.get()")
    assert isinstance(apply(text, FILE, read_operation({"op": "remove_step", "decl": RULE, "step": "a"})), Refused)
    done = apply(text, FILE, read_operation({"op": "set_label", "decl": RULE, "step": "log", "label": "told"}))
    assert not isinstance(done, Refused)
    assert done.diagnostics == ()


def test_a_file_of_nothing_takes_a_declaration() -> None:
    new = read_operation({"op": "add_declaration", "text": "let a = 1"})
    for text in ("", "\ufeff", "\n\n"):
        done = apply(text, FILE, new)
        assert not isinstance(done, Refused)
        assert done.text == f"{text}let a = 1\n"
