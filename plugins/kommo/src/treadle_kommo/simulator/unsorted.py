"""The stand-in's incoming leads: /leads/unsorted, taken in or turned down."""

from __future__ import annotations

from typing import Any

from treadle_kommo.simulator import checks, hal
from treadle_kommo.simulator.asgi import Reply, Request, Route, json_reply
from treadle_kommo.simulator.simulation import Simulation
from treadle_kommo.simulator.state import Account, Unsorted

PATH = "/api/v4/leads/unsorted"


def listed(sim: Simulation, request: Request, user_id: int) -> Reply:
    """GET /leads/unsorted."""
    found = list(sim.account.unsorted.values())
    return hal.page(sim.base_url, request, "unsorted", found, lambda each: rendered(sim.account, each))


def accept(sim: Simulation, request: Request, user_id: int, uid: str) -> Reply:
    """POST /leads/unsorted/{uid}/accept."""
    row = checks.one(request)
    checks.ensure(sim.account, [row], checks.typed(status_id=int, user_id=int), checks.place)
    found = sim.account.unsorted.pop(uid, None)
    if found is None:
        return hal.problem(404, "Unsorted not found")
    lead = sim.account.leads[found.lead_id]
    lead.status_id = row.get("status_id") or _first(sim.account, found)
    lead.responsible_user_id = row.get("user_id") or user_id
    return _decided(sim, found, "accept", user_id)


def decline(sim: Simulation, request: Request, user_id: int, uid: str) -> Reply:
    """DELETE /leads/unsorted/{uid}/decline."""
    found = sim.account.unsorted.pop(uid, None)
    if found is None:
        return hal.problem(404, "Unsorted not found")
    sim.account.leads.pop(found.lead_id)
    return _decided(sim, found, "decline", user_id)


def _first(account: Account, found: Unsorted) -> int:
    return next(stage.id for stage in account.pipelines[found.pipeline_id].stages if stage.type == 0)


def _decided(sim: Simulation, found: Unsorted, action: str, user_id: int) -> Reply:
    item: dict[str, Any] = {
        "action": action,
        "uid": found.uid,
        f"{action}_result": {"leads": [str(found.lead_id)]},
        "category": found.category,
        "created_at": str(sim.account.now()),
        "modified_user_id": str(user_id),
    }
    sim.sender.announce("delete_unsorted", "unsorted", "delete", [item])
    return json_reply(rendered(sim.account, found))


def rendered(account: Account, each: Unsorted) -> dict[str, Any]:
    """The REST object."""
    return {
        "uid": each.uid,
        "source_uid": "form-1",
        "source_name": each.source_name,
        "category": each.category,
        "pipeline_id": each.pipeline_id,
        "created_at": each.created_at,
        "metadata": {},
        "account_id": account.id,
        "_embedded": {"contacts": [], "leads": [{"id": each.lead_id}], "companies": []},
    }


ROUTES = (
    Route("GET", PATH, listed),
    Route("POST", f"{PATH}/{{uid:text}}/accept", accept),
    Route("DELETE", f"{PATH}/{{uid:text}}/decline", decline),
)
