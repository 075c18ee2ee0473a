"""The cases of edit operations, in every form that a file may have."""

from __future__ import annotations

import pytest
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.editing.reading import FILE, EditCase, edit_cases

from treadle.dsl.editing import Edited, Refused, applied, apply

CASES = edit_cases()
DONE = [each for each in CASES if not each.refused]
FORMS = {
    "plain": lambda text: text,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "bom": lambda text: "\ufeff" + text,
    "no final newline": lambda text: text.rstrip("\n"),
    "crlf and no final newline": lambda text: text.rstrip("\n").replace("\n", "\r\n"),
}


def others(case: EditCase) -> dict[str, str]:
    return {name: text for name, text in case.files.items() if name != FILE}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", DONE, ids=str)
def test_an_operation_edits_the_text(case: EditCase, form: str) -> None:
    shape = FORMS[form]
    before, after = shape(case.files[FILE]), shape(case.after[FILE])
    if "\n" not in before:
        after = after.replace("\r", "")  # a file of one line does not tell how lines end
    done = apply(before, FILE, case.operation, CATALOGUE, others(case))
    assert isinstance(done, Edited), done
    assert done.text == after
    assert applied(before, done.edits) == after
    assert applied(after, done.inverse) == before
    assert {name: each.text for name, each in done.others.items()} == {
        name: text for name, text in case.after.items() if name != FILE
    }
    for name, each in done.others.items():
        assert applied(case.files[name], each.edits) == each.text
        assert applied(each.text, each.inverse) == case.files[name]


@pytest.mark.parametrize("case", [each for each in CASES if each.refused], ids=str)
def test_an_operation_is_refused(case: EditCase) -> None:
    done = apply(case.files[FILE], FILE, case.operation, CATALOGUE, others(case))
    assert isinstance(done, Refused), done
    code, _, words = case.refused.partition(" ")
    assert done.diagnostic.code == code, done.diagnostic
    assert words in done.diagnostic.message
    assert not case.after
