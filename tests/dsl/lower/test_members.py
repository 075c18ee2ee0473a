"""What agents, limits, calendars and events become."""

from __future__ import annotations

from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import expressions as ex
from treadle.dsl.diagnostics import render
from treadle.dsl.facade import Compiled, compile_files
from treadle.dsl.graph import Agent, Budget, Calendar, Program, Tool
from treadle.dsl.typesystem import INT, TEXT, Field, Optional, Record


def compiled(text: str) -> Compiled:
    found = compile_files({"t.rule": text}, CATALOGUE)
    assert not found.errors, "\n".join(render(each, text) for each in found.errors)
    return found


def program(text: str) -> Program:
    found = compiled(text).program
    assert found is not None
    return found


def agent(lines: str) -> Agent:
    text = f"""use kommo
use kommo "spain" as es
use openrouter as llm
let clinic = "a clinic"
let most = 5 usd
agent judge
  model llm "openai/gpt-4o-mini", "mistralai/mistral-small"
{lines}
rule "R"
  when kommo.lead_created as lead
  do
    verdict = ask judge "Is {{lead.name}} good?"
    log text(verdict)
"""
    return compiled(text).partial[0].agents["judge"]


def test_an_agent_has_all_that_it_needs() -> None:
    found = agent(
        '  instructions "You work for {clinic}."\n  tools kommo.get_contact, es.add_note\n'
        "  returns json\n  budget 0.05 usd per run, most per month, 1 usd per lead.id\n  turns 9\n"
        '  memory per lead.id last 12 turns\n  approve es.add_note by "manager"'
    )
    assert (found.name, found.plugin, found.connection) == ("judge", "openrouter", None)
    assert found.models == ("openai/gpt-4o-mini", "mistralai/mistral-small")
    assert found.instructions == ex.Lit("You work for a clinic.", "text")
    assert found.tools == (Tool("kommo", "get_contact"), Tool("kommo", "add_note", "spain", "manager"))
    assert found.budget == (Budget("0.05", "run"), Budget("5", "month"), Budget("1", None))
    assert (found.turns, found.remembers) == (9, 12)


def test_an_agent_of_one_line_has_defaults() -> None:
    text = agent('  instructions "Be brief."\n  returns json')
    assert (text.tools, text.budget, text.turns, text.remembers) == ((), (), 6, 0)


def test_limits_are_plain_figures() -> None:
    found = program(
        'use kommo\nuse kommo "spain" as es\nlet many = 3\n'
        'limit "calm" at most many messages per 1 day per contact else wait\n'
        'limit "slow" at most 1000 calls of es per 2 hours else skip\n'
        'limit "cheap" at most 0.50 usd spend per 1 week else skip\n'
    ).limits
    assert [(each.name, each.amount, each.what, each.window, each.otherwise) for each in found] == [
        ("calm", "3", "messages", 86400.0, "wait"),
        ("slow", "1000", "calls", 7200.0, "skip"),
        ("cheap", "0.50", "spend", 604800.0, "skip"),
    ]
    assert [(each.plugin, each.connection, each.per) for each in found] == [
        (None, None, "contact"),
        ("kommo", "spain", None),
        (None, None, None),
    ]
    assert found[1].span.line == 5


def test_a_calendar_keeps_its_days_by_their_kind() -> None:
    found = compiled(
        "use kommo\ncalendar days\n  2026-01-06\n  every 29 February\n  2026-08-01 .. 2026-08-15\n  every 25 December\n"
        '  2026-12-26\nrule "R"\n  when kommo.lead_created as lead\n  only during mon-fri 09:00-19:00 except days\n'
        "  do\n    log lead.name\n"
    )
    assert found.partial[0].calendars == {
        "days": Calendar(("2026-01-06", "2026-12-26"), (("2026-08-01", "2026-08-15"),), ((2, 29), (12, 25)))
    }


def test_events_say_what_they_bring() -> None:
    found = program("use kommo\nevent ready\n  id: int\n  lead: kommo.Lead\n  note: text?\n").events["ready"]
    assert isinstance(found, Record)
    assert (found.name, [each.name for each in found.fields]) == ("ready", ["id", "lead", "note"])
    assert (found.fields[0], found.fields[2]) == (Field("id", INT), Field("note", Optional(TEXT)))
