"""The stand-in's notes of leads and contacts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from treadle_kommo.simulator import checks, entities, hal, hook_items
from treadle_kommo.simulator.asgi import Reply, Request, Route
from treadle_kommo.simulator.checks import Row
from treadle_kommo.simulator.hal import Wrong
from treadle_kommo.simulator.simulation import Simulation
from treadle_kommo.simulator.state import Account, Note

_TYPES = {"common", "call_in", "call_out", "service_message", "extended_service_message", "geolocation", "sms_in"}
_TYPES |= {"sms_out", "attachment"}


def listed(sim: Simulation, request: Request, user_id: int, id: int | None = None, *, kind: str) -> Reply:
    """GET /leads/notes, GET /leads/{id}/notes."""
    found = [
        note
        for note in sim.account.notes.values()
        if note.entity_type == kind
        and id in (None, note.entity_id)
        and entities.kept(request, "note_type", note.note_type)
    ]
    found = entities.ordered(request, found, "updated_at", "id")
    return hal.page(sim.base_url, request, "notes", found, lambda note: rendered(sim.account, note))


def create(sim: Simulation, request: Request, user_id: int, id: int | None = None, *, kind: str) -> Reply:
    """POST of the same."""
    rows = [{**row, "entity_id": row.get("entity_id", id)} for row in checks.collection(request)]
    checks.ensure(sim.account, rows, partial(_entity, kind), _content)
    made = [_made(sim.account, kind, row, user_id) for row in rows]
    told = [hook_items.note(sim.account, note) for note in made]
    sim.sender.announce({"leads": "note_lead", "contacts": "note_contact"}[kind], kind, "note", told)
    answer = [
        {"id": note.id, "entity_id": note.entity_id, "request_id": str(row.get("request_id", index))}
        for index, (note, row) in enumerate(zip(made, rows, strict=True))
    ]
    return hal.thin(sim.base_url, f"/api/v4/{kind}/notes", "notes", answer)


def _entity(kind: str, account: Account, row: Row) -> Iterator[Wrong]:
    if row["entity_id"] not in (account.leads if kind == "leads" else account.contacts):
        yield Wrong("entity_id", "NotSupportedChoice", "The value you selected is not a valid choice.")


def _content(account: Account, row: Row) -> Iterator[Wrong]:
    if row.get("note_type") not in _TYPES:
        yield Wrong("note_type", "NotSupportedChoice", "The value you selected is not a valid choice.")
    params = row.get("params")
    if not isinstance(params, dict):
        yield Wrong("params", "InvalidType", "This value should be of type object.")
    elif row.get("note_type") == "common" and not params.get("text"):
        yield Wrong("params.text", "NotBlank", "This value should not be blank.")


def _made(account: Account, kind: str, row: Row, user_id: int) -> Note:
    note = Note(
        id=account.next_id("note"),
        entity_type=kind,
        entity_id=row["entity_id"],
        note_type=row["note_type"],
        params=row["params"],
        **entities.history(account, row, user_id),
    )
    account.notes[note.id] = note
    return note


def rendered(account: Account, note: Note) -> dict[str, Any]:
    """The REST object."""
    return {
        "id": note.id,
        "entity_id": note.entity_id,
        "created_by": note.created_by,
        "updated_by": note.updated_by,
        "created_at": note.created_at,
        "updated_at": note.updated_at,
        "responsible_user_id": note.responsible_user_id,
        "group_id": 0,
        "note_type": note.note_type,
        "params": note.params,
        "account_id": account.id,
        "_links": {"self": {"href": f"{account.base_url}/api/v4/{note.entity_type}/notes/{note.id}"}},
    }


def _routes(kind: str) -> Sequence[Route]:
    paths = (f"/api/v4/{kind}/notes", f"/api/v4/{kind}/{{id}}/notes")
    return [
        Route(method, path, partial(handler, kind=kind))
        for path in paths
        for method, handler in (("GET", listed), ("POST", create))
    ]


ROUTES = (*_routes("leads"), *_routes("contacts"))
