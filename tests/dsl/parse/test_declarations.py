from typing import Any

import pytest

from treadle.dsl import nodes
from treadle.dsl.formatter.proof import shape
from treadle.dsl.nodes import (
    AgentDecl,
    AnyCell,
    BrokenCell,
    BrokenDecl,
    BrokenLine,
    CalendarDay,
    CalendarDecl,
    CompareCell,
    EventDecl,
    LimitDecl,
    Module,
    TableDecl,
)
from treadle.dsl.parser import parse


def module_of(text: str) -> Module:
    parsed = parse(text)
    assert parsed.diagnostics == ()
    return parsed.module


def only(text: str) -> Any:
    (decl,) = module_of(text).decls
    return decl


def cell(source: str) -> object:
    table = only(f"table t(n: int) -> int\n  | n | -> |\n  | {source} | 1 |\n")
    assert isinstance(table, TableDecl)
    return shape(table.rows[0].cells[0])


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("_", ("AnyCell",)),
        ("5", ("CompareCell", "==", ("Constant", "int", 5))),
        ("== 5", ("CompareCell", "==", ("Constant", "int", 5))),
        (">= 5", ("CompareCell", ">=", ("Constant", "int", 5))),
        ("100 .. 500", ("RangeCell", ("Constant", "int", 100), ("Constant", "int", 500))),
        ("1.5..2", ("RangeCell", ("Constant", "number", "1.5"), ("Constant", "int", 2))),
        ("in [1]", ("InCell", ("ListExpr", (("Constant", "int", 1),)))),
        ("not 5", ("NotCell", ("CompareCell", "==", ("Constant", "int", 5)))),
        ("not 1 .. 2", ("NotCell", ("RangeCell", ("Constant", "int", 1), ("Constant", "int", 2)))),
        ("not in low", ("NotCell", ("InCell", ("Name", "low")))),
        ("it", ("TestCell", ("Name", "it"))),
        ("not it", ("TestCell", ("Unary", "not", ("Name", "it")))),
        ('"{it}"', ("TestCell", ("TextExpr", (("Name", "it"),), False))),
        ("item", ("CompareCell", "==", ("Name", "item"))),
        ("a.it", ("CompareCell", "==", ("Member", ("Name", "a"), ("Ident", "it"), False))),
    ],
)
def test_a_cell_is_told_by_how_it_is_written(source: str, wanted: object) -> None:
    assert cell(source) == wanted


def test_a_table_has_its_columns_and_rows() -> None:
    table = only('shared table t(a: int, b: text) -> int\n  | b | a | -> |\n  | "x|y" | _ | a + 1 |\n')
    assert isinstance(table, TableDecl)
    assert table.shared
    assert [column.text for column in table.columns] == ["b", "a"]
    assert [type(each) for each in table.rows[0].cells] == [CompareCell, AnyCell]
    assert shape(table.rows[0].result)[:2] == ("BinaryExpr", "+")


def test_a_row_that_cannot_be_read_has_broken_cells_in_each_column() -> None:
    parsed = parse("table t(a: int) -> int\n  | a | -> |\n  | 1 | 2 | 3 |\n  | 1 2 | 5 |\n  | _ | 0 |\n")
    (table,) = parsed.module.decls
    assert isinstance(table, TableDecl)
    assert [[type(each) for each in row.cells] for row in table.rows] == [[BrokenCell], [BrokenCell], [AnyCell]]
    assert [row.result is None for row in table.rows] == [True, False, False]


def test_a_declaration_that_others_rely_on_is_broken_as_a_whole() -> None:
    parsed = parse("event e\n  id int\ntable t(n: int) -> int\n  | n | 1 |\nshared let x =\nuse kommo\n")
    *broken, _ = parsed.module.decls
    assert [(each.keyword, each.name) for each in broken if isinstance(each, BrokenDecl)] == [
        ("event", "e"),
        ("table", "t"),
        ("let", "x"),
    ]


def test_a_broken_line_stands_among_its_neighbours() -> None:
    parsed = parse('agent a\n  model llm\n  turns 6\ntest "t"\n  expct nothing\n  expect nothing\n')
    agent, test = parsed.module.decls
    assert isinstance(agent, AgentDecl)
    assert isinstance(test, nodes.TestDecl)
    assert [type(line).__name__ for line in agent.lines] == ["BrokenLine", "AgentTurns"]
    assert [type(line).__name__ for line in test.lines] == ["BrokenLine", "TestExpect"]


