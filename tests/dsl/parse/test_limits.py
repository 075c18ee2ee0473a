import time

import pytest

from treadle.dsl.parser import parse

RULE = 'rule "R"\n  when a.b as c\n  where {}\n  do\n    stop\n'


@pytest.mark.parametrize(
    ("source", "code"),
    [
        pytest.param("(" * 50_000 + "1" + ")" * 50_000, "E602", id="parentheses"),
        pytest.param("[" * 50_000, "E105", id="open brackets"),
        pytest.param("not " * 3_000 + "a", "E602", id="not"),
        pytest.param("-" * 3_000 + "a", "E602", id="signs"),
        pytest.param("a" + ".b" * 3_000, "E602", id="members"),
        pytest.param("a" + "()" * 3_000, "E602", id="calls"),
        pytest.param(" + ".join(["a"] * 3_000), "E602", id="sums"),
        pytest.param("x => " * 3_000 + "a", "E602", id="functions"),
        pytest.param("a if b else " * 3_000 + "c", "E602", id="choices"),
        pytest.param(" and ".join(["a"] * 100_000), "E603", id="and"),
        pytest.param('"{' * 5_000 + "a" + '}"' * 5_000, "E602", id="texts"),
        pytest.param("9" * 5_000, "E604", id="digits"),
        pytest.param("1" * 30 + " days", "E605", id="days"),
    ],
)
def test_what_is_too_big_gets_one_precise_diagnostic_in_no_time(source: str, code: str) -> None:
    begun = time.process_time()
    parsed = parse(RULE.format(source))
    assert [(each.code, each.span.line) for each in parsed.diagnostics] == [(code, 3)]
    assert time.process_time() - begun < 5


def test_a_long_condition_within_the_bounds_is_read() -> None:
    assert parse(RULE.format(" and ".join(["a"] * 2_000))).diagnostics == ()
    assert parse(RULE.format("(" * 90 + "a" + ")" * 90)).diagnostics == ()


def test_a_file_beyond_five_million_characters_is_refused_at_once() -> None:
    parsed = parse("#" * 5_000_001)
    assert [each.code for each in parsed.diagnostics] == ["E601"]
    assert parsed.module.decls == ()


def test_a_file_of_too_many_words_on_long_lines_is_refused_at_once() -> None:
    parsed = parse("let a = [" + "1, " * 9_000 + "]\n" + ("let b = [" + "1, " * 9_000 + "]\n") * 20)
    assert [each.code for each in parsed.diagnostics] == ["E610"]
    assert parsed.module.decls == ()


def test_blocks_within_blocks_are_bounded() -> None:
    steps = "".join(f"{' ' * depth}if a\n" for depth in range(4, 3_000))
    parsed = parse(f'rule "R"\n  when a.b as c\n  do\n{steps}')
    assert [each.code for each in parsed.diagnostics] == ["E606"]


@pytest.mark.parametrize(
    "text", ["\n" * 100_000, "#\n" * 100_000, 'let a = """' + "\n" * 100_000, "let a = (" + "\n  (" * 20_000]
)
def test_time_is_linear(text: str) -> None:
    begun = time.process_time()
    parse(text)
    assert time.process_time() - begun < 5
