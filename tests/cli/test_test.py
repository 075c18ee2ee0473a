"""`treadle test`, `treadle explain`: rules tried without a database."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.cli.conftest import Called

from treadle.cli.faults import guarded
from treadle.cli.program import treadle

RULES = """use kommo as crm
use supabase as db

rule "Big"
  when crm.lead_created as lead
  where lead.price > 100
  do
    crm.add_note(lead_id: lead.id, text: "Hi {lead.name}")

rule "Order"
  when db.row_inserted(table: "orders") as row
  do
    log text(row.record["id"])
"""
TESTS = """
test "big leads get a note"
  given crm.lead_created {id: 1, name: "Ana", price: 200}
  expect crm.add_note(lead_id: 1, text: "Hi Ana")
  expect nothing more

test "small leads <&> too"
  given crm.lead_created {id: 1, name: "Ana", price: 20}
  expect crm.add_note(text: "Hi Ana")
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.rule").write_text(RULES + TESTS)
    Path("lead.json").write_text('{"id": 7, "name": "Ana", "price": 50.5}')


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]):
    def called(*arguments: str) -> Called:
        capsys.readouterr()
        status = guarded(lambda: treadle.main([*arguments], prog_name="treadle", standalone_mode=False))
        printed = capsys.readouterr()
        return Called(status, printed.out, printed.err)

    return called


def test_failures_are_told_with_their_lines_and_all_are_counted(call) -> None:
    called = call("test", "a.rule")
    assert called.status == 1
    assert called.out.startswith("""\
failed  a.rule:20  small leads <&> too
  crm.add_note is not there
    a.rule:22 | expect crm.add_note(text: "Hi Ana")
    expected  crm.add_note(text: "Hi Ana")
         got  nothing
    "Big" did not fire: lead.price > 100 does not hold: lead.price is 20

1 passed, 1 failed in """)
    assert "\x1b" not in called.out


def test_the_passed_are_listed_only_when_asked(call) -> None:
    assert call("test", "a.rule", "-k", "BIG a.rule").out.startswith("1 passed in ")
    called = call("test", "a.rule", "-k", "big", "-v")
    assert called.status == 0
    assert called.out.startswith("passed  a.rule:15  big leads get a note\n1 passed in ")


def test_words_that_no_test_has(call) -> None:
    called = call("test", "a.rule", "-k", "nobody")
    assert (called.status, called.err) == (1, "Error: No test matches 'nobody'; there are 2.\n")


def test_files_without_tests(call) -> None:
    Path("a.rule").write_text(RULES)
    assert (call("test", "a.rule").status, call("test", "a.rule").out) == (0, "no tests in 1 file\n")
    assert call("test", "none.rule").status == 2


def test_json_for_programs(call) -> None:
    called = call("test", "a.rule", "--json")
    found = json.loads(called.out)
    assert (called.status, found["passed"], found["failed"], found["diagnostics"]) == (1, 1, 1, [])
    passed, failed = found["tests"]
    assert (passed["name"], passed["line"], passed["passed"], passed["failure"]) == (
        "big leads get a note",
        15,
        True,
        None,
    )
    assert failed["failure"]["at"] == {"file": "a.rule", "line": 22, "col": 3}
    assert failed["failure"]["expected"] == 'crm.add_note(text: "Hi Ana")'


def test_junit_for_build_servers(call) -> None:
    assert call("test", "a.rule", "--junit", "out/report.xml").status == 1
    root = ElementTree.parse("out/report.xml").getroot()  # our own output
    (suite,) = root
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("a.rule", "2", "1")
    good, bad = suite
    assert (good.get("name"), list(good)) == ("big leads get a note", [])
    (failure,) = bad
    assert bad.get("name") == "small leads <&> too"
    assert failure.get("message") == "crm.add_note is not there"
    assert "lead.price is 20" in (failure.text or "")


def test_a_file_with_errors_is_told_and_the_others_are_played(call) -> None:
    Path("b.rule").write_text('use kommo\n\ntest "t"\n  given kommo.lead_created {id: 1, prise: 2}\n  expect nothing\n')
    called = call("test", "a.rule", "b.rule", "-k", "big")
    assert called.status == 1
    assert "error[E" in called.out
    assert "1 passed, 1 error in the files in " in called.out
    called = call("test", "b.rule", "--junit", "out.xml")
    (suite,) = ElementTree.parse("out.xml").getroot()
    assert [(case.get("name"), case[0].tag) for case in suite] == [("t", "failure"), ("check", "error")]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "1")
    assert "failed  b.rule:3  t\n  this file has errors\n" in called.out


def test_every_rule_is_explained(call) -> None:
    called = call("explain", "a.rule", "--event", "kommo.lead_created=lead.json")
    assert called.status == 0
    assert called.out == (
        'a.rule:4  "Big": filtered: lead.price > 100 does not hold: lead.price is 50.5\n'
        'a.rule:10  "Order": does not hear this; it hears supabase.row_inserted\n'
    )
    Path("row.json").write_text('{"table": "users", "record": {"id": 7}}')
    told = call("explain", "a.rule", "--event", "supabase.row_inserted=row.json", "--json").json
    assert [(each["rule"], each["outcome"], each["why"]) for each in told] == [
        ("Big", "unheard", "it hears kommo.lead_created"),
        ("Order", "filtered", 'it hears table "orders": table is "users"'),
    ]


@pytest.mark.parametrize(
    ("event", "status", "words"),
    [("kommo.lead_creatd=lead.json", 1, "there is no trigger"), ("kommo.lead_created", 2, "TRIGGER=EVENT.json")],
)
def test_what_was_asked_wrongly(call, event: str, status: int, words: str) -> None:
    called = call("explain", "a.rule", "--event", event)
    assert called.status == status
    assert words in called.err
