"""Actions on contacts: read, find, make, change, and link to leads."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import ActionFailed, Causes, Context, Pick, action
from treadle_kommo import entities, rest, values
from treadle_kommo.connection import Kommo
from treadle_kommo.leads import LeadId, Responsible
from treadle_kommo.records import Contact, Written
from treadle_kommo.triggers import ContactCreated, ContactUpdated

ContactId = Annotated[int, Meta(description="The contact's id.")]
Phone = Annotated[str | None, Meta(description="A phone number; when changed it takes the place of all others.")]
Email = Annotated[str | None, Meta(description="An e-mail address; when changed it takes the place of all others.")]
Fields = Annotated[
    dict[str, Any] | None,
    Pick("contact_fields"),
    Meta(description="Custom fields by name. A list gives several values, null clears."),
]
_WITH = ("with", "leads")


@action(effect="idempotent", reads=True, example={"contact_id": 80001})
async def get_contact(ctx: Context[Kommo], contact_id: ContactId) -> Contact:
    """Read one contact with its leads. A contact that is not there is the error `not_found`."""
    json = await rest.get_one(ctx, f"contact {contact_id}", f"/contacts/{contact_id}", [_WITH])
    return entities.contact(json)


@action(effect="idempotent", reads=True, example={"query": "+34600000001", "limit": 10})
async def find_contacts(
    ctx: Context[Kommo],
    query: Annotated[str, Meta(description="Words that any field of the contact holds: a name, a phone, an e-mail.")],
    limit: Annotated[int, Meta(description="At most so many, the most recently changed first.")] = 50,
) -> list[Contact]:
    """Find contacts, most recently changed first. None found is an empty list."""
    params = [_WITH, ("order[updated_at]", "desc"), ("query", query)]
    found = rest.each(ctx, "/contacts", "contacts", params=params, limit=limit)
    return [entities.contact(json) async for json in found]


@action(
    effect="blind",
    causes=[Causes(ContactCreated, first_name="first_name", last_name="last_name", phone="phone", email="email")],
    writes="kommo.contact:*",
    example={"first_name": "Ana", "phone": "+34600000001"},
)
async def create_contact(
    ctx: Context[Kommo],
    first_name: str | None = None,
    last_name: str | None = None,
    phone: Phone = None,
    email: Email = None,
    fields: Fields = None,
    tags: list[str] | None = None,
    responsible: Responsible = None,
) -> Written:
    """Create a contact. Kommo does not look for one that is the same, and cannot tell whether a lost request arrived,
    so it is never sent twice.
    """
    with rest.before_sending():
        contact = await _given(ctx, first_name, last_name, phone, email, fields, responsible)
    if not contact:
        raise ActionFailed("There is nothing to tell of the contact: give a name or a phone.", code="invalid")
    if tags:
        contact["tags_to_add"] = [{"name": tag} for tag in tags]
    written = rest.written(await rest.call(ctx, "POST", "/contacts", json=[contact]), "contacts")
    ctx.wrote(f"contact:{written['id']}")
    return entities.write(written)


@action(
    effect="idempotent",
    causes=[
        Causes(
            ContactUpdated,
            id="contact_id",
            first_name="first_name",
            last_name="last_name",
            phone="phone",
            email="email",
        )
    ],
    writes="kommo.contact:{contact_id}",
    example={"contact_id": 80001, "fields": {"Timezone": "Europe/Madrid"}},
)
async def update_contact(
    ctx: Context[Kommo],
    contact_id: ContactId,
    first_name: str | None = None,
    last_name: str | None = None,
    phone: Phone = None,
    email: Email = None,
    fields: Fields = None,
    responsible: Responsible = None,
) -> Written:
    """Change a contact; what is not given stays. Writing the same again is harmless."""
    patch = await _given(ctx, first_name, last_name, phone, email, fields, responsible)
    if not patch:
        raise ActionFailed("There is nothing to change: give a name, a phone, an e-mail or fields.", code="invalid")
    answer = await rest.call(ctx, "PATCH", f"/contacts/{contact_id}", json=patch)
    if answer is None:
        raise ActionFailed(f"Kommo has no contact {contact_id}, or the user may not change it.", code="not_found")
    written = rest.written(answer, "contacts")
    if "updated_at" in written:
        ctx.wrote(str(written["updated_at"]))
    return entities.write(written)


@action(
    effect="idempotent",
    writes="kommo.lead:{lead_id}",
    adds=True,
    example={"lead_id": 70001, "contact_id": 80001, "main": True},
)
async def link_contact(
    ctx: Context[Kommo],
    lead_id: LeadId,
    contact_id: ContactId,
    main: Annotated[bool | None, Meta(description="Whether it becomes the lead's main contact.")] = None,
) -> None:
    """Link a contact to a lead. One that is linked already stays so."""
    link: dict[str, Any] = {"to_entity_id": contact_id, "to_entity_type": "contacts"}
    if main is not None:
        link["metadata"] = {"is_main": main}
    await rest.call(ctx, "POST", f"/leads/{lead_id}/link", json=[link])


@action(effect="idempotent", writes="kommo.lead:{lead_id}", adds=True, example={"lead_id": 70001, "contact_id": 80001})
async def unlink_contact(ctx: Context[Kommo], lead_id: LeadId, contact_id: ContactId) -> None:
    """Take a contact off a lead. One that is not linked is no error."""
    link = {"to_entity_id": contact_id, "to_entity_type": "contacts"}
    await rest.call(ctx, "POST", f"/leads/{lead_id}/unlink", json=[link])


CONTACTS = (get_contact, find_contacts, create_contact, update_contact, link_contact, unlink_contact)


async def _given(
    ctx: Context[Kommo],
    first_name: str | None,
    last_name: str | None,
    phone: str | None,
    email: str | None,
    fields: dict[str, Any] | None,
    responsible: str | None,
) -> dict[str, Any]:
    """What was given, as Kommo takes it; a phone and an e-mail are custom fields there."""
    names = {"first_name": first_name, "last_name": last_name}
    contact: dict[str, Any] = {key: value for key, value in names.items() if value is not None}
    custom = [_coded(code, value) for code, value in (("PHONE", phone), ("EMAIL", email)) if value is not None]
    if fields:
        custom += await values.custom_fields(ctx, fields, "contact")
    if custom:
        contact["custom_fields_values"] = custom
    if responsible is not None:
        contact["responsible_user_id"] = await values.user(ctx, responsible)
    return contact


def _coded(code: str, value: str) -> dict[str, Any]:
    return {"field_code": code, "values": [{"value": value, "enum_code": "WORK"}]}
