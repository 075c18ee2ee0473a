"""Actions on contacts."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from treadle.sdk import Context, action
from treadle_kommo import entities, rest
from treadle_kommo.connection import Kommo
from treadle_kommo.records import Contact


@action(effect="idempotent", reads=True, example={"contact_id": 80001})
async def get_contact(
    ctx: Context[Kommo], contact_id: Annotated[int, Meta(description="The contact's id.")]
) -> Contact:
    """Read one contact with its leads. A contact that is not there is the error `not_found`."""
    json = await rest.get_one(ctx, f"contact {contact_id}", f"/contacts/{contact_id}", [("with", "leads")])
    return entities.contact(json)


CONTACTS = (get_contact,)
