"""The stand-in's leads: /leads, and what changing them sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from treadle_kommo.codes import LOST, SYSTEM_STAGES, WON
from treadle_kommo.simulator import checks, entities, hal, hook_items
from treadle_kommo.simulator.asgi import Reply, Request, Route, json_reply
from treadle_kommo.simulator.checks import Row
from treadle_kommo.simulator.simulation import Simulation
from treadle_kommo.simulator.state import Account, Lead

PATH = "/api/v4/leads"
_CHECKS = (
    checks.typed(name=str, price=int, status_id=int, pipeline_id=int, tags_to_add=list, tags_to_delete=list),
    checks.user,
    checks.place,
    checks.custom_fields("leads"),
)


def listed(sim: Simulation, request: Request, user_id: int) -> Reply:
    """GET /leads."""
    account = sim.account
    found = [lead for lead in account.leads.values() if _kept(request, lead)]
    found = entities.ordered(request, found, "created_at", "updated_at", "id")
    wanted = _with(request)
    return hal.page(sim.base_url, request, "leads", found, lambda lead: rendered(account, lead, wanted))


def _kept(request: Request, lead: Lead) -> bool:
    if not entities.matches_query(lead, request.param("query")):
        return False
    if not all(entities.kept(request, name, getattr(lead, name)) for name in ("id", "name", "pipeline_id", "price")):
        return False
    return _in_stages(request, lead)


def _in_stages(request: Request, lead: Lead) -> bool:
    places: dict[str, dict[str, str]] = {}
    for key, value in request.query:
        if key.startswith("filter[statuses]["):
            index, _, name = key.removeprefix("filter[statuses][").removesuffix("]").partition("][")
            places.setdefault(index, {})[name] = value
    here = {"pipeline_id": str(lead.pipeline_id), "status_id": str(lead.status_id)}
    return not places or here in places.values()


def one(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """GET /leads/{id}."""
    lead = sim.account.leads.get(id)
    return hal.EMPTY if lead is None else json_reply(rendered(sim.account, lead, _with(request)))


def create(sim: Simulation, request: Request, user_id: int) -> Reply:
    """POST /leads."""
    rows = checks.collection(request)
    checks.ensure(sim.account, rows, *_CHECKS)
    made = [_made(sim.account, row, user_id) for row in rows]
    sim.sender.announce("add_lead", "leads", "add", [hook_items.lead(sim.account, lead) for lead in made])
    answer = [
        {"id": lead.id, "request_id": str(row.get("request_id", index))}
        for index, (lead, row) in enumerate(zip(made, rows, strict=True))
    ]
    return hal.thin(sim.base_url, PATH, "leads", answer)


def _made(account: Account, row: Row, user_id: int) -> Lead:
    pipeline_id = row.get("pipeline_id") or _home(account, row.get("status_id"))
    first = next(stage for stage in account.pipelines[pipeline_id].stages if stage.type == 0)
    embedded = row.get("_embedded") or {}
    contacts = sorted(embedded.get("contacts") or (), key=lambda each: not each.get("is_main"))
    lead = Lead(
        id=account.next_id("lead"),
        name=row.get("name") or "",
        price=row.get("price") or 0,
        status_id=row.get("status_id") or first.id,
        pipeline_id=pipeline_id,
        contacts=[each["id"] for each in contacts if each.get("id") in account.contacts],
        **entities.history(account, row, user_id),
    )
    entities.set_fields(account, "leads", lead, row)
    entities.set_tags(account, "leads", lead, row)
    account.leads[lead.id] = lead
    return lead


def _home(account: Account, status_id: int | None) -> int:
    """The pipeline a stage belongs to; the main one for none and for the system stages."""
    main = next(each.id for each in account.pipelines.values() if each.is_main)
    if status_id in SYSTEM_STAGES or status_id is None:
        return main
    return next(each.id for each in account.pipelines.values() if any(stage.id == status_id for stage in each.stages))


def patch_one(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """PATCH /leads/{id}."""
    row = checks.one(request)
    return json_reply(_patch(sim, [{**row, "id": id}], user_id)[0]) if id in sim.account.leads else hal.EMPTY


def patch(sim: Simulation, request: Request, user_id: int) -> Reply:
    """PATCH /leads."""
    return hal.thin(sim.base_url, PATH, "leads", _patch(sim, checks.collection(request), user_id))


def _patch(sim: Simulation, rows: Sequence[Row], user_id: int) -> list[dict[str, Any]]:
    account = sim.account
    known = [row for row in rows if row.get("id") in account.leads]
    placed = [_with_pipeline(account.leads[row["id"]], row) for row in known]
    checks.ensure(account, placed, *_CHECKS)
    changed = [(account.leads[row["id"]], _applied(account, account.leads[row["id"]], row, user_id)) for row in known]
    _announce(sim, changed)
    return [
        {"id": lead.id, "updated_at": lead.updated_at, "request_id": str(row.get("request_id", index))}
        for index, ((lead, _), row) in enumerate(zip(changed, known, strict=True))
    ]


def _with_pipeline(lead: Lead, row: Row) -> Row:
    """A stage without a pipeline is one of the pipeline that the lead is in."""
    alone = row.get("status_id") is not None and row.get("pipeline_id") is None
    return {**row, "pipeline_id": lead.pipeline_id} if alone else row


def _applied(account: Account, lead: Lead, row: Row, user_id: int) -> dict[str, int]:
    """Changes the lead; the old values that the webhooks tell."""
    old = {"status_id": lead.status_id, "responsible_user_id": lead.responsible_user_id}
    for key in ("name", "price", "status_id", "pipeline_id", "responsible_user_id", "loss_reason_id"):
        if row.get(key) is not None:
            setattr(lead, key, row[key])
    entities.set_fields(account, "leads", lead, row)
    entities.set_tags(account, "leads", lead, row)
    lead.updated_by, lead.updated_at = user_id, account.now()
    if lead.status_id != old["status_id"]:
        lead.closed_at = lead.updated_at if lead.status_id in (WON, LOST) else None
        lead.loss_reason_id = lead.loss_reason_id if lead.status_id == LOST else None
    return {f"old_{key}": value for key, value in old.items() if getattr(lead, key) != value}


def _announce(sim: Simulation, changed: Sequence[tuple[Lead, dict[str, int]]]) -> None:
    account = sim.account
    for key, event, action in (
        ("old_status_id", "status_lead", "status"),
        ("old_responsible_user_id", "responsible_lead", "responsible"),
    ):
        told = [hook_items.lead(account, lead, **{key: old[key]}) for lead, old in changed if key in old]
        if told:
            sim.sender.announce(event, "leads", action, told)
    if changed:
        sim.sender.announce("update_lead", "leads", "update", [hook_items.lead(account, lead) for lead, _ in changed])


def _with(request: Request) -> set[str]:
    return set((request.param("with") or "").split(","))


def rendered(account: Account, lead: Lead, wanted: set[str]) -> dict[str, Any]:
    """The REST object; contacts and the source only when asked for."""
    common = entities.render(account, "leads", lead, PATH)
    embedded = dict(common.pop("_embedded"))
    if "contacts" in wanted:
        embedded["contacts"] = [{"id": each, "is_main": index == 0} for index, each in enumerate(lead.contacts)]
    if "source" in wanted and lead.source_id is not None:
        embedded["source"] = {"id": lead.source_id, "name": account.sources[lead.source_id]}
    return {
        **common,
        "price": lead.price,
        "status_id": lead.status_id,
        "pipeline_id": lead.pipeline_id,
        "loss_reason_id": lead.loss_reason_id,
        "closed_at": lead.closed_at,
        "score": None,
        "labor_cost": None,
        "_embedded": embedded,
    }


ROUTES = (
    Route("GET", PATH, listed),
    Route("GET", f"{PATH}/{{id}}", one),
    Route("POST", PATH, create),
    Route("PATCH", PATH, patch),
    Route("PATCH", f"{PATH}/{{id}}", patch_one),
)
