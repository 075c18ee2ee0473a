"""The codes of refused operations: each is shown by its examples."""

from __future__ import annotations

import pytest
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.editing.reading import FILE, read
from tests.dsl.harness import Case

from treadle.dsl import editing_codes
from treadle.dsl.codes import Code, every
from treadle.dsl.editing import Edited, Refused, apply

CODES = [pytest.param(each, id=each.number) for each in vars(editing_codes).values() if isinstance(each, Code)]


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_example_is_refused_with_the_code(code: Code) -> None:
    case = read(Case(code.number, code.wrong, code.wrong))
    done = apply(case.files[FILE], FILE, case.operation, CATALOGUE)
    assert isinstance(done, Refused)
    assert done.diagnostic.code == code.number


@pytest.mark.parametrize("code", CODES)
def test_the_right_example_is_done(code: Code) -> None:
    case = read(Case(code.number, code.right, code.right))
    assert isinstance(apply(case.files[FILE], FILE, case.operation, CATALOGUE), Edited)


def test_they_are_registered() -> None:
    assert {each.values[0].number for each in CODES} <= every().keys()  # type: ignore[union-attr]
