"""Changes to rows, as rules hear them. Owns names, texts and examples; bodies are read in `webhooks`."""

from __future__ import annotations

from typing import Any

from treadle.sdk import Trigger
from treadle_supabase.connection import Supabase
from treadle_supabase.records import AddedRow, ChangedRow, RemovedRow

_NEW: dict[str, Any] = {"id": 7, "status": "paid", "total": 12.5, "updated_at": "2026-11-02T10:00:00+00:00"}
_OLD: dict[str, Any] = {**_NEW, "status": "open", "updated_at": "2026-11-01T09:00:00+00:00"}
_ROW: dict[str, Any] = {"table": "orders", "schema": "public", "id": 7}
_ENTITY = "supabase.{table}:{id}"


class RowInserted(Trigger[Supabase, AddedRow], entity=_ENTITY, params=["table"], example={**_ROW, "record": _NEW}):
    """A row was added to the table. Needs a database webhook for `INSERT`."""


class RowUpdated(
    Trigger[Supabase, ChangedRow],
    entity=_ENTITY,
    params=["table"],
    example={**_ROW, "record": _NEW, "old_record": _OLD},
):
    """A row of the table was changed. Needs a database webhook for `UPDATE`."""


class RowDeleted(Trigger[Supabase, RemovedRow], entity=_ENTITY, params=["table"], example={**_ROW, "old_record": _OLD}):
    """A row was removed from the table. Needs a database webhook for `DELETE`."""


TRIGGERS = (RowInserted, RowUpdated, RowDeleted)
