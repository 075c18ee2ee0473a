"""The codes of names, types, steps and warnings: each is shown by its examples."""

from __future__ import annotations

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import (
    clause_codes,
    flow_codes,
    member_codes,
    name_codes,
    step_codes,
    table_codes,
    trial_codes,
    type_codes,
)
from treadle.dsl.codes import Code
from treadle.dsl.facade import check_text

MODULES = (name_codes, type_codes, step_codes, clause_codes, flow_codes, table_codes, member_codes, trial_codes)
CODES = [
    pytest.param(each, id=each.number) for module in MODULES for each in vars(module).values() if isinstance(each, Code)
]


def test_there_are_codes_of_every_stage() -> None:
    assert {code.values[0].number[:2] for code in CODES} == {"E2", "E3", "E4", "E7", "W2", "W3", "W7"}


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


FIXABLE = [
    "E201",
    "E202",
    "E204",
    "E205",
    "E206",
    "E207",
    "E208",
    "E209",
    "E210",
    "E213",
    "E217",
    "E218",
    "E701",
    "E741",
]
FIXABLE += ["E404", "E412", "E413", "E415", "E421", "E422", "E425", "E428", "E701", "E741"]


@pytest.mark.parametrize("code", [each for each in CODES if each.values[0].number in FIXABLE])
def test_a_fix_that_is_offered_takes_the_fault_away(code: Code) -> None:
    text = code.example() if code.number != "E202" else 'let suffix = "!"\nlet line = sufix + "?"\n'
    found = [each for each in check_text(text, "wrong.rule", CATALOGUE) if each.code == code.number]
    (fix,) = found[0].fixes
    for edit in sorted(fix.edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    left = [each for each in check_text(text, "fixed.rule", CATALOGUE) if each.code == code.number]
    assert len(left) == len(found) - (len(found) if code.number == "E217" else 1)
