"""What happens in a Kommo account, as rules hear it.

Owns the triggers' names, texts and examples and the reading of what webhooks do not carry. Bodies are decoded
elsewhere, all triggers of one body at once.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from treadle.sdk import ActionFailed, Context, Trigger
from treadle_kommo import entities, rest
from treadle_kommo.connection import Kommo
from treadle_kommo.records import Contact, Lead, Message, Note, StageChange, Task
from treadle_kommo.stages import Names

_LEAD: dict[str, Any] = {
    "id": 70001,
    "name": "Ana Lopez",
    "price": 900,
    "created_at": "2025-11-23T10:00:00Z",
    "updated_at": "2025-11-23T10:00:00Z",
    "pipeline_id": 5001,
    "stage_id": 5101,
    "pipeline": "Sales",
    "stage": "Initial contact",
    "responsible_user_id": 900010,
    "tags": ["import"],
    "fields": {"Plan": "Gold"},
    "source": "Site",
    "main_contact_id": 80001,
    "contact_ids": [80001],
}
_CONTACT: dict[str, Any] = {
    "id": 80001,
    "name": "Ana Lopez",
    "created_at": "2025-11-23T10:00:00Z",
    "updated_at": "2025-11-23T10:08:20Z",
    "first_name": "Ana",
    "last_name": "Lopez",
    "phone": "+34600000001",
    "email": "ana@example.com",
    "timezone": "Europe/Madrid",
    "responsible_user_id": 900010,
    "fields": {"Phone": "+34600000001", "Email": "ana@example.com", "Timezone": "Europe/Madrid"},
    "lead_ids": [70001],
}
_CHANGE: dict[str, Any] = {
    "lead_id": 70001,
    "stage_id": 142,
    "old_stage_id": 5102,
    "pipeline_id": 5001,
    "stage": "Won",
    "old_stage": "Qualified",
    "pipeline": "Sales",
    "name": "Ana Lopez",
    "price": 900,
    "changed_by": 900010,
    "changed_at": "2025-11-23T10:00:00Z",
}
_MESSAGE: dict[str, Any] = {
    "id": "b26b0c55-0000-4000-8000-000000000001",
    "contact_id": 80001,
    "text": "Hi! Is Thursday free?",
    "kind": "text",
    "talk_id": 191,
    "lead_id": 70001,
    "origin": "telegram",
    "author_name": "Ana",
    "author_kind": "external",
    "created_at": "2025-11-23T11:00:00Z",
}
_TASK: dict[str, Any] = {
    "id": 90001,
    "text": "Call Ana",
    "is_completed": False,
    "entity_type": "lead",
    "entity_id": 70001,
    "lead_id": 70001,
    "task_type_id": 1,
    "due": "2025-11-24T11:00:00Z",
    "responsible_user_id": 900010,
    "created_at": "2025-11-23T10:00:00Z",
    "updated_at": "2025-11-23T10:00:00Z",
}
_NOTE: dict[str, Any] = {
    "id": 95001,
    "text": "Prefers mornings.",
    "kind": "common",
    "entity_type": "lead",
    "entity_id": 70001,
    "lead_id": 70001,
    "author_name": "Ann",
    "created_by": 900010,
    "created_at": "2025-11-23T10:05:00Z",
    "updated_at": "2025-11-23T10:05:00Z",
}


class LeadCreated(Trigger[Kommo, Lead], entity="kommo.lead:{id}", example=_LEAD):
    """A lead was created, by a person, a form, an integration or a robot."""

    async def load(self, ctx: Context[Kommo], data: Lead) -> Lead:
        """Source, contacts, company and the names of stage and pipeline."""
        return await _loaded_lead(ctx, data)


class LeadUpdated(Trigger[Kommo, Lead], entity="kommo.lead:{id}", example=_LEAD):
    """Something about a lead changed: a field, the price, a tag, the responsible user. Kommo does not say what."""

    async def load(self, ctx: Context[Kommo], data: Lead) -> Lead:
        """Source, contacts, company and the names of stage and pipeline."""
        return await _loaded_lead(ctx, data)


class LeadStageChanged(Trigger[Kommo, StageChange], entity="kommo.lead:{lead_id}", example=_CHANGE):
    """A lead moved to another stage; also when it was won or lost."""

    async def load(self, ctx: Context[Kommo], data: StageChange) -> StageChange:
        """The names, from the account's catalogue."""
        names = Names(ctx)
        return replace(
            data,
            stage=data.stage or await names.stage(data.stage_id),
            old_stage=data.old_stage or await names.stage(data.old_stage_id),
            pipeline=data.pipeline or await names.pipeline(data.pipeline_id),
        )


