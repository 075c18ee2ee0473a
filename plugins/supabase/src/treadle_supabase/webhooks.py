"""A database webhook, to one event. Owns its secret, its body and the key by which it is told from others.

The sender is pg_net: one request a row, JSON, no signature, no id and no time of its own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from treadle.sdk import Accepted, Delivery, Event, Refused, Trigger

if TYPE_CHECKING:
    from treadle_supabase.connection import Supabase

TRIGGER_OF = {"INSERT": "row_inserted", "UPDATE": "row_updated", "DELETE": "row_deleted"}
_PARTS = {"INSERT": ("record",), "UPDATE": ("record", "old_record"), "DELETE": ("old_record",)}

_REPEATS = 10
"""Seconds within which the same body again is a repeated delivery, and not the same change made once more."""


class _Body(msgspec.Struct):
    type: str
    table: str
    schema: str = "public"
    record: dict[str, Any] | None = None
    old_record: dict[str, Any] | None = None


def read(delivery: Delivery, triggers: Sequence[type[Trigger[Any, Any]]]) -> Accepted[Any] | Refused:
    """The change that a delivery tells of. `delivery.connection` is the `Supabase` connection that it came in for."""
    if not _knows_the_secret(delivery.connection, delivery):
        return Refused("The webhook does not carry the connection's secret.", code="wrong_secret", status=401)
    try:
        body = _decode(delivery.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Refused("This is no database webhook of Supabase (JSON with type, table and record).", code="not_a_row")
    trigger = next((each for each in triggers if each.name == TRIGGER_OF.get(body.type)), None)
    row = body.record if body.record is not None else body.old_record
    if trigger is None or row is None:
        return Refused(f"There is nothing to hear of {body.type!r} without a row.", code="not_a_row")
    given = {"table": body.table, "schema": body.schema, "id": row.get("id")}
    given |= {name: getattr(body, name) or {} for name in _PARTS[body.type]}
    entity = None if given["id"] is None else f"supabase.{body.table}:{given['id']}"
    data, key = trigger.payload(**given), _key(delivery, body)
    return Accepted((Event(trigger=trigger, data=data, key=key, entity=entity, version=version(row)),))


def version(row: Any) -> str:
    """What tells this state of a row from others: the webhook's record and the API's answer give the same."""
    return hashlib.sha256(msgspec.json.encode(row, order="deterministic")).hexdigest()[:32]


def _decode(body: bytes) -> _Body:
    from decimal import Decimal

    return msgspec.json.Decoder(_Body, float_hook=Decimal).decode(body)


def _key(delivery: Delivery, body: _Body) -> str:
    moment = int(delivery.received_at.timestamp()) // _REPEATS
    return f"{body.type}:{version([body.schema, body.table, body.record, body.old_record])}:{moment}"


def _knows_the_secret(connection: Supabase, delivery: Delivery) -> bool:
    if connection.webhook_secret is None:
        return True
    scheme, _, token = delivery.headers.get("authorization", "").partition(" ")
    given = delivery.headers.get("x-webhook-secret") or (token if scheme.lower() == "bearer" else "")
    return hmac.compare_digest(given.encode(), connection.webhook_secret.reveal().encode())
