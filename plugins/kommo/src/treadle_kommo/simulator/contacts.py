"""The stand-in's contacts: /contacts, and what changing them sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from treadle_kommo.simulator import checks, entities, hal, hook_items
from treadle_kommo.simulator.asgi import Reply, Request, Route, json_reply
from treadle_kommo.simulator.checks import Row
from treadle_kommo.simulator.simulation import Simulation
from treadle_kommo.simulator.state import Account, Contact

PATH = "/api/v4/contacts"
_CHECKS = (
    checks.typed(name=str, first_name=str, last_name=str, tags_to_add=list, tags_to_delete=list),
    checks.user,
    checks.custom_fields("contacts"),
)


def listed(sim: Simulation, request: Request, user_id: int) -> Reply:
    """GET /contacts."""
    query = request.param("query")
    found = [
        contact
        for contact in sim.account.contacts.values()
        if entities.kept(request, "id", contact.id) and entities.matches_query(contact, query)
    ]
    found = entities.ordered(request, found, "updated_at", "id")
    return hal.page(sim.base_url, request, "contacts", found, lambda each: rendered(sim.account, each, request))


def one(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """GET /contacts/{id}."""
    contact = sim.account.contacts.get(id)
    return hal.EMPTY if contact is None else json_reply(rendered(sim.account, contact, request))


def create(sim: Simulation, request: Request, user_id: int) -> Reply:
    """POST /contacts."""
    rows = checks.collection(request)
    checks.ensure(sim.account, rows, *_CHECKS)
    made = [_made(sim.account, row, user_id) for row in rows]
    sim.sender.announce("add_contact", "contacts", "add", [hook_items.contact(sim.account, each) for each in made])
    answer = [
        {"id": each.id, "is_deleted": False, "is_unsorted": False, "request_id": str(row.get("request_id", index))}
        for index, (each, row) in enumerate(zip(made, rows, strict=True))
    ]
    return hal.thin(sim.base_url, PATH, "contacts", answer)


def _made(account: Account, row: Row, user_id: int) -> Contact:
    first, last = row.get("first_name") or "", row.get("last_name") or ""
    contact = Contact(
        id=account.next_id("contact"),
        name=row.get("name") or f"{first} {last}".strip(),
        first_name=first,
        last_name=last,
        **entities.history(account, row, user_id),
    )
    entities.set_fields(account, "contacts", contact, row)
    entities.set_tags(account, "contacts", contact, row)
    account.contacts[contact.id] = contact
    return contact


def patch_one(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """PATCH /contacts/{id}."""
    row = checks.one(request)
    return json_reply(_patch(sim, [{**row, "id": id}], user_id)[0]) if id in sim.account.contacts else hal.EMPTY


def patch(sim: Simulation, request: Request, user_id: int) -> Reply:
    """PATCH /contacts."""
    return hal.thin(sim.base_url, PATH, "contacts", _patch(sim, checks.collection(request), user_id))


def _patch(sim: Simulation, rows: Sequence[Row], user_id: int) -> list[dict[str, Any]]:
    account = sim.account
    known = [row for row in rows if row.get("id") in account.contacts]
    checks.ensure(account, known, *_CHECKS)
    told, answer = [], []
    for row in known:
        contact = account.contacts[row["id"]]
        old = contact.responsible_user_id
        for key in ("name", "first_name", "last_name", "responsible_user_id"):
            if row.get(key) is not None:
                setattr(contact, key, row[key])
        entities.set_fields(account, "contacts", contact, row)
        entities.set_tags(account, "contacts", contact, row)
        contact.updated_by, contact.updated_at = user_id, account.now()
        # Kommo tells the old responsible user also where nothing about it changed.
        told.append(hook_items.contact(account, contact, old_responsible_user_id=old))
        answer.append({"id": contact.id, "name": contact.name, "updated_at": contact.updated_at})
    sim.sender.announce("update_contact", "contacts", "update", told)
    return answer


def rendered(account: Account, contact: Contact, request: Request) -> dict[str, Any]:
    """The REST object; the leads only when asked for."""
    common = entities.render(account, "contacts", contact, PATH)
    embedded = dict(common.pop("_embedded"))
    if "leads" in (request.param("with") or "").split(","):
        embedded["leads"] = [{"id": lead.id} for lead in account.leads.values() if contact.id in lead.contacts]
    return {
        **common,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "is_unsorted": False,
        "_embedded": embedded,
    }


ROUTES = (
    Route("GET", PATH, listed),
    Route("GET", f"{PATH}/{{id}}", one),
    Route("POST", PATH, create),
    Route("PATCH", PATH, patch),
    Route("PATCH", f"{PATH}/{{id}}", patch_one),
)