class ContactCreated(Trigger[Kommo, Contact], entity="kommo.contact:{id}", example=_CONTACT):
    """A contact was created."""

    async def load(self, ctx: Context[Kommo], data: Contact) -> Contact:
        """First and last name and the company."""
        return await _loaded_contact(ctx, data)


class ContactUpdated(Trigger[Kommo, Contact], entity="kommo.contact:{id}", example=_CONTACT):
    """Something about a contact changed."""

    async def load(self, ctx: Context[Kommo], data: Contact) -> Contact:
        """First and last name and the company."""
        return await _loaded_contact(ctx, data)


class MessageReceived(Trigger[Kommo, Message], entity="kommo.contact:{contact_id}", example=_MESSAGE):
    """A client wrote in a chat."""


class MessageSent(
    Trigger[Kommo, Message],
    entity="kommo.contact:{contact_id}",
    example={**_MESSAGE, "text": "Thursday it is.", "author_name": "Ann", "author_kind": "internal"},
):
    """Somebody wrote to a client in a chat: a user, a bot or a rule."""


class TaskCreated(Trigger[Kommo, Task], entity="kommo.{entity_type}:{entity_id}", example=_TASK):
    """A task was created."""


class TaskCompleted(
    Trigger[Kommo, Task], entity="kommo.{entity_type}:{entity_id}", example={**_TASK, "is_completed": True}
):
    """A task was completed."""


class NoteAdded(Trigger[Kommo, Note], entity="kommo.{entity_type}:{entity_id}", example=_NOTE):
    """A note appeared in the feed of a lead, a contact or a company."""


TRIGGERS = (
    LeadCreated,
    LeadUpdated,
    LeadStageChanged,
    ContactCreated,
    ContactUpdated,
    MessageReceived,
    MessageSent,
    TaskCreated,
    TaskCompleted,
    NoteAdded,
)


async def _loaded_lead(ctx: Context[Kommo], data: Lead) -> Lead:
    """What the event carried stays as it was then; a lead that is gone meanwhile keeps the rest missing."""
    names = Names(ctx)
    named = replace(
        data,
        stage=data.stage or await names.stage(data.stage_id),
        pipeline=data.pipeline or await names.pipeline(data.pipeline_id),
    )
    try:
        json = await rest.get_one(ctx, f"lead {data.id}", f"/leads/{data.id}", [("with", "contacts,source")])
    except ActionFailed as failed:
        if failed.code != "not_found":
            raise
        return named
    now = entities.lead(json, stage=None, pipeline=None)
    return replace(
        named,
        source=data.source or now.source,
        main_contact_id=data.main_contact_id or now.main_contact_id,
        contact_ids=data.contact_ids or now.contact_ids,
        company_id=data.company_id or now.company_id,
    )


async def _loaded_contact(ctx: Context[Kommo], data: Contact) -> Contact:
    try:
        json = await rest.get_one(ctx, f"contact {data.id}", f"/contacts/{data.id}", [("with", "leads")])
    except ActionFailed as failed:
        if failed.code != "not_found":
            raise
        return data
    now = entities.contact(json)
    return replace(
        data,
        first_name=data.first_name or now.first_name,
        last_name=data.last_name or now.last_name,
        company_id=data.company_id or now.company_id,
    )
