"""The stand-in's account, users, pipelines, custom fields and tags: what rules pick from by name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from treadle_kommo.simulator import checks, entities, hal
from treadle_kommo.simulator.asgi import Reply, Request, Route, json_reply
from treadle_kommo.simulator.simulation import Simulation
from treadle_kommo.simulator.state import Account, Field, Pipeline, Tag, User

API = "/api/v4"


def account(sim: Simulation, request: Request, user_id: int) -> Reply:
    """GET /account."""
    here = sim.account
    body: dict[str, Any] = {
        "id": here.id,
        "name": here.name,
        "subdomain": here.subdomain,
        "language": "en",
        "created_at": 1700000000,
        "created_by": 0,
        "updated_at": 1700000100,
        "updated_by": 0,
        "current_user_id": user_id,
        "country": "ES",
        "currency": "EUR",
        "currency_symbol": "€",
        "customers_mode": "disabled",
        "is_unsorted_on": True,
        "is_loss_reason_enabled": True,
        "is_helpbot_enabled": False,
        "is_technical_account": False,
        "mobile_feature_version": 1,
        "contact_name_display_order": 1,
        "_links": {"self": {"href": f"{sim.base_url}{API}/account"}},
    }
    wanted = (request.param("with") or "").split(",")
    if "task_types" in wanted:
        types = [{"id": key, "name": name, "color": None, "icon_id": None} for key, name in here.task_types.items()]
        body["_embedded"] = {"task_types": types}
    return json_reply(body)


def users(sim: Simulation, request: Request, user_id: int) -> Reply:
    """GET /users."""
    if not sim.account.users[user_id].is_admin:
        return hal.problem(403, "Only administrators may see the users")
    found = list(sim.account.users.values())
    return hal.page(sim.base_url, request, "users", found, partial(_user, sim.account))


def user(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """GET /users/{id}."""
    found = sim.account.users.get(id)
    return json_reply(_user(sim.account, found)) if found else hal.problem(404, "User not found")


def _user(here: Account, user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "lang": "en",
        "rights": {"is_admin": user.is_admin, "is_free": False, "is_active": True, "group_id": 0, "role_id": None},
        "_links": {"self": {"href": f"{here.base_url}{API}/users/{user.id}"}},
    }


def pipelines(sim: Simulation, request: Request, user_id: int) -> Reply:
    """GET /leads/pipelines."""
    found = [_pipeline(sim.account, each) for each in sim.account.pipelines.values()]
    return hal.whole_list(sim.base_url, f"{API}/leads/pipelines", "pipelines", found)


def pipeline(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """GET /leads/pipelines/{id}."""
    found = sim.account.pipelines.get(id)
    return json_reply(_pipeline(sim.account, found)) if found else hal.problem(404, "Pipeline not found")


def _pipeline(here: Account, each: Pipeline) -> dict[str, Any]:
    path = f"{here.base_url}{API}/leads/pipelines/{each.id}"
    stages = [
        {
            "id": stage.id,
            "name": stage.name,
            "sort": stage.sort,
            "is_editable": stage.type == 0 and stage.id not in (142, 143),
            "pipeline_id": each.id,
            "color": "#99ccff",
            "type": stage.type,
            "account_id": here.id,
            "_links": {"self": {"href": f"{path}/statuses/{stage.id}"}},
        }
        for stage in each.stages
    ]
    return {
        "id": each.id,
        "name": each.name,
        "sort": each.id - 5000,
        "is_main": each.is_main,
        "is_unsorted_on": True,
        "is_archive": False,
        "account_id": here.id,
        "_links": {"self": {"href": path}},
        "_embedded": {"statuses": stages},
    }


def custom_fields(sim: Simulation, request: Request, user_id: int, *, kind: str) -> Reply:
    """GET /{kind}/custom_fields."""
    found = list(sim.account.fields[kind].values())
    return hal.page(sim.base_url, request, "custom_fields", found, partial(_field, sim.account, kind))


def _field(here: Account, kind: str, field: Field) -> dict[str, Any]:
    enums = [
        {"id": each.id, "value": each.value, "sort": 10 * index, "code": each.code}
        for index, each in enumerate(field.enums, start=1)
    ]
    return {
        "id": field.id,
        "name": field.name,
        "type": field.type,
        "code": field.code,
        "sort": field.id,
        "account_id": here.id,
        "entity_type": kind,
        "group_id": None,
        "is_predefined": field.code is not None,
        "is_deletable": field.code is None,
        "is_api_only": False,
        "enums": enums or None,
        "_links": {"self": {"href": f"{here.base_url}{API}/{kind}/custom_fields/{field.id}"}},
    }


def tags(sim: Simulation, request: Request, user_id: int, *, kind: str) -> Reply:
    """GET /{kind}/tags."""
    query = (request.param("query") or "").lower()
    found = [
        tag
        for tag in sim.account.tags[kind].values()
        if query in tag.name.lower()
        and entities.kept(request, "id", tag.id)
        and entities.kept(request, "name", tag.name)
    ]
    return hal.page(sim.base_url, request, "tags", found, _tag)


def add_tags(sim: Simulation, request: Request, user_id: int, *, kind: str) -> Reply:
    """POST /{kind}/tags."""
    rows = checks.collection(request)
    checks.ensure(sim.account, rows, checks.present("name"), checks.typed(name=str, color=str))
    made = [sim.account.tag(kind, row["name"]) for row in rows]
    numbered = enumerate(zip(made, rows, strict=True))
    answer = [{**_tag(tag), "request_id": str(row.get("request_id", index))} for index, (tag, row) in numbered]
    return hal.whole_list(sim.base_url, f"{API}/{kind}/tags", "tags", answer)


def _tag(tag: Tag) -> dict[str, Any]:
    return {"id": tag.id, "name": tag.name, "color": tag.color}


def _of(kind: str) -> Sequence[Route]:
    return (
        Route("GET", f"{API}/{kind}/custom_fields", partial(custom_fields, kind=kind)),
        Route("GET", f"{API}/{kind}/tags", partial(tags, kind=kind)),
        Route("POST", f"{API}/{kind}/tags", partial(add_tags, kind=kind)),
    )


ROUTES = (
    Route("GET", f"{API}/account", account),
    Route("GET", f"{API}/users", users),
    Route("GET", f"{API}/users/{{id}}", user),
    Route("GET", f"{API}/leads/pipelines", pipelines),
    Route("GET", f"{API}/leads/pipelines/{{id}}", pipeline),
    *_of("leads"),
    *_of("contacts"),
)
