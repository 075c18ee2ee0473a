"""The stand-in's links: contacts linked to leads and taken off them."""

from __future__ import annotations

from typing import Any

from treadle_kommo.simulator import checks, hal
from treadle_kommo.simulator.asgi import Reply, Request, Route
from treadle_kommo.simulator.hal import Wrong
from treadle_kommo.simulator.simulation import Simulation
from treadle_kommo.simulator.state import Account, Lead

PATH = "/api/v4/leads"


def link(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """POST /leads/{id}/link."""
    lead, rows = _read(sim, request, id)
    if lead is None:
        return hal.problem(404, "Entity not found")
    for row in rows:
        contact, main = row["to_entity_id"], (row.get("metadata") or {}).get("is_main")
        others = [each for each in lead.contacts if each != contact]
        if main or contact not in lead.contacts:
            lead.contacts = [contact, *others] if main else [*others, contact]
    links = [{"entity_id": id, "entity_type": "leads", **row, "metadata": None} for row in rows]
    return hal.whole_list(sim.base_url, f"{PATH}/{id}/links", "links", links)


def unlink(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """POST /leads/{id}/unlink."""
    lead, rows = _read(sim, request, id)
    if lead is None:
        return hal.problem(404, "Entity not found")
    gone = {row["to_entity_id"] for row in rows}
    lead.contacts = [each for each in lead.contacts if each not in gone]
    return hal.EMPTY


def _read(sim: Simulation, request: Request, id: int) -> tuple[Lead | None, list[dict[str, Any]]]:
    rows: list[Any] = list(checks.collection(request))
    checks.ensure(sim.account, rows, checks.present("to_entity_id", "to_entity_type"), _contact)
    return sim.account.leads.get(id), rows


def _contact(account: Account, row: Any) -> Any:
    if row.get("to_entity_type") == "contacts" and row.get("to_entity_id") not in account.contacts:
        yield Wrong("to_entity_id", "NotSupportedChoice", "The value you selected is not a valid choice.")


ROUTES = (Route("POST", f"{PATH}/{{id}}/link", link), Route("POST", f"{PATH}/{{id}}/unlink", unlink))
