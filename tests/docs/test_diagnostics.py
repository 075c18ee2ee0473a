"""Every diagnostic code has a page whose examples are true, whatever stage it is of."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.editing.reading import FILE, read
from tests.dsl.harness import Case

from treadle.dsl.codes import Code, every
from treadle.dsl.editing import Edited, Refused, apply
from treadle.dsl.facade import check_text, format_text

PAGES = Path(__file__).parents[2] / "docs/reference/diagnostics"
EDITING = [pytest.param(code, id=number) for number, code in every().items() if number.startswith("E8")]
CHECKED = [pytest.param(code, id=number) for number, code in every().items() if not number.startswith("E8")]


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == every().keys()


@pytest.mark.parametrize("code", CHECKED)
def test_the_wrong_example_has_the_fault_and_the_right_one_has_no_error(code: Code) -> None:
    assert code.number in {each.code for each in check_text(code.example(), "wrong.rule", CATALOGUE)}
    right = {each.code for each in check_text(code.right, "right.rule", CATALOGUE)}
    assert not {each for each in right if each == code.number or each.startswith("E")}


@pytest.mark.parametrize("code", CHECKED)
def test_the_right_example_is_in_canonical_form(code: Code) -> None:
    assert format_text(code.right).text == code.right


@pytest.mark.parametrize("code", EDITING)
def test_the_wrong_operation_is_refused_and_the_right_one_is_done(code: Code) -> None:
    refused, done = (
        apply(case.files[FILE], FILE, case.operation, CATALOGUE)
        for case in (read(Case(code.number, text, text)) for text in (code.wrong, code.right))
    )
    assert isinstance(refused, Refused)
    assert refused.diagnostic.code == code.number
    assert isinstance(done, Edited)
