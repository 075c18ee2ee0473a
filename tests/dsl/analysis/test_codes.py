"""The codes of the checks across rules: each is shown by its examples."""

from __future__ import annotations

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import cross_codes
from treadle.dsl.codes import Code
from treadle.dsl.facade import check_text

CODES = [pytest.param(each, id=each.number) for each in vars(cross_codes).values() if isinstance(each, Code)]


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_example_gives_the_code_alone(code: Code) -> None:
    assert {each.code for each in check_text(code.example(), "wrong.rule", CATALOGUE)} == {code.number}


@pytest.mark.parametrize("code", CODES)
def test_the_right_example_gives_nothing_at_all(code: Code) -> None:
    assert check_text(code.right, "right.rule", CATALOGUE) == ()
