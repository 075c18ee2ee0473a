"""The stand-in's companies: read only."""

from __future__ import annotations

from typing import Any

from treadle_kommo.simulator import entities, hal
from treadle_kommo.simulator.asgi import Reply, Request, Route, json_reply
from treadle_kommo.simulator.simulation import Simulation
from treadle_kommo.simulator.state import Account, Entity

PATH = "/api/v4/companies"


def listed(sim: Simulation, request: Request, user_id: int) -> Reply:
    """GET /companies."""
    found = [each for each in sim.account.companies.values() if entities.matches_query(each, request.param("query"))]
    return hal.page(sim.base_url, request, "companies", found, lambda each: rendered(sim.account, each, request))


def one(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """GET /companies/{id}."""
    company = sim.account.companies.get(id)
    return hal.EMPTY if company is None else json_reply(rendered(sim.account, company, request))


def rendered(account: Account, company: Entity, request: Request) -> dict[str, Any]:
    """The REST object; leads and contacts only when asked for."""
    common = entities.render(account, "companies", company, PATH)
    embedded = dict(common.pop("_embedded"))
    embedded.pop("companies")
    wanted = (request.param("with") or "").split(",")
    if "leads" in wanted:
        embedded["leads"] = [{"id": each.id} for each in account.leads.values() if company.id in each.companies]
    if "contacts" in wanted:
        embedded["contacts"] = [{"id": each.id} for each in account.contacts.values() if company.id in each.companies]
    return {**common, "_embedded": embedded}


ROUTES = (Route("GET", PATH, listed), Route("GET", f"{PATH}/{{id}}", one))
