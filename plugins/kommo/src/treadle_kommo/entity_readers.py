"""Items about leads and contacts, read. Owns `leads[...]` and `contacts[...]` but for their notes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from treadle_kommo import fields, leaves
from treadle_kommo.codes import SYSTEM_STAGES
from treadle_kommo.company_readers import company
from treadle_kommo.leaves import Doubt, Item
from treadle_kommo.readings import Reading
from treadle_kommo.records import Contact, Lead, StageChange


def lead(trigger: str) -> Callable[[Item], Reading]:
    """A whole lead, heard as `trigger`."""

    def read(item: Item) -> Reading:
        if "price" not in item and "name" not in item:
            raise Doubt("a Digital Pipeline webhook carries no name and no price; subscribe to the account's webhooks")
        custom = fields.from_hook(item.get("custom_fields"))
        lead = Lead(
            id=leaves.required(item, "id"),
            name=leaves.text(item, "name") or "",
            price=leaves.amount(item, "price") or Decimal(0),
            created_at=leaves.moment(item, "created_at", "date_create"),
            updated_at=leaves.required_moment(item, "updated_at", "last_modified", "created_at"),
            pipeline_id=leaves.integer(item, "pipeline_id"),
            stage_id=leaves.integer(item, "status_id"),
            responsible_user_id=leaves.integer(item, "responsible_user_id"),
            created_by=leaves.integer(item, "created_user_id"),
            updated_by=leaves.integer(item, "modified_user_id"),
            tags=leaves.names(item, "tags"),
            fields=custom.by_name,
        )
        return Reading(
            trigger=trigger,
            data=lead,
            about=f"kommo.lead:{lead.id}",
            version=f"lead:{lead.id}" if trigger == "lead_created" else _version(item),
            user=lead.updated_by if trigger == "lead_updated" else _first(lead.updated_by, lead.created_by),
        )

    return read


def stage_change(item: Item) -> Reading:
    """A move; the small bodies of Digital Pipeline webhooks are enough for it. The name of the new stage is left to the
    trigger, which asks the account whether the lead is won.
    """
    stage, old = leaves.required(item, "status_id"), leaves.integer(item, "old_status_id")
    change = StageChange(
        lead_id=leaves.required(item, "id"),
        stage_id=stage,
        old_stage_id=old,
        pipeline_id=leaves.integer(item, "pipeline_id"),
        old_pipeline_id=leaves.integer(item, "old_pipeline_id"),
        old_stage=SYSTEM_STAGES.get(old or 0),
        name=leaves.text(item, "name"),
        price=leaves.amount(item, "price"),
        responsible_user_id=leaves.integer(item, "responsible_user_id"),
        changed_by=leaves.integer(item, "modified_user_id"),
        changed_at=leaves.moment(item, "updated_at", "last_modified"),
    )
    return Reading(
        trigger="lead_stage_changed",
        data=change,
        about=f"kommo.lead:{change.lead_id}",
        version=_version(item),
        user=change.changed_by,
    )


def contact(trigger: str) -> Callable[[Item], Reading]:
    """A person, heard as `trigger`. Companies come under the same key with another type, and as their own triggers."""

    def read(item: Item) -> Reading:
        if item.get("type") == "company":
            return company(item, trigger.replace("contact", "company"))
        custom = fields.from_hook(item.get("custom_fields"))
        contact = Contact(
            id=leaves.required(item, "id"),
            name=leaves.text(item, "name") or "",
            phone=custom.first("PHONE"),
            email=custom.first("EMAIL"),
            timezone=custom.timezone,
            created_at=leaves.moment(item, "created_at", "date_create"),
            updated_at=leaves.required_moment(item, "updated_at", "last_modified", "created_at"),
            responsible_user_id=leaves.integer(item, "responsible_user_id"),
            created_by=leaves.integer(item, "created_user_id"),
            updated_by=leaves.integer(item, "modified_user_id"),
            tags=leaves.names(item, "tags"),
            fields=custom.by_name,
            lead_ids=leaves.linked_leads(item),
        )
        return Reading(
            trigger=trigger,
            data=contact,
            about=f"kommo.contact:{contact.id}",
            version=f"contact:{contact.id}" if trigger == "contact_created" else _version(item),
            user=_first(contact.updated_by, contact.created_by),
        )

    return read


def _first(*users: int | None) -> int | None:
    return next((user for user in users if user is not None), None)


def _version(item: Item) -> str | None:
    return leaves.text(item, "updated_at") or leaves.text(item, "last_modified")
