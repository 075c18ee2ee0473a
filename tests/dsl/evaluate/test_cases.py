import pytest
from tests.dsl.evaluated import Evaluated, assert_gives, evaluated_cases


@pytest.mark.parametrize("line", evaluated_cases(), ids=str)
def test_each_line_gives_what_it_says(line: Evaluated) -> None:
    assert_gives(line)
