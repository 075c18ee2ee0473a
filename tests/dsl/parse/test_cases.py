import pytest
from tests.dsl.harness import Case, assert_reported, cases

from treadle.dsl.parser import parse


@pytest.mark.parametrize("case", cases("parse"), ids=str)
def test_each_marked_line_gets_its_diagnostic_and_no_other(case: Case) -> None:
    assert_reported(case, parse(case.text).diagnostics)
