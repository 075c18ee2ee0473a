from pathlib import Path

import pytest

from treadle.dsl.formatter.proof import shape
from treadle.dsl.nodes import (
    ApproveStep,
    BrokenClause,
    BrokenDecl,
    BrokenStep,
    CallStep,
    Constant,
    Expr,
    IfStep,
    Let,
    RuleDecl,
    StopStep,
    TextExpr,
)
from treadle.dsl.parser import parse

SAMPLES = Path(__file__).parents[2] / "samples" / "rules"


def value_of(source: str) -> Expr:
    parsed = parse(f"let x = {source}\n")
    assert parsed.diagnostics == ()
    (let,) = parsed.module.decls
    assert isinstance(let, Let)
    return let.value


def rule_of(text: str) -> RuleDecl:
    (rule,) = (decl for decl in parse(text).module.decls if isinstance(decl, RuleDecl))
    return rule


@pytest.mark.parametrize(
    ("source", "grouped"),
    [
        ("-a.b", "-(a.b)"),
        ("-a * b", "(-a) * b"),
        ("a - b - c", "(a - b) - c"),
        ("a + b * c", "a + (b * c)"),
        ("a + b ?? c", "(a + b) ?? c"),
        ("a ?? b == c ?? d", "(a ?? b) == (c ?? d)"),
        ("a ?? b in c", "(a ?? b) in c"),
        ("a ?? b is set", "(a ?? b) is set"),
        ("not a == b", "not (a == b)"),
        ("not a in b and c", "(not (a in b)) and c"),
        ("a or b and c", "a or (b and c)"),
        ("a or b if c or d else e or f", "(a or b) if (c or d) else (e or f)"),
        ("a if b else c if d else e", "a if b else (c if d else e)"),
        ("f(x => a if b else c)", "f(x => (a if b else c))"),
        ("f(x => a or b)", "f(x => (a or b))"),
    ],
)
def test_binding_is_that_of_the_table(source: str, grouped: str) -> None:
    assert without_groups(shape(value_of(source))) == without_groups(shape(value_of(grouped)))


def without_groups(tree: object) -> object:
    match tree:
        case ("Group", of):
            return without_groups(of)
        case tuple():
            return tuple(without_groups(each) for each in tree)
    return tree


@pytest.mark.parametrize(
    ("source", "kind", "value"),
    [
        ("70", "int", 70),
        ("007", "int", 7),
        ("0.10", "number", "0.10"),
        ("12345678901234567890123456789.01234", "number", "12345678901234567890123456789.01234"),
        ("true", "bool", True),
        ("90 s", "duration", "PT90S"),
        ("1.5 hours", "duration", "PT5400S"),
        ("15min", "duration", "PT900S"),
        ("3 days", "duration", "P3D"),
        ("2 weeks", "duration", "P14D"),
        ("0.05 usd", "money", "0.05"),
        (r'"a \{ \" \\ \n \t }"', "text", 'a { " \\ \n \t }'),
        ('""', "text", ""),
    ],
)
def test_constants_have_exact_values(source: str, kind: str, value: object) -> None:
    found = value_of(source)
    assert isinstance(found, Constant)
    assert (found.kind, found.value, found.source) == (kind, value, source)


def test_text_after_matches_is_raw() -> None:
    shown = shape(value_of(r'a matches "\d+\"{2}"'))
    assert shown == ("BinaryExpr", "matches", ("Name", "a"), ("Constant", "text", r"\d+\"{2}"))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('"""\n    one\n      two\n    """', "one\n  two"),
        ('"""\n    one\n\n    two\n  """', "  one\n\n  two"),
        ('"""one\n    two\n  """', "one\n  two"),
        ('"""\n    one "two" ""three""\n    \\n\\{\n    """', 'one "two" ""three""\n\n{'),
        ('"""\r\n    one\r\n    two\r\n    """', "one\ntwo"),
        ('"""one"""', "one"),
        ('""""""', ""),
    ],
)
def test_text_in_three_quotes_loses_the_margin_of_its_last_line(source: str, value: str) -> None:
    found = value_of(source)
    assert isinstance(found, Constant)
    assert found.value == value


def test_interpolation_holds_expressions_at_any_depth() -> None:
    found = value_of('"""\n    Hi {c.name ?? "you {n + 1}"},\n    {{a: 1}.a}!\n    """')
    assert isinstance(found, TextExpr)
    assert [part if isinstance(part, str) else type(part).__name__ for part in found.parts] == [
        "Hi ",
        "CoalesceExpr",
        ",\n",
        "Member",
        "!",
    ]


