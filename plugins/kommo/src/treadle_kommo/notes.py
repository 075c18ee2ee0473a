"""Actions on notes of leads and contacts."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from treadle.sdk import Causes, Context, action
from treadle_kommo import entities, marks, rest
from treadle_kommo.connection import Kommo
from treadle_kommo.leads import LeadId
from treadle_kommo.records import Note, Written
from treadle_kommo.triggers import NoteAdded

NoteText = Annotated[str, Meta(description="Plain text.")]
_NEWEST = ("order[id]", "desc")


@action(effect="idempotent", reads=True, example={"lead_id": 70001, "limit": 20})
async def list_notes(
    ctx: Context[Kommo],
    lead_id: LeadId,
    limit: Annotated[int, Meta(description="At most so many.")] = 50,
) -> list[Note]:
    """Read the notes of a lead, newest first. None is an empty list."""
    found = rest.each(ctx, f"/leads/{lead_id}/notes", "notes", params=[_NEWEST], limit=limit)
    return [entities.note(json, "leads") async for json in found]


async def _find_note(ctx: Context[Kommo], lead_id: int, text: str) -> Written | None:
    """The note that an earlier try of this step left."""
    return await _left(ctx, f"/leads/{lead_id}/notes", text)


@action(
    effect="checkable",
    lookup=_find_note,
    causes=[Causes(NoteAdded, lead_id="lead_id", entity_id="lead_id", text="text")],
    writes="kommo.lead:{lead_id}",
    adds=True,
    example={"lead_id": 70001, "text": "Prefers mornings."},
)
async def add_note(ctx: Context[Kommo], lead_id: LeadId, text: NoteText) -> Written:
    """Add a note to a lead's feed. After a lost answer the feed is searched for it before it is written again."""
    return await _add(ctx, f"/leads/{lead_id}/notes", text)


async def _find_contact_note(ctx: Context[Kommo], contact_id: int, text: str) -> Written | None:
    """The note that an earlier try of this step left."""
    return await _left(ctx, f"/contacts/{contact_id}/notes", text)


@action(
    effect="checkable",
    lookup=_find_contact_note,
    causes=[Causes(NoteAdded, contact_id="contact_id", entity_id="contact_id", text="text")],
    writes="kommo.contact:{contact_id}",
    adds=True,
    example={"contact_id": 80001, "text": "Prefers mornings."},
)
async def add_contact_note(
    ctx: Context[Kommo], contact_id: Annotated[int, Meta(description="The contact's id.")], text: NoteText
) -> Written:
    """Add a note to a contact's feed. After a lost answer the feed is searched for it before it is written again."""
    return await _add(ctx, f"/contacts/{contact_id}/notes", text)


NOTES = (add_note, list_notes, add_contact_note)


async def _add(ctx: Context[Kommo], path: str, text: str) -> Written:
    with rest.before_sending():
        await marks.begin(ctx)
    note = {"note_type": "common", "params": {"text": text}}
    written = rest.written(await rest.call(ctx, "POST", path, json=[note]), "notes")
    ctx.wrote(f"note:{written['id']}")
    await marks.claim(ctx, "note", written["id"])
    return entities.write(written)


async def _left(ctx: Context[Kommo], path: str, text: str) -> Written | None:
    notes = rest.each(ctx, path, "notes", params=[("filter[note_type][]", "common"), _NEWEST])
    found = await marks.find(ctx, "note", notes, lambda note: note["params"].get("text") == text)
    if found is None:
        return None
    ctx.wrote(f"note:{found['id']}")
    return entities.write(found)
