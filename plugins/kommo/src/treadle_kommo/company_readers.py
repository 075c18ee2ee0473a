"""Items about companies, incoming leads and deletions, read. Companies come under the key of the contacts."""

from __future__ import annotations

from collections.abc import Callable

from treadle_kommo import fields, leaves
from treadle_kommo.forms import items
from treadle_kommo.leaves import Doubt, Item
from treadle_kommo.readings import Reading
from treadle_kommo.records import Company, Decided, Incoming, Removed


def company(item: Item, trigger: str) -> Reading:
    """A company, heard as `trigger`."""
    custom = fields.from_hook(item.get("custom_fields"))
    updated_by, created_by = leaves.integer(item, "modified_user_id"), leaves.integer(item, "created_user_id")
    company = Company(
        id=leaves.required(item, "id"),
        name=leaves.text(item, "name") or "",
        phone=custom.first("PHONE"),
        email=custom.first("EMAIL"),
        created_at=leaves.moment(item, "created_at", "date_create"),
        updated_at=leaves.required_moment(item, "updated_at", "last_modified", "created_at"),
        responsible_user_id=leaves.integer(item, "responsible_user_id"),
        created_by=created_by,
        updated_by=updated_by,
        tags=leaves.names(item, "tags"),
        fields=custom.by_name,
        lead_ids=leaves.linked_leads(item),
    )
    return Reading(
        trigger=trigger,
        data=company,
        about=f"kommo.company:{company.id}",
        version=leaves.text(item, "updated_at") or leaves.text(item, "last_modified"),
        user=updated_by if updated_by is not None else created_by,
    )


def removed(kind: str) -> Callable[[Item], Reading]:
    """A lead or a contact that is gone."""

    def read(item: Item) -> Reading:
        if item.get("type") == "company":
            raise Doubt("no trigger hears of it", group="companies")
        gone = Removed(
            id=leaves.required(item, "id"),
            stage_id=leaves.integer(item, "status_id"),
            pipeline_id=leaves.integer(item, "pipeline_id"),
        )
        return Reading(trigger=f"{kind}_deleted", data=gone, about=f"kommo.{kind}:{gone.id}", key=str(gone.id))

    return read


def incoming(item: Item) -> Reading:
    """A request that waits."""
    uid = _uid(item)
    leads = [child for _, child in items(leaves.group(item, "data").get("leads", [])) if isinstance(child, dict)]
    source = leaves.group(item, "source_data")
    request = Incoming(
        uid=uid,
        category=leaves.text(item, "category") or "",
        lead_id=leaves.integer(item, "lead_id"),
        name=leaves.text(leads[0], "name") if leads else None,
        pipeline_id=leaves.integer(item, "pipeline_id"),
        source=leaves.text(source, "form_name") or leaves.text(source, "from"),
        created_at=leaves.moment(item, "created_at", "date_create"),
    )
    return Reading(trigger="incoming_lead_added", data=request, about=f"kommo.incoming:{uid}", key=uid)


def decided(item: Item) -> Reading:
    """A request that was accepted or declined; Kommo tells both as a deletion."""
    action, uid = leaves.text(item, "action"), _uid(item)
    trigger = {"accept": "incoming_lead_accepted", "decline": "incoming_lead_declined"}.get(action or "")
    if trigger is None:
        raise Doubt("it was neither accepted nor declined")
    leads = [child for _, child in items(leaves.group(item, f"{action}_result").get("leads", []))]
    decision = Decided(
        uid=uid,
        category=leaves.text(item, "category") or "",
        lead_id=leaves.integer({"lead": leads[0]}, "lead") if leads else None,
        decided_by=leaves.integer(item, "modified_user_id"),
        created_at=leaves.moment(item, "created_at"),
    )
    return Reading(trigger=trigger, data=decision, about=f"kommo.incoming:{uid}", key=uid, user=decision.decided_by)


def _uid(item: Item) -> str:
    uid = leaves.text(item, "uid")
    if uid is None:
        raise Doubt("uid is missing")
    return uid
