from pathlib import Path

import pytest
from tests.dsl.harness import Case, cases

from treadle.dsl.formatter import format_text

SAMPLES = sorted((Path(__file__).parents[2] / "samples" / "rules").glob("*.rule"))


@pytest.mark.parametrize("case", cases("format"), ids=str)
def test_a_file_becomes_canonical(case: Case) -> None:
    assert format_text(case.text).text == case.becomes


@pytest.mark.parametrize("case", cases("format"), ids=str)
def test_the_canonical_form_stays(case: Case) -> None:
    assert format_text(case.becomes).text == case.becomes


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_samples_are_canonical(sample: Path) -> None:
    text = sample.read_text()
    assert format_text(text).text == text