def test_budgets_are_by_period_or_by_key() -> None:
    agent = only("agent a\n  budget 0.05 usd per run, 20 usd per month, 1 usd per day.key, 2 usd per lead\n")
    assert isinstance(agent, AgentDecl)
    (budget,) = (shape(line) for line in agent.lines)
    assert [(each[2], each[3] and each[3][0]) for each in budget[1]] == [
        ("run", None),
        ("month", None),
        (None, "Member"),
        (None, "Name"),
    ]


def test_limits_count_messages_calls_or_money() -> None:
    limits = module_of(
        'limit "a" at most 2 messages per hour per contact else wait\n'
        'limit "b" at most 9 calls of kommo per 1 day else skip\n'
        'limit "c" at most 5 usd spend per 1 day else skip\n'
    ).decls
    found = [each for each in limits if isinstance(each, LimitDecl)]
    assert [(each.what, each.of and each.of.text, each.per and each.per.text, each.otherwise) for each in found] == [
        ("messages", None, "contact", "wait"),
        ("calls", "kommo", None, "skip"),
        ("spend", None, None, "skip"),
    ]
    assert [shape(each.window)[2] for each in found] == ["PT3600S", "P1D", "P1D"]


def test_days_are_dates_or_come_back_each_year() -> None:
    calendar = only("calendar c\n  2026-12-25\n  2026-08-01 .. 2026-08-15\n  every 29 february\n")
    assert isinstance(calendar, CalendarDecl)
    days = [each for each in calendar.lines if isinstance(each, CalendarDay)]
    assert [(each.first and each.first.value, each.last and each.last.value) for each in days] == [
        ("2026-12-25", None),
        ("2026-08-01", "2026-08-15"),
        (None, None),
    ]
    assert (days[2].month, days[2].day) == (2, 29)
    (broken,) = parse("calendar c\n  2026-02-30\n").module.decls
    assert isinstance(broken, CalendarDecl)
    assert [type(each) for each in broken.lines] == [BrokenLine]


def test_fields_of_an_event_may_have_any_name() -> None:
    event = only("event e\n  match: text\n  list: [int]?\n")
    assert isinstance(event, EventDecl)
    assert [each.name.text for each in event.fields] == ["match", "list"]


def lines_of(*lines: str) -> tuple[Any, ...]:
    test = only('test "t"\n' + "".join(f"  {line}\n" for line in lines))
    assert isinstance(test, nodes.TestDecl)
    return test.lines


def test_the_clock_of_a_test_is_a_moment_without_a_zone() -> None:
    first, second = lines_of('at 2026-11-23 9:00 in "Europe/Madrid"', "at 2026-11-23 09:00:30")
    assert isinstance(first, nodes.TestAt)
    assert (first.moment.kind, first.moment.value, first.moment.source) == (
        "datetime",
        "2026-11-23T09:00:00",
        "2026-11-23 9:00",
    )
    assert (second.moment.value, second.zone) == ("2026-11-23T09:00:30", None)


def test_given_tells_triggers_own_events_webhooks_and_buttons_apart() -> None:
    found: tuple[nodes.TestGiven, ...] = lines_of(
        "given a.b(c: 1) {d: 2}", "given e", 'given webhook "w" {}', 'given by hand "R"', "given webhook.called"
    )
    heard = [each.heard and (each.heard.alias and each.heard.alias.text, each.heard.trigger.text) for each in found]
    assert heard == [("a", "b"), (None, "e"), None, None, ("webhook", "called")]
    assert [each.webhook and each.webhook.value for each in found] == [None, None, "w", None, None]
    assert [each.by_hand and each.by_hand.value for each in found] == [None, None, None, "R", None]
    assert [each.data is not None for each in found] == [True, False, True, False, False]


def test_mocks_have_a_target_and_an_outcome() -> None:
    found: tuple[nodes.TestMock, ...] = lines_of(
        "mock a.b(c: 1) returns 2", 'mock a.b fails "x"', "mock ask j unknown", 'mock approve "q" returns true'
    )
    assert [each.outcome for each in found] == ["returns", "fails", "unknown", "returns"]
    assert [each.tool is not None for each in found] == [True, True, False, False]
    assert [len(each.args) for each in found] == [1, 0, 0, 0]
    assert found[1].fails is not None
    assert (found[1].fails.value, found[2].agent and found[2].agent.text) == ("x", "j")
    assert (found[3].approval, found[3].question and found[3].question.value) == (True, "q")


