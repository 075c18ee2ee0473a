import pytest
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.harness import Case, assert_reported, cases, files

from treadle.dsl.facade import compile_files


@pytest.mark.parametrize("case", cases("check"), ids=str)
def test_each_marked_line_gets_its_diagnostic_and_no_other(case: Case) -> None:
    texts = files(case)
    found = compile_files(texts, CATALOGUE).diagnostics
    for file, text in texts.items():
        assert_reported(Case(f"{case.name}, {file}", text, ""), [each for each in found if each.file == file])
