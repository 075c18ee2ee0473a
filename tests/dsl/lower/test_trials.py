"""What `test` blocks become: full names, seconds and zones, and data with what was left out."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import trial
from treadle.dsl.diagnostics import render
from treadle.dsl.evaluator import Scope, evaluate
from treadle.dsl.expressions import Expr, Lit
from treadle.dsl.facade import compile_files

HEAD = """use kommo
use kommo "spain" as es
use supabase as db
use openrouter as llm
let office = "America/New_York"
function twice(n: int) -> int = n * 2
event ready
  id: int
  tags: [text]
  note: text?
agent judge
  model llm "openai/gpt-4o-mini"
  returns {score: int}
rule "Hook"
  when webhook "signup" as hook
  do
    log hook.text
rule "Button"
  when by hand (days: int, why: text?)
  do
    log "{days} {why ?? ""}"
sequence "Warm"(lead: int)
  do
    log "{lead}"
test "t"
"""


def a_test(*lines: str) -> trial.Trial:
    text = HEAD + "".join(f"  {line}\n" for line in lines)
    compiled = compile_files({"t.rule": text}, CATALOGUE)
    assert not compiled.errors, "\n".join(render(each, text) for each in compiled.errors)
    (found,) = compiled.trials
    return found


def line(text: str) -> Any:
    return a_test(text).lines[0]


def value(expr: Expr, found: trial.Trial | None = None) -> Any:
    return evaluate(expr, Scope({}), found.functions if found else {})


def given_data(text: str) -> Any:
    return value(line(text).data)


def test_the_clock_stands_in_a_zone_and_moves_by_seconds() -> None:
    found = a_test("at 2026-11-23 10:00", "at 2026-11-23 10:00 in office", "after 12 hours", "expect nothing")
    assert [msgspec.structs.astuple(each)[1:] for each in found.lines[:3]] == [
        ("2026-11-23T10:00:00", "Europe/Madrid"),
        ("2026-11-23T10:00:00", "America/New_York"),
        (43200.0,),
    ]
    assert (found.name, found.file, found.zone) == ("t", "t.rule", "Europe/Madrid")
    assert found.lines[2].span.line == len(HEAD.split("\n")) + 2


def test_an_event_is_filled_from_the_example_of_its_trigger() -> None:
    found = line("given es.lead_created {id: 7, price: 10}")
    assert (found.trigger, found.connection, found.rule) == ("kommo.lead_created", "spain", None)
    data = value(found.data)
    assert (data["id"], data["price"], data["name"], data["tags"]) == (7, 10, "Ana", [])
    assert data["updated_at"].isoformat() == "2026-01-05T09:00:00+00:00"
    assert "source" not in data
    assert value(line("given kommo.lead_created").data)["id"] == 70001


def test_an_event_inside_an_event_is_filled_too() -> None:
    assert given_data('given kommo.task_created {id: 1, lead: {name: "Luz"}}')["lead"]["id"] == 70001


def test_the_argument_of_a_trigger_is_kept_apart() -> None:
    found = line('given db.row_inserted(table: "orders") {record: {"id": 7}}')
    assert found.args == {"table": Lit("orders", "text")}
    assert value(found.data) == {"record": {"id": 7}}


def test_events_of_ones_own_webhooks_and_buttons() -> None:
    found = line("given ready {id: 5}")
    assert (found.trigger, value(found.data)) == ("event.ready", {"id": 5, "tags": []})
    found = line('given webhook "signup" {json: {email: "a"}}')
    assert found.trigger == "webhook.signup"
    assert value(found.data) == {"json": {"email": "a"}, "text": "", "headers": {}, "query": {}}
    found = line('given by hand "Button" {days: 3}')
    assert (found.trigger, found.rule, value(found.data)) == (None, "Button", {"days": 3, "why": None})


def test_values_use_constants_and_functions_of_the_file() -> None:
    found = a_test('given kommo.lead_created {id: twice(21), name: "{office}"}', "expect nothing")
    first = found.lines[0]
    assert isinstance(first, trial.Given)
    data = value(first.data, found)
    assert (data["id"], data["name"]) == (42, "America/New_York")


def test_a_mocked_result_is_filled_with_what_must_be_there() -> None:
    found = line('mock kommo.get_lead(lead_id: 7) returns {id: 7, fields: {"Segment": "gold"}}')
    assert (found.target, found.outcome, found.args) == ("kommo.get_lead", "returns", {"lead_id": Lit(7, "int")})
    data = value(found.value)
    assert (data["id"], data["name"], data["tags"], data["fields"]) == (7, "Ana", [], {"Segment": "gold"})
    assert "main_contact_id" not in data
    listed = value(line('mock es.find_leads returns [{id: 1}, {id: 2, name: "Luz"}]').value)
    assert [(each["id"], each["name"]) for each in listed] == [(1, "Ana"), (2, "Luz")]


def test_what_is_mocked_fails_or_stays_unknown() -> None:
    failing = line('mock kommo.add_tags fails "busy"')
    assert (failing.target, failing.outcome, failing.code, failing.value) == ("kommo.add_tags", "fails", "busy", None)
    assert line("mock kommo.send_message unknown").outcome == "unknown"
    asked = line("mock ask judge returns {score: 5}")
    assert (asked.target, value(asked.value)) == ("ask judge", {"score": 5})
    agreed = line('mock approve "Go?" returns true')
    assert (agreed.target, agreed.question, agreed.value) == ("approve", "Go?", Lit(True, "bool"))
    assert line("mock approve returns false").question is None


def test_expectations_name_what_must_have_happened() -> None:
    lines = a_test(
        "expect es.add_note(lead_id: 7)",
        'expect start "Warm"(lead: 5)',
        "expect emit ready {id: 5}",
        'expect log "a"',
        'expect fail "b"',
        "expect nothing",
        "expect nothing more",
    ).lines
    found = [each for each in lines if isinstance(each, trial.Expect)]
    assert [(each.what, each.target) for each in found] == [
        ("action", "kommo.add_note"),
        ("start", "Warm"),
        ("emit", "ready"),
        ("log", None),
        ("fail", None),
        ("nothing", None),
        ("nothing more", None),
    ]
    assert [sorted(each.args) for each in found[:3]] == [["lead_id"], ["lead"], ["id"]]
    assert [each.text for each in found[3:5]] == [Lit("a", "text"), Lit("b", "text")]


def test_a_test_survives_json() -> None:
    found = a_test("at 2026-11-23 10:00", "given kommo.lead_created {price: 1.5}", "expect nothing")
    assert msgspec.json.decode(msgspec.json.encode(found), type=trial.Trial) == found


def test_a_test_with_a_fault_or_that_needs_one_is_left_out_alone() -> None:
    text = HEAD + '  expect nothing\nlet odd = 1 / 0\ntest "b"\n  given ready {id: odd}\ntest "c"\n  expect lof "x"\n'
    compiled = compile_files({"t.rule": text}, CATALOGUE)
    assert [each.name for each in compiled.trials] == ["t"]
