"""The codes of names, types, steps and warnings: each is shown by its examples."""

from __future__ import annotations

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import name_codes, step_codes, type_codes
from treadle.dsl.codes import Code
from treadle.dsl.facade import check_text

CODES = [
    pytest.param(each, id=each.number)
    for module in (name_codes, type_codes, step_codes)
    for each in vars(module).values()
    if isinstance(each, Code)
]


def test_there_are_codes_of_every_stage() -> None:
    assert {code.values[0].number[:2] for code in CODES} == {"E2", "E3", "E4", "W2", "W3"}


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_example_gives_the_code_and_no_other_error(code: Code) -> None:
    found = {each.code for each in check_text(code.example(), "wrong.rule", CATALOGUE)}
    assert code.number in found
    assert {each for each in found if each.startswith("E")} <= {code.number}


@pytest.mark.parametrize("code", CODES)
def test_the_right_example_gives_neither_the_code_nor_an_error(code: Code) -> None:
    found = {each.code for each in check_text(code.right, "right.rule", CATALOGUE)}
    assert code.number not in found
    assert not {each for each in found if each.startswith("E")}
