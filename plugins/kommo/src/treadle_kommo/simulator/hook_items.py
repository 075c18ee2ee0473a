"""What the account sends when something changes: the items of webhook bodies, every leaf a text.

Owns the webhooks' own names and quirks (`custom_fields`, `enum`, `modified_user_id`, the note inside the note, dates as
bare scalars); the encoding is the sender's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from treadle_kommo.forms import Tree
from treadle_kommo.simulator.state import Account, Contact, Entity, Field, Lead, Message, Note, Talk, Task, Value

_NUMBERS = {"contacts": "1", "leads": "2", "companies": "3"}
_NOTE_TYPES = {"common": "4", "attachment": "5", "call_in": "10", "call_out": "11", "service_message": "25"}


def lead(account: Account, each: Lead, **more: int | None) -> dict[str, Tree]:
    """A lead; `more` are the old_* values."""
    return _texts(
        id=each.id,
        name=each.name,
        status_id=each.status_id,
        **more,
        price=each.price,
        **_history(each),
        pipeline_id=each.pipeline_id,
        tags=_tags(account, "leads", each),
        account_id=account.id,
        custom_fields=_fields(account, "leads", each),
        created_at=each.created_at,
        updated_at=each.updated_at,
    )


def contact(account: Account, each: Contact, **more: int | None) -> dict[str, Tree]:
    """A contact, with the leads it is linked to keyed by their ids."""
    linked = {str(lead.id): {"ID": str(lead.id)} for lead in account.leads.values() if each.id in lead.contacts}
    return _texts(
        id=each.id,
        name=each.name,
        **_history(each),
        account_id=account.id,
        tags=_tags(account, "contacts", each),
        custom_fields=_fields(account, "contacts", each),
        linked_leads_id=linked or None,
        **more,
        created_at=each.created_at,
        updated_at=each.updated_at,
        type="contact",
    )


def task(account: Account, each: Task, **more: Any) -> dict[str, Tree]:
    """A task, its times as texts and as Unix seconds."""
    return _texts(
        id=each.id,
        element_id=each.entity_id,
        element_type=_NUMBERS.get(each.entity_type or ""),
        task_type=each.task_type_id,
        date_create=_clock(each.created_at),
        text=each.text,
        status=int(each.is_completed),
        account_id=account.id,
        created_user_id=each.created_by,
        last_modified=_clock(each.updated_at),
        responsible_user_id=each.responsible_user_id,
        complete_till=_clock(each.complete_till),
        **more,
        created_at=each.created_at,
        updated_at=each.updated_at,
        complete_before=each.complete_till,
    )


def note(account: Account, each: Note) -> dict[str, Tree]:
    """A note inside its extra level."""
    source = {"id": each.created_by, "author_name": account.users[each.created_by].name, "type": 1}
    inner = _texts(
        id=each.id,
        text=str(each.params.get("text", "")),
        attachement="",
        date_create=_clock(each.created_at),
        note_type=_NOTE_TYPES.get(each.note_type, "4"),
        element_type=_NUMBERS[each.entity_type],
        element_id=each.entity_id,
        catalog_id=0,
        group_id=0,
        timestamp_x=_clock(each.updated_at),
        account_id=account.id,
        metadata=msgspec.json.encode({"event_source": source}).decode(),
        created_by=each.created_by,
        modified_by=each.updated_by,
        main_user_id=each.responsible_user_id,
        created_at=each.created_at,
        updated_at=each.updated_at,
    )
    kind: dict[str, Tree] = {"type": "contact"} if each.entity_type == "contacts" else {}
    return {"note": inner, **kind}


def message(each: Message, talk: Talk) -> dict[str, Tree]:
    """A message of either direction."""
    entity = {"entity_type": "lead", "entity_id": talk.lead_id} if talk.lead_id else {}
    old = {"element_type": 2, "element_id": talk.lead_id} if talk.lead_id and each.type == "incoming" else {}
    author: dict[str, Tree] = {"id": f"aaac{each.id[4:]}", "type": each.author_type, "name": each.author_name}
    return _texts(
        id=each.id,
        chat_id=talk.chat_id,
        talk_id=talk.id,
        contact_id=talk.contact_id,
        text=each.text,
        created_at=each.created_at,
        message_type="text",
        **old,
        **entity,
        type=each.type,
        author=author,
        origin=talk.origin,
    )


def talk(each: Talk) -> dict[str, Tree]:
    """A talk."""
    entity = {"entity_id": each.lead_id, "entity_type": "lead"} if each.lead_id else {}
    return _texts(
        talk_id=each.id,
        created_at=each.created_at,
        updated_at=each.updated_at,
        rate=0,
        contact_id=each.contact_id,
        chat_id=each.chat_id,
        **entity,
        is_in_work=int(each.is_in_work),
        is_read=int(each.is_read),
        origin=each.origin,
    )


def _history(each: Entity) -> dict[str, int]:
    return {
        "responsible_user_id": each.responsible_user_id,
        "last_modified": each.updated_at,
        "modified_user_id": each.updated_by,
        "created_user_id": each.created_by,
        "date_create": each.created_at,
    }


def _tags(account: Account, kind: str, each: Entity) -> list[Tree] | None:
    return [_texts(id=tag, name=account.tags[kind][tag].name) for tag in each.tags] or None


def _fields(account: Account, kind: str, each: Entity) -> list[Tree] | None:
    found = [(account.fields[kind][key], values) for key, values in each.values.items() if values]
    return [
        _texts(id=field.id, name=field.name, values=_values(field, values), code=field.code) for field, values in found
    ] or None


def _values(field: Field, values: list[Value]) -> Tree:
    if field.type in ("date", "date_time"):
        return [str(each.value) for each in values]
    if field.type == "birthday":
        return datetime.fromtimestamp(values[0].value, UTC).strftime("%d.%m.%Y")
    items: list[Tree] = [_texts(value=each.value, enum=each.enum.id if each.enum else None) for each in values]
    return items[0] if field.type == "radiobutton" else items


def _clock(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _texts(**values: Any) -> dict[str, Tree]:
    """PHP's view of the values: true is 1, false is 0, null is not there."""
    return {
        key: value if isinstance(value, str | list | dict) else str(int(value) if isinstance(value, bool) else value)
        for key, value in values.items()
        if value is not None
    }
