"""A file with very many findings shows the first of them and counts the rest."""

from __future__ import annotations

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.codes import Code
from treadle.dsl.facade import check_text
from treadle.dsl.limit_codes import MORE_ERRORS, MORE_WARNINGS
from treadle.dsl.shortening import SHOWN


@pytest.mark.parametrize("code", [MORE_ERRORS, MORE_WARNINGS], ids=lambda code: code.number)
def test_the_examples_show_the_code(code: Code) -> None:
    found = check_text(code.example(), "wrong.rule", CATALOGUE)
    (rest,) = [each for each in found if each.code == code.number]
    alike = [each for each in found if each.severity == rest.severity and each is not rest]
    assert (len(alike), rest.message.split()[2]) == (SHOWN, "100")
    assert rest.span.start > alike[-1].span.start
    assert check_text(code.right, "right.rule", CATALOGUE) == ()


def test_warnings_do_not_push_errors_out() -> None:
    codes = [each.code for each in check_text(MORE_WARNINGS.example() + "    log 1 + nothing\n", "a.rule", CATALOGUE)]
    assert codes.count("W203") == SHOWN
    assert codes.count("W601") == 1
    assert "E202" in codes
