"""What happens in a Kommo account, as rules hear it.

Owns the triggers' names and texts and the reading of what webhooks do not carry. Bodies are decoded
elsewhere, all triggers of one body at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from treadle.sdk import ActionFailed, Context, Trigger
from treadle_kommo import entities, examples, rest
from treadle_kommo.codes import SYSTEM_STAGES
from treadle_kommo.connection import Kommo
from treadle_kommo.records import (
    Company,
    Contact,
    Decided,
    Incoming,
    Lead,
    Message,
    Note,
    Removed,
    StageChange,
    Task,
)
from treadle_kommo.stages import Names


class LeadCreated(Trigger[Kommo, Lead], entity="kommo.lead:{id}", example=examples.LEAD):
    """A lead was created, by a person, a form, an integration or a robot."""

    async def load(self, ctx: Context[Kommo], data: Lead) -> Lead:
        """Source, contacts, company and the names of stage and pipeline."""
        return await _loaded_lead(ctx, data)


class LeadUpdated(Trigger[Kommo, Lead], entity="kommo.lead:{id}", example=examples.LEAD):
    """Something about a lead changed: a field, the price, a tag, the responsible user. Kommo does not say what."""

    async def load(self, ctx: Context[Kommo], data: Lead) -> Lead:
        """Source, contacts, company and the names of stage and pipeline."""
        return await _loaded_lead(ctx, data)


class LeadStageChanged(Trigger[Kommo, StageChange], entity="kommo.lead:{lead_id}", example=examples.CHANGE):
    """A lead moved to another stage; also when it was won or lost."""

    async def load(self, ctx: Context[Kommo], data: StageChange) -> StageChange:
        """The names, from the account's catalogue. That a lead is won or lost, the account is asked itself: anybody who
        learned the hook's address can say so, and people act on it.
        """
        names = Names(ctx)
        if data.stage is None and data.stage_id in SYSTEM_STAGES:
            await _read_lead(ctx, data.lead_id, data.stage_id)
        return replace(
            data,
            stage=data.stage or await names.stage(data.stage_id),
            old_stage=data.old_stage or await names.stage(data.old_stage_id),
            pipeline=data.pipeline or await names.pipeline(data.pipeline_id),
        )


class ContactCreated(Trigger[Kommo, Contact], entity="kommo.contact:{id}", example=examples.CONTACT):
    """A contact was created."""

    async def load(self, ctx: Context[Kommo], data: Contact) -> Contact:
        """First and last name and the company."""
        return await _loaded_contact(ctx, data)


class ContactUpdated(Trigger[Kommo, Contact], entity="kommo.contact:{id}", example=examples.CONTACT):
    """Something about a contact changed."""

    async def load(self, ctx: Context[Kommo], data: Contact) -> Contact:
        """First and last name and the company."""
        return await _loaded_contact(ctx, data)


class MessageReceived(Trigger[Kommo, Message], entity="kommo.contact:{contact_id}", example=examples.MESSAGE):
    """A client wrote in a chat."""


class MessageSent(
    Trigger[Kommo, Message],
    entity="kommo.contact:{contact_id}",
    example={**examples.MESSAGE, "text": "Thursday it is.", "author_name": "Ann", "author_kind": "internal"},
):
    """Somebody wrote to a client in a chat: a user, a bot or a rule."""


class TaskCreated(Trigger[Kommo, Task], entity="kommo.{entity_type}:{entity_id}", example=examples.TASK):
    """A task was created."""


class TaskCompleted(
    Trigger[Kommo, Task], entity="kommo.{entity_type}:{entity_id}", example={**examples.TASK, "is_completed": True}
):
    """A task was completed."""


class NoteAdded(Trigger[Kommo, Note], entity="kommo.{entity_type}:{entity_id}", example=examples.NOTE):
    """A note appeared in the feed of a lead, a contact or a company."""


class LeadDeleted(
    Trigger[Kommo, Removed], entity="kommo.lead:{id}", example={"id": 70001, "stage_id": 5102, "pipeline_id": 5001}
):
    """A lead was deleted. Nothing of it can be read any more."""


class ContactDeleted(Trigger[Kommo, Removed], entity="kommo.contact:{id}", example={"id": 80001}):
    """A contact was deleted. Nothing of it can be read any more."""


class CompanyCreated(Trigger[Kommo, Company], entity="kommo.company:{id}", example=examples.COMPANY):
    """A company was created."""

    async def load(self, ctx: Context[Kommo], data: Company) -> Company:
        """Its contacts."""
        return await _loaded_company(ctx, data)


class CompanyUpdated(Trigger[Kommo, Company], entity="kommo.company:{id}", example=examples.COMPANY):
    """Something about a company changed."""

    async def load(self, ctx: Context[Kommo], data: Company) -> Company:
        """Its contacts."""
        return await _loaded_company(ctx, data)


class IncomingLeadAdded(Trigger[Kommo, Incoming], entity="kommo.incoming:{uid}", example=examples.INCOMING):
    """A request came in by a form, a mail, a chat or a call and waits among the incoming leads."""


class IncomingLeadAccepted(Trigger[Kommo, Decided], entity="kommo.incoming:{uid}", example=examples.DECIDED):
    """An incoming lead was accepted into a pipeline."""


class IncomingLeadDeclined(Trigger[Kommo, Decided], entity="kommo.incoming:{uid}", example=examples.DECIDED):
    """An incoming lead was declined."""


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
    LeadDeleted,
    ContactDeleted,
    CompanyCreated,
    CompanyUpdated,
    IncomingLeadAdded,
    IncomingLeadAccepted,
    IncomingLeadDeclined,
)


async def _loaded_lead(ctx: Context[Kommo], data: Lead) -> Lead:
    """What the event carried stays as it was then; a lead that is gone meanwhile keeps the rest missing."""
    names = Names(ctx)
    named = replace(
        data,
        stage=data.stage or await names.stage(data.stage_id),
        pipeline=data.pipeline or await names.pipeline(data.pipeline_id),
    )
    json = await _read_lead(ctx, data.id, data.stage_id if data.stage is None else None)
    if json is None:
        return named
    now = entities.lead(json, stage=None, pipeline=None)
    return replace(
        named,
        source=data.source or now.source,
        main_contact_id=data.main_contact_id or now.main_contact_id,
        contact_ids=data.contact_ids or now.contact_ids,
        company_id=data.company_id or now.company_id,
    )


async def _read_lead(ctx: Context[Kommo], id: int, stage_id: int | None) -> Mapping[str, Any] | None:
    """The lead as it is now, None for one that is gone. Raises `ActionFailed` when it is not closed as was said."""
    try:
        json = await rest.get_one(ctx, f"lead {id}", f"/leads/{id}", [("with", "contacts,source")])
    except ActionFailed as failed:
        if failed.code != "not_found":
            raise
        json = None
    said = SYSTEM_STAGES.get(stage_id or 0)
    if said is not None and (json is None or json.get("status_id") != stage_id):
        message = f"a delivery says that lead {id} is {said.lower()}, and the account does not"
        raise ActionFailed(message, code="not_confirmed")
    return json


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


async def _loaded_company(ctx: Context[Kommo], data: Company) -> Company:
    try:
        json = await rest.get_one(ctx, f"company {data.id}", f"/companies/{data.id}", [("with", "contacts")])
    except ActionFailed as failed:
        if failed.code != "not_found":
            raise
        return data
    return replace(data, contact_ids=data.contact_ids or entities.company(json).contact_ids)
