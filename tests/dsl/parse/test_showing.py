from treadle.dsl.diagnostics import render
from treadle.dsl.parser import parse
from treadle.dsl.spans import Lines
from treadle.dsl.spelling import did_you_mean, suggest


def test_a_diagnostic_is_shown_with_its_line_and_a_fix() -> None:
    text = "use kommo\nlet a = b && c\n"
    (found,) = parse(text, "a.rule").diagnostics
    assert render(found, text) == (
        "error[E108]: `&&` is no sign of the language\n"
        " --> a.rule:2:11\n"
        "  |\n"
        "2 | let a = b && c\n"
        "  |           ^^\n"
        "  = fix: write `and`"
    )


def test_a_fix_can_be_applied() -> None:
    for text in ("let a = b && c\n", "let a = b == 1 or b = 2\n", "let a = f(b: 1 c: 2)\n", "let a = !b\n"):
        (found,) = parse(text).diagnostics
        (edit,) = found.fixes[0].edits
        assert parse(text[: edit.start] + edit.text + text[edit.end :]).diagnostics == (), text


def test_a_missing_expression_is_marked_behind_the_last_word_of_code() -> None:
    text = 'rule "R"\n  when a.b as c\n  where c.d >      # why\n  do\n    stop\n'
    (found,) = parse(text).diagnostics
    assert (found.span.line, found.span.col) == (3, 14)


def test_lines_count_line_feeds_alone() -> None:
    lines = Lines("a\u2028b\r\n\nc")
    assert [lines.at(offset) for offset in (0, 2, 4, 5, 6, 7, 99)] == [
        (1, 1),
        (1, 3),
        (1, 5),
        (2, 1),
        (3, 1),
        (3, 2),
        (3, 2),
    ]


def test_near_words_are_suggested() -> None:
    assert suggest("prise", ["price", "name"]) == "price"
    assert suggest("Kommo", ["kommo"]) == "kommo"
    assert suggest("xyz", ["price"]) is None
    assert did_you_mean("ruel", ["rule"]) == ("did you mean `rule`?",)
    assert did_you_mean("ruel", []) == ()
