"""Types that grow inside each other are bounded; nothing walks them before."""

from __future__ import annotations

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.facade import check_text
from treadle.dsl.limit_codes import TYPE_TOO_BIG

_STEPS = 'rule "R"\n  when by hand ()\n  do\n    v0 = [1]\n'


def test_the_examples_show_the_code() -> None:
    assert {each.code for each in check_text(TYPE_TOO_BIG.example(), "a.rule", CATALOGUE)} == {"E609"}
    assert check_text(TYPE_TOO_BIG.right, "a.rule", CATALOGUE) == ()


@pytest.mark.parametrize("step", ["[v{0}]", "{{a: v{0}}}", "{{a: v{0}, b: v{0}, c: v{0}}}", "map(v0, x => v{0})"])
def test_what_grows_is_reported(step: str) -> None:
    steps = "".join(f"    v{at + 1} = {step.format(at)}\n" for at in range(300))
    found = check_text(f'{_STEPS}{steps}    log "x"\n', "a.rule", CATALOGUE)
    assert {each.code for each in found if each.severity == "error"} == {"E609"}


@pytest.mark.parametrize("value", ["[{0}, {0}]", "{{a: {0}, b: {0}}}", "json([{0}, {0}])", "{0} + {0}"])
def test_constants_that_double_have_no_value(value: str) -> None:
    lets = "let v0 = [1]\n" + "".join(f"let v{at + 1} = {value.format(f'v{at}')}\n" for at in range(40))
    errors = {each.code for each in check_text(lets, "a.rule", CATALOGUE) if each.severity == "error"}
    assert errors & {"E319", "E609"}
