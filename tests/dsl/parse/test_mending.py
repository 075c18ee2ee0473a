"""Lines that people write, and the fix that a machine can apply."""

import pytest

from treadle.dsl.parser import parse

CLAUSES = [
    ("when every Monday at 09:00", "when every monday at 09:00"),
    ("when every mondays at 09:00", "when every monday at 09:00"),
    ("when every monday and friday at 09:00", "when every monday, friday at 09:00"),
    ("when every day at 09:00 and 17:30", "when every day at 09:00, 17:30"),
    ("when every mon to fri at 09:00", "when every mon - fri at 09:00"),
    ("when every day at 09:00 catch once", "when every day at 09:00 catch up once"),
    ("when webhook signup as hook", 'when webhook "signup" as hook'),
    ('when webhook "signup" hook', 'when webhook "signup" as hook'),
    ('when hook "signup" as hook', 'when webhook "signup" as hook'),
    ("when kommo.lead_created lead", "when kommo.lead_created as lead"),
    ("at most 3 an hour", "at most 3 per hour"),
    ("at most 3 per 1 hour for lead.id", "at most 3 per 1 hour per lead.id"),
    ("at least 3 per hour", "at most 3 per hour"),
    ("after 5 min quiet", "after 5 min of quiet"),
    ("after 5 min of quiet as leads", "after 5 min of quiet as list leads"),
    ("one at time else skip", "one at a time else skip"),
    ("one at a time for lead.id else skip", "one at a time per lead.id else skip"),
    ("one at a time per lead.id skip", "one at a time per lead.id else skip"),
    ("one at a time per lead.id else wait", "one at a time per lead.id else queue"),
    ("stop when kommo.x m where m.a", "stop when kommo.x as m where m.a"),
    ("stop when kommo.x as m if m.a", "stop when kommo.x as m where m.a"),
    ("only mon-fri 09:00-19:00", "only during mon-fri 09:00-19:00"),
    ("only during weekdays 09:00-19:00", "only during weekday 09:00-19:00"),
    ("only during mon\u2013fri 09:00-19:00", "only during mon-fri 09:00-19:00"),
    ("only during mon-fri 09:00 to 19:00", "only during mon-fri 09:00 - 19:00"),
    ('only during mon-fri 09:00-19:00 except "holidays"', "only during mon-fri 09:00-19:00 except holidays"),
    ("including changes", "including own changes"),
    ("priority: 5", "priority 5"),
]
STEPS = [
    ("for x in lead.tags\n      stop", "for each x in lead.tags\n      stop"),
    ("for each x of lead.tags\n      stop", "for each x in lead.tags\n      stop"),
    ("wait for 3 days", "wait 3 days"),
    ("wait to kommo.x", "wait for kommo.x"),
    ("wait kommo.x as m", "wait for kommo.x as m"),
    ("wait for kommo.x m", "wait for kommo.x as m"),
    ("wait for kommo.x as m if m.a", "wait for kommo.x as m where m.a"),
    ("wait for kommo.x as m within 3 days", "wait for kommo.x as m up to 3 days"),
    ("try\n      stop\n    on error e\n      stop", "try\n      stop\n    on error as e\n      stop"),
    ("x = run S(a: 1)", 'x = run "S"(a: 1)'),
    ('cancel "S" per lead.id', 'cancel "S" for lead.id'),
    ('emit "ready"', "emit ready"),
    ("start Warm follow-up(a: 1)  # now", 'start "Warm follow-up"(a: 1)  # now'),
    ("cancel Warm follow-up for lead.id", 'cancel "Warm follow-up" for lead.id'),
    ('match x\n      when "a"\n        stop', 'match x\n      case "a"\n        stop'),
    ('ask "judge" "Good?"', 'ask judge "Good?"'),
]


def mended(text: str) -> str:
    (found,) = parse(text).diagnostics
    (edit,) = found.fixes[0].edits
    return text[: edit.start] + edit.text + text[edit.end :]


@pytest.mark.parametrize(("wrong", "right"), CLAUSES)
def test_a_clause_is_mended(wrong: str, right: str) -> None:
    frame = 'rule "R"\n  {}\n  do\n    stop\n'
    assert mended(frame.format(wrong)) == frame.format(right)
    assert parse(frame.format(right)).diagnostics == ()


@pytest.mark.parametrize(("wrong", "right"), STEPS)
def test_a_step_is_mended(wrong: str, right: str) -> None:
    frame = 'rule "R"\n  when kommo.lead_created as lead\n  do\n    {}\n'
    assert mended(frame.format(wrong)) == frame.format(right)
    assert parse(frame.format(right)).diagnostics == ()
