"""Parts of data whose types the account knows: brought to their type where they are read, stored without it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.dsl.catalogue import CATALOGUE

from treadle.dsl.diagnostics import render
from treadle.dsl.evaluator import Scope, evaluate
from treadle.dsl.facade import compile_files
from treadle.dsl.graph import Graph
from treadle.dsl.typesystem import JSON, MapOf, Named

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def rule(head: str, *steps: str) -> Graph:
    text = head + "  do\n" + "".join(f"    {step}\n" for step in steps)
    compiled = compile_files({"r.rule": text}, CATALOGUE)
    assert not compiled.errors, "\n".join(render(each, text) for each in compiled.errors)
    return compiled.partial[0]


def holds(condition: str, fields: dict[str, Any]) -> Any:
    graph = rule(f'use kommo\n\nrule "R"\n  when kommo.deal_closed as deal\n  where {condition}\n', 'log "x"')
    (term,) = graph.where
    return evaluate(term.test, Scope({"now": NOW, "deal": {"id": 1, "fields": fields}}, "UTC"), graph.functions)


@pytest.mark.parametrize(
    ("condition", "fields", "held"),
    [
        ('(deal.fields["Discount"] ?? 0) > 5', {"Discount": "15"}, True),  # as a webhook writes it
        ('(deal.fields["Discount"] ?? 0) > 5', {"Discount": 15}, True),
        ('(deal.fields["Discount"] ?? 0) > 5', {}, False),
        ('deal.fields["Discount"] == 15', {"Discount": "15.0"}, True),
        ('deal.fields["Discount"] is set', {"Discount": None}, False),
        ('deal.fields["Segment"] == "gold"', {"Segment": "gold"}, True),
    ],
)
def test_a_number_may_come_as_a_text(condition: str, fields: dict[str, Any], held: bool) -> None:
    assert holds(condition, fields) is held


def test_columns_of_the_row_that_is_heard() -> None:
    head = (
        'use supabase as db\n\nrule "R"\n  when db.row_inserted(table: "invoices") as row\n'
        '  where row.record.paid_at < now and row.record["status"] == "paid"\n'
    )
    graph = rule(head.replace("row.record.paid_at <", "(row.record.paid_at ?? now) <"), 'log "x"')
    row = {"record": {"paid_at": "2026-11-22T09:00:00+00:00", "status": "paid"}}
    scope = Scope({"now": NOW, "row": row}, "UTC")
    assert [evaluate(each.test, scope, graph.functions) for each in graph.where] == [True, True]


def test_what_is_recorded_is_read_without_the_account() -> None:
    head = 'use kommo\nuse supabase as db\n\nrule "R"\n  when kommo.deal_closed as deal\n'
    graph = rule(head, 'found = db.select_one(table: "invoices", match: {id: deal.id})', 'log text(found["id"])')
    assert graph.names == {"deal": Named("kommo.Deal"), "found": MapOf(JSON)}
    assert set(graph.records) == {"kommo.Deal"}
