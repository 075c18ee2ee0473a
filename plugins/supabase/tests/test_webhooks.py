"""Database webhooks as pg_net sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from treadle.sdk import Accepted, Delivery, Event, Refused, Secret
from treadle_supabase import webhooks
from treadle_supabase.connection import Supabase
from treadle_supabase.triggers import TRIGGERS

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
NEW = {"id": 7, "status": "paid", "total": 12.5}
OLD = {**NEW, "status": "open"}


def receive(body: Any, headers: dict[str, str] | None = None, *, secret: str | None = None, later: float = 0) -> Any:
    connection = Supabase(
        base_url="https://project.supabase.test",
        service_role_key=Secret("sb_secret_x"),
        webhook_secret=Secret(secret) if secret else None,
    )
    sent = body if isinstance(body, bytes) else msgspec.json.encode(body)
    at = NOW + timedelta(seconds=later)
    delivery = Delivery(connection=connection, headers=headers or {}, body=sent, received_at=at)
    return connection.receive(delivery, TRIGGERS)


def event(kind: str, record: Any, old_record: Any, *, later: float = 0) -> Event[Any]:
    body = {"type": kind, "table": "orders", "schema": "public", "record": record, "old_record": old_record}
    answer = receive(body, later=later)
    assert isinstance(answer, Accepted)
    return answer.events[0]


@pytest.mark.parametrize(
    ("kind", "record", "old_record", "trigger"),
    [
        ("INSERT", NEW, None, "row_inserted"),
        ("UPDATE", NEW, OLD, "row_updated"),
        ("DELETE", None, OLD, "row_deleted"),
    ],
)
def test_the_three_changes(kind: str, record: Any, old_record: Any, trigger: str) -> None:
    found = event(kind, record, old_record)
    assert found.trigger.name == trigger
    assert (found.data.table, found.data.schema, found.data.id) == ("orders", "public", 7)
    told = (getattr(found.data, name, None) for name in ("record", "old_record"))
    assert tuple(told) == (record, old_record)
    assert found.entity == "supabase.orders:7"


def test_numbers_stay_exact() -> None:
    answer = receive(b'{"type":"INSERT","table":"t","record":{"total":0.10,"big":9007199254740993}}')
    assert answer.events[0].data.record == {"total": Decimal("0.10"), "big": 9007199254740993}
    assert answer.events[0].entity is None


def test_a_repeated_delivery_and_the_same_change_made_again() -> None:
    first = event("UPDATE", NEW, OLD)
    assert event("UPDATE", dict(reversed(NEW.items())), OLD, later=1).key == first.key
    assert event("UPDATE", NEW, OLD, later=60).key != first.key
    assert event("UPDATE", OLD, NEW).key != first.key


def test_the_version_is_that_of_the_row_as_the_api_answers_it() -> None:
    assert event("UPDATE", NEW, OLD).version == webhooks.version({"total": Decimal("12.5"), "status": "paid", "id": 7})


@pytest.mark.parametrize(
    "headers", [{"x-webhook-secret": "s3cret"}, {"authorization": "Bearer s3cret"}, {"authorization": "bearer s3cret"}]
)
def test_the_secret_in_a_header(headers: dict[str, str]) -> None:
    body = {"type": "INSERT", "table": "orders", "record": NEW}
    assert isinstance(receive(body, headers, secret="s3cret"), Accepted)
    for wrong in ({}, {name: value + "x" for name, value in headers.items()}, {"authorization": "Basic s3cret"}):
        refused = receive(body, wrong, secret="s3cret")
        assert isinstance(refused, Refused)
        assert (refused.status, refused.code) == (401, "wrong_secret")
    assert isinstance(receive(body), Accepted)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"type=INSERT", {"type": "INSERT"}, {"type": "TRUNCATE", "table": "t", "record": {}},
     {"type": "INSERT", "table": "t", "record": None}],
)  # fmt: skip
def test_what_is_no_row(body: Any) -> None:
    refused = receive(body)
    assert isinstance(refused, Refused)
    assert refused.code == "not_a_row"