def test_expectations_name_what_must_have_happened() -> None:
    found: tuple[nodes.TestExpect, ...] = lines_of(
        "expect a.b(c: 1)", 'expect start "S"(d: 2)', "expect emit e {f: 3}", 'expect log "l"', 'expect fail "m"',
        "expect nothing", "expect nothing more", "expect nothing.at_all",
    )  # fmt: skip
    assert [each.what for each in found] == [
        "action", "start", "emit", "log", "fail", "nothing", "nothing more", "action",
    ]  # fmt: skip
    assert [len(each.args) for each in found] == [1, 1, 0, 0, 0, 0, 0, 0]
    assert [each.text is not None for each in found] == [False, False, False, True, True, False, False, False]


@pytest.mark.parametrize(
    ("head", "line", "fixed"),
    [
        ('test "t"', 'mock a.b fail "x"', 'mock a.b fails "x"'),
        ('test "t"', "mock a.b(c: 1) = 5", "mock a.b(c: 1) returns 5"),
        ('test "t"', "mock ask judge return 5", "mock ask judge returns 5"),
        ("agent a", 'model: llm "a"', 'model llm "a"'),
        ("agent a", "turns = 5", "turns 5"),
        ("agent a", "budget 5 usd a day", "budget 5 usd per day"),
        ("agent a", "budget 5 usd per run 3 usd per day", "budget 5 usd per run, 3 usd per day"),
        ("calendar c", "2026-12-25 to 2026-12-27", "2026-12-25 .. 2026-12-27"),
        ("calendar c", "every 25th December", "every 25 December"),
        ("calendar c", "every 1st of May", "every 1 May"),
        ("calendar c", "every 1 of May", "every 1 May"),
        ("table t(n: int) -> int\n  | n | -> |", "| * | 1 |", "| _ | 1 |"),
        ("table t(n: int) -> int\n  | n | -> |", "| | 1 |", "| _ | 1 |"),
        ("table t(n: int) -> int\n  | n | -> |", "| 1 | 1", "| 1 | 1 |"),
        ("event e", "id int", "id: int"),
    ],
)
def test_a_fix_makes_the_line_right(head: str, line: str, fixed: str) -> None:
    assert applied(f"{head}\n  {line}\n") == f"{head}\n  {fixed}\n"


@pytest.mark.parametrize(
    ("line", "fixed"),
    [
        ('limit "a" at least 2 messages per day else wait', 'limit "a" at most 2 messages per day else wait'),
        ('limit "a" most 2 messages per day else wait', 'limit "a" at most 2 messages per day else wait'),
        ('limit "a" at most 2 messages a day else wait', 'limit "a" at most 2 messages per day else wait'),
        ('limit "a" at most 2 messages per day wait', 'limit "a" at most 2 messages per day else wait'),
        ('shared limit "a" at most 2 messages per day else wait', 'limit "a" at most 2 messages per day else wait'),
    ],
)
def test_a_fix_makes_a_limit_right(line: str, fixed: str) -> None:
    assert applied(f"{line}\n") == f"{fixed}\n"


def applied(text: str) -> str:
    """The text with the one fix of its one fault, which leaves none."""
    (found,) = parse(text).diagnostics
    ((edit,),) = [fix.edits for fix in found.fixes]
    fixed = text[: edit.start] + edit.text + text[edit.end :]
    assert parse(fixed).diagnostics == ()
    return fixed


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('test "t"\n  expct nothing\n', "did you mean `expect`?"),
        ('test "t"\n  when a.b\n', "did you mean `given`?"),
        ('test "t"\n  expect nothin more\n', "did you mean `nothing`?"),
        ('test "t"\n  expect nothin\n', "did you mean `nothing`?"),
        ('test "t"\n  mock aprove returns 1\n', "did you mean `approve`?"),
        ("agent a\n  instuctions 1\n", "did you mean `instructions`?"),
        ("agent a\n  prompt 1\n", "did you mean `instructions`?"),
        ("calendar c\n  evry 25 December\n", "did you mean `every`?"),
        ("calendar c\n  every 25 Decembre\n", "did you mean `December`?"),
        ('limit "a" at most 2 mesages per day else wait\n', "did you mean `messages`?"),
        ('limit "a" at most 2 messages per day else wiat\n', "did you mean `wait`?"),
        ("shared tabel t\n", "did you mean `table`?"),
        ("assistant a\n  turns 5\n", "did you mean `agent`?"),
    ],
)
def test_a_misspelt_word_is_guessed(text: str, note: str) -> None:
    (found,) = parse(text).diagnostics
    assert found.notes == (note,)
