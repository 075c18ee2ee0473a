"""REST objects of Kommo, to the records that rules see. Owns the difference in names between REST and webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from treadle_kommo import fields
from treadle_kommo.codes import singular
from treadle_kommo.records import Company, Contact, Lead, Message, Note, Task, Written

Json = Mapping[str, Any]


def lead(json: Json, *, stage: str | None, pipeline: str | None) -> Lead:
    """A lead read with `with=contacts,source`; the names come from the catalogue."""
    inner = json.get("_embedded") or {}
    contacts = inner.get("contacts") or []
    main = next((each for each in contacts if each.get("is_main")), contacts[0] if contacts else {})
    return Lead(
        id=json["id"],
        name=json.get("name") or "",
        price=Decimal(json.get("price") or 0),
        created_at=moment(json.get("created_at")),
        updated_at=moment(json.get("updated_at")) or datetime.fromtimestamp(0, UTC),
        pipeline_id=json.get("pipeline_id"),
        stage_id=json.get("status_id"),
        pipeline=pipeline,
        stage=stage,
        responsible_user_id=json.get("responsible_user_id"),
        created_by=json.get("created_by"),
        updated_by=json.get("updated_by"),
        tags=[tag["name"] for tag in inner.get("tags") or ()],
        fields=fields.from_rest(json.get("custom_fields_values")).by_name,
        source=(inner.get("source") or {}).get("name"),
        main_contact_id=main.get("id"),
        contact_ids=[each["id"] for each in contacts],
        company_id=_first_id(inner, "companies"),
    )


def contact(json: Json) -> Contact:
    """A contact read with `with=leads`."""
    inner = json.get("_embedded") or {}
    custom = fields.from_rest(json.get("custom_fields_values"))
    return Contact(
        id=json["id"],
        name=json.get("name") or "",
        created_at=moment(json.get("created_at")),
        updated_at=moment(json.get("updated_at")) or datetime.fromtimestamp(0, UTC),
        first_name=json.get("first_name") or None,
        last_name=json.get("last_name") or None,
        phone=custom.first("PHONE"),
        email=custom.first("EMAIL"),
        timezone=custom.timezone,
        responsible_user_id=json.get("responsible_user_id"),
        created_by=json.get("created_by"),
        updated_by=json.get("updated_by"),
        tags=[tag["name"] for tag in inner.get("tags") or ()],
        fields=custom.by_name,
        lead_ids=[each["id"] for each in inner.get("leads") or ()],
        company_id=_first_id(inner, "companies"),
    )


def note(json: Json, entity_type: str) -> Note:
    """A note; `entity_type` is the word of the route (`leads`)."""
    kind = singular(entity_type)
    params = json.get("params") or {}
    return Note(
        id=json["id"],
        text=str(params.get("text") or ""),
        kind=json.get("note_type") or "",
        entity_type=kind,
        entity_id=json["entity_id"],
        lead_id=json["entity_id"] if kind == "lead" else None,
        contact_id=json["entity_id"] if kind == "contact" else None,
        attachment=params.get("original_name") or params.get("file_name"),
        created_by=json.get("created_by"),
        created_at=moment(json.get("created_at")),
        updated_at=moment(json.get("updated_at")),
    )


def company(json: Json) -> Company:
    """A company read with `with=leads,contacts`."""
    inner = json.get("_embedded") or {}
    custom = fields.from_rest(json.get("custom_fields_values"))
    return Company(
        id=json["id"],
        name=json.get("name") or "",
        created_at=moment(json.get("created_at")),
        updated_at=moment(json.get("updated_at")) or datetime.fromtimestamp(0, UTC),
        phone=custom.first("PHONE"),
        email=custom.first("EMAIL"),
        responsible_user_id=json.get("responsible_user_id"),
        created_by=json.get("created_by"),
        updated_by=json.get("updated_by"),
        tags=[tag["name"] for tag in inner.get("tags") or ()],
        fields=custom.by_name,
        lead_ids=[each["id"] for each in inner.get("leads") or ()],
        contact_ids=[each["id"] for each in inner.get("contacts") or ()],
    )


def task(json: Json) -> Task:
    """A task."""
    kind, entity = singular(json.get("entity_type") or ""), json.get("entity_id") or None
    result = json.get("result")
    return Task(
        id=json["id"],
        text=json.get("text") or "",
        is_completed=bool(json.get("is_completed")),
        entity_type=kind,
        entity_id=entity,
        lead_id=entity if kind == "lead" else None,
        contact_id=entity if kind == "contact" else None,
        task_type_id=json.get("task_type_id"),
        due=moment(json.get("complete_till")),
        result=result.get("text") if isinstance(result, Mapping) else None,
        responsible_user_id=json.get("responsible_user_id"),
        created_by=json.get("created_by"),
        created_at=moment(json.get("created_at")),
        updated_at=moment(json.get("updated_at")),
    )


def message(json: Json, contact_id: int, talk_id: int) -> Message:
    """A message of a talk."""
    author = json.get("author") or {}
    return Message(
        id=str(json["id"]),
        contact_id=contact_id,
        talk_id=talk_id,
        text=json.get("text") or "",
        kind=json.get("message_type") or "text",
        author_name=author.get("name"),
        author_kind=author.get("type"),
        created_at=moment(json.get("created_at")),
    )


def write(json: Json) -> Written:
    """The thin answer of a write."""
    return Written(id=json["id"], updated_at=moment(json.get("updated_at")))


def moment(seconds: int | None) -> datetime | None:
    """Unix seconds as an aware datetime; None and 0 mean none."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _first_id(inner: Json, collection: str) -> int | None:
    found = inner.get(collection) or ()
    return found[0]["id"] if found else None
