"""What the clauses of a rule or a sequence become."""

from __future__ import annotations

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl import expressions as ex
from treadle.dsl.diagnostics import render
from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Alone, Calendar, Graph, Quiet, Throttle, Window
from treadle.dsl.typesystem import JSON, TEXT, ListOf, MapOf, Named, Record

TOP = (
    'use kommo\n\nlet office = "Europe/Paris"\n\nevent order_ready\n  order_id: int\n  note: text?\n\n'
    "calendar holidays\n  2026-12-24\n  2026-08-01 .. 2026-08-15\n  every 25 December\n\n"
)
ON_LEAD = "when kommo.lead_created as lead"


def lowered(text: str) -> dict[str, Graph]:
    compiled = compile_files({"r.rule": TOP + text}, CATALOGUE)
    assert not compiled.errors, "\n".join(render(each, TOP + text) for each in compiled.errors)
    return {each.name: each for each in compiled.partial}


def rule(*clauses: str, step: str = 'log "x"') -> Graph:
    head = "".join(f"  {each}\n" for each in clauses)
    return lowered(f'rule "R"\n{head}  do\n    {step}\n')["R"]


def sequence(*clauses: str) -> Graph:
    head = "".join(f"  {each}\n" for each in clauses)
    return lowered(f'sequence "S"(lead: kommo.Lead, contact: kommo.Contact)\n{head}  do\n    log "{{lead.id}}"\n')["S"]


def test_an_event_of_ones_own() -> None:
    graph = rule("when order_ready as order", step='log "{order.order_id}"')
    (hear,) = graph.hears
    assert (hear.plugin, hear.trigger, hear.name, hear.full) == (None, "order_ready", "order", "event.order_ready")
    record = graph.names["order"]
    assert isinstance(record, Record)
    assert [field.name for field in record.fields] == ["order_id", "note"]


def test_a_webhook() -> None:
    graph = rule('when webhook "signup" as hook', step="log hook.text")
    (hook,) = graph.webhooks
    assert (hook.plugin, hook.trigger, hook.name, graph.hears) == (None, "signup", "hook", ())
    record = graph.names["hook"]
    assert isinstance(record, Record)
    assert {field.name: field.type for field in record.fields} == {
        "json": JSON,
        "text": TEXT,
        "headers": MapOf(TEXT),
        "query": MapOf(TEXT),
    }


def test_a_person() -> None:
    graph = rule("when by hand (n: int, word: text?)", step='log "{n} {word ?? ""}"')
    assert (graph.by_hand, graph.params, list(graph.names)) == (True, ("n", "word"), ["n", "word"])
    assert not rule(ON_LEAD).by_hand


def test_schedules() -> None:
    graph = rule(
        "when every 15 min",
        "when every weekday at 17:30, 9:00, 17:30 in office catch up all",
        'when cron "0 9 * * 1-5" in "UTC" skip missed',
    )
    often, daily, cron = graph.schedules
    assert (often.seconds, often.zone, often.catch_up) == (900.0, "Europe/Madrid", "once")
    assert (daily.days, daily.times) == ((0, 1, 2, 3, 4), ("09:00:00", "17:30:00"))
    assert (daily.zone, daily.catch_up, daily.seconds) == ("Europe/Paris", "all", None)
    assert (cron.cron, cron.zone, cron.catch_up) == ("0 9 * * 1-5", "UTC", "skip")


def test_bounds() -> None:
    graph = rule(ON_LEAD, "at most 3 per 2 hours per lead.source", "after 5 min of quiet per lead.id as list leads")
    lead = ex.Var("lead")
    assert graph.at_most == Throttle(3, 7200.0, ex.Get(lead, "source"), loads=True)
    assert graph.quiet == Quiet(300.0, ex.Get(lead, "id"), "leads")
    assert graph.names["leads"] == ListOf(Named("kommo.Lead"))
    assert rule(ON_LEAD, "at most 1 per hour").at_most == Throttle(1, 3600.0)
    assert rule(ON_LEAD, "one at a time else queue").alone == Alone(None, "queue")
    assert rule(ON_LEAD, "one at a time per lead.id else replace").alone == Alone(ex.Get(lead, "id"), "replace")


def test_flags_and_priority() -> None:
    graph = rule("off", ON_LEAD, "priority -5", "stop after", "including own changes", "rehearse")
    assert (graph.off, graph.stop_after, graph.own_changes, graph.rehearse, graph.priority) == (True,) * 4 + (-5,)
    plain = rule(ON_LEAD)
    assert (plain.off, plain.stop_after, plain.own_changes, plain.rehearse, plain.priority) == (False,) * 4 + (0,)


def test_stop_when_is_found_by_its_key() -> None:
    graph = sequence(
        "stop when kommo.message_received as m where m.contact_id == contact.id",
        'stop when kommo.lead_stage_changed as s where s.stage == "Won" and lead.id == s.lead_id',
        "stop when kommo.lead_updated as u where u.source == contact.first_name",
        "stop when order_ready",
    )
    message, stage, source, order = graph.stops
    contact = ex.Var("contact")
    assert message.key == ("contact_id", ex.Get(contact, "id"))
    assert [each.text for each in message.where] == ["m.contact_id == contact.id"]
    assert stage.key == ("stage", ex.Lit("Won", "text"))
    assert [each.text for each in stage.where] == ['s.stage == "Won"', "lead.id == s.lead_id"]
    assert source.key is None  # not carried, and a first name may be missing
    assert [each.loads for each in source.where] == [True]
    assert (order.hear.name, order.hear.full, order.where, order.key) == ("", "event.order_ready", (), None)
    assert graph.names["m"] == Named("kommo.Message")


@pytest.mark.parametrize(
    ("test", "key"),
    [
        ("m.contact_id == 5", ("contact_id", ex.Lit(5, "int"))),
        ("(5 == m.contact_id)", ("contact_id", ex.Lit(5, "int"))),
        ("m.contact_id + 1 == lead.id", None),
        ("m.contact_id == lead.id + 1", None),
        ("m.text == text(now)", None),
        ("m.contact_id == 5 or m.text == lead.name", None),
        ("m.contact_id != 5", None),
        ("m.text != lead.name and m.contact_id == lead.id", ("contact_id", ex.Get(ex.Var("lead"), "id"))),
    ],
)
def test_a_key_is_an_equation_with_what_stays_the_same(test: str, key: tuple[str, ex.Expr] | None) -> None:
    assert sequence(f"stop when kommo.message_received as m where {test}").stops[0].key == key


def test_only_during() -> None:
    graph = sequence("only during mon-fri 09:00-19:00 in contact.timezone ?? office except holidays")
    zone = ex.Coalesce((ex.Get(ex.Var("contact"), "timezone"), ex.Lit("Europe/Paris", "text")))
    assert graph.during == Window((0, 1, 2, 3, 4), "09:00:00", "19:00:00", zone, "holidays")
    days = Calendar(("2026-12-24",), (("2026-08-01", "2026-08-15"),), ((12, 25),))
    assert graph.calendars == {"holidays": days}
    assert sequence("only during sat 22:00-04:00").during == Window((5,), "22:00:00", "04:00:00")


def test_what_is_read_while_a_run_lives_is_loaded_before() -> None:
    stop = "stop when kommo.message_received as m where m.text == {}"
    assert rule(ON_LEAD, stop.format('(lead.source ?? "")')).loads
    assert not rule(ON_LEAD, stop.format("lead.name")).loads
    assert rule(ON_LEAD, 'only during mon 09:00-19:00 in lead.source ?? "UTC"').loads
