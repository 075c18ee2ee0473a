import pytest
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.harness import Case, assert_reported, cases

from treadle.dsl.facade import check_text


@pytest.mark.parametrize("case", cases("check"), ids=str)
def test_each_marked_line_gets_its_diagnostic_and_no_other(case: Case) -> None:
    assert_reported(case, check_text(case.text, "case.rule", CATALOGUE))
