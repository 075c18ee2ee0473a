import pytest

from treadle.dsl import declaration_codes, limit_codes, syntax_codes
from treadle.dsl.codes import Code, every
from treadle.dsl.parser import parse
from treadle.dsl.spans import NOWHERE

OF_THE_CHECK = (limit_codes.MORE_ERRORS, limit_codes.TYPE_TOO_BIG, limit_codes.MORE_WARNINGS)
READ = [
    pytest.param(value, id=value.number)
    for module in (syntax_codes, declaration_codes, limit_codes)
    for value in vars(module).values()
    if isinstance(value, Code) and value not in OF_THE_CHECK
]


@pytest.mark.parametrize("code", READ)
def test_the_wrong_example_gives_its_code_and_no_other(code: Code) -> None:
    assert {each.code for each in parse(code.example()).diagnostics} == {code.number}


@pytest.mark.parametrize("code", READ)
def test_the_right_example_can_be_read(code: Code) -> None:
    assert parse(code.right).diagnostics == ()


def test_each_stage_has_its_range() -> None:
    ranges = ((syntax_codes, ("E1",)), (declaration_codes, ("E14", "E15")), (limit_codes, ("E6", "W6")))
    for module, begins in ranges:
        numbers = [value.number for value in vars(module).values() if isinstance(value, Code)]
        assert numbers
        assert all(number.startswith(begins) for number in numbers)
        assert numbers == sorted(numbers)


def test_all_codes_are_registered_once_with_a_summary_of_their_own() -> None:
    codes = every()
    assert {param.values[0].number for param in READ} <= codes.keys()  # type: ignore[union-attr]
    assert len({code.summary for code in codes.values()}) == len(codes)
    assert len({code.message for code in codes.values()}) == len(codes)


def test_a_number_is_given_once() -> None:
    taken = syntax_codes.TAB
    with pytest.raises(ValueError, match="E104 is taken"):
        Code(number="E104", summary="x", message="x", explanation="x", wrong="x", right="x")
    assert every()["E104"] is taken


@pytest.mark.parametrize("empty", ["summary", "message", "explanation", "wrong", "right"])
def test_a_code_without_its_page_is_refused(empty: str) -> None:
    fields = dict.fromkeys(["summary", "message", "explanation", "wrong", "right"], "x") | {empty: " "}
    with pytest.raises(ValueError, match=f"E199 has no {empty}"):
        Code(number="E199", **fields)
    assert "E199" not in every()


def test_fields_must_be_those_of_the_message() -> None:
    with pytest.raises(TypeError, match="takes"):
        syntax_codes.EXPRESSION_MISSING.at("x", NOWHERE, before="a")
    found = syntax_codes.EXPRESSION_MISSING.at("x", NOWHERE, after=">")
    assert (found.message, found.severity) == ("An expression is missing after `>`", "error")