def test_a_broken_line_leaves_the_rest_of_its_rule() -> None:
    rule = rule_of(
        'rule "R"\n  when kommo.lead_created as\n  where a >\n  do\n    x = \n    if a >\n      b.c()\n    else\n'
        "      b.d()\n    b.e()\n"
    )
    assert [type(clause) for clause in rule.clauses] == [BrokenClause, BrokenClause]
    named, branch, call = rule.body
    assert isinstance(named, BrokenStep)
    assert named.name is not None
    assert named.name.text == "x"
    assert isinstance(branch, BrokenStep)
    assert [type(step) for step in branch.body] == [CallStep, CallStep]
    assert isinstance(call, CallStep)


def test_a_branch_belongs_to_the_step_before_it() -> None:
    rule = rule_of(
        'rule "R"\n  when a.b as c\n  do\n    ok = approve "Go?" by "x" up to 1 day\n    on timeout\n'
        "      stop\n    stop\n"
    )
    approve, stop = rule.body
    assert isinstance(approve, ApproveStep)
    assert approve.on_timeout is not None
    assert [type(step) for step in approve.on_timeout] == [StopStep]
    assert approve.span.end_line == 6
    assert isinstance(stop, StopStep)


def test_else_belongs_to_the_if_before_it() -> None:
    rule = rule_of(
        'rule "R"\n  when a.b as c\n  do\n    first: if c.d\n      stop\n'
        '    else if c.e\n      stop\n    else\n      log "x"\n'
    )
    (step,) = rule.body
    assert isinstance(step, IfStep)
    assert (len(step.arms), len(step.otherwise or ())) == (2, 1)
    assert step.label is not None
    assert step.label.text == "first"


def test_a_broken_head_still_says_what_it_declares() -> None:
    (decl,) = parse("let hot = \n").module.decls
    assert isinstance(decl, BrokenDecl)
    assert (decl.keyword, decl.name) == ("let", "hot")


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.rule")), ids=lambda path: path.stem)
def test_samples_have_no_syntax_errors(sample: Path) -> None:
    parsed = parse(sample.read_text())
    assert all(each.code.startswith("E5") for each in parsed.diagnostics)
    assert not any(isinstance(decl, BrokenDecl) for decl in parsed.module.decls)


def test_the_smallest_sample_is_clean() -> None:
    assert parse((SAMPLES / "01_tag_vip.rule").read_text()).diagnostics == ()


@pytest.mark.parametrize(("ending", "mark"), [("\n", ""), ("\r\n", ""), ("\n", "\ufeff")])
@pytest.mark.parametrize("final", [True, False])
def test_line_ends_and_byte_order_marks_change_nothing_but_offsets(ending: str, mark: str, *, final: bool) -> None:
    plain = (SAMPLES / "01_tag_vip.rule").read_text()
    text = mark + (plain if final else plain.rstrip("\n")).replace("\n", ending)
    parsed = parse(text)
    assert parsed.diagnostics == ()
    assert parsed.module.text == text
    assert shape(parsed.module.decls) == shape(parse(plain).module.decls)
    last = parsed.module.decls[-1]
    assert text[last.span.start : last.span.end].startswith('rule "Tag big deals"')
    assert text[last.span.start : last.span.end].endswith('tags: ["vip"])')
    assert (last.span.line, last.span.col) == (4, 1)


def test_spans_say_where_a_node_stands() -> None:
    text = 'let a = 1\n\n# why\nrule "R"\n  when a.b as c\n  where c.price > f(1,\n    2) and c.d\n  do\n    stop\n'
    rule = rule_of(text)
    test = rule.clauses[1].test  # type: ignore[union-attr]
    assert text[test.span.start : test.span.end] == "c.price > f(1,\n    2) and c.d"
    assert (test.span.line, test.span.col, test.span.end_line, test.span.end_col) == (6, 9, 7, 15)


def test_a_declaration_is_found_again_when_only_its_neighbours_change() -> None:
    first = 'rule "R"\n  when a.b as c\n  do\n    stop\n'
    before, after = parse(f"{first}let x = 1\n"), parse(f"{first}let x = 2\n")
    assert before.module.decls[0] is after.module.decls[0]
