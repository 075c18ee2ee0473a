"""The stand-in's webhook subscriptions: /webhooks, keyed by destination."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from treadle_kommo.simulator import checks, entities, hal
from treadle_kommo.simulator.asgi import Reply, Request, Route, json_reply
from treadle_kommo.simulator.hal import Wrong
from treadle_kommo.simulator.simulation import Simulation
from treadle_kommo.simulator.state import Account, Webhook

PATH = "/api/v4/webhooks"
_MOST = 100

SETTINGS = frozenset(
    f"{verb}_{kind}"
    for kind in ("lead", "contact", "company")
    for verb in ("add", "update", "delete", "restore", "responsible", "note")
) | frozenset(
    (
        "status_lead",
        "add_task",
        "update_task",
        "delete_task",
        "responsible_task",
        "add_talk",
        "update_talk",
        "add_message",
        "add_outgoing_message",
        "add_unsorted",
        "update_unsorted",
        "delete_unsorted",
        "add_chat_template_review",
    )
)


def listed(sim: Simulation, request: Request, user_id: int) -> Reply:
    """GET /webhooks."""
    found = [
        _rendered(sim.account, hook)
        for hook in sim.account.webhooks.values()
        if entities.kept(request, "destination", hook.destination)
    ]
    return hal.whole_list(sim.base_url, PATH, "webhooks", found) if found else hal.EMPTY


def subscribe(sim: Simulation, request: Request, user_id: int) -> Reply:
    """A known destination gets the new settings instead of its old ones, and is enabled again."""
    row = checks.one(request)
    checks.ensure(sim.account, [row], _destination, _events)
    account, now = sim.account, sim.account.now()
    known = account.webhooks.get(row["destination"])
    if known is None and len(account.webhooks) >= _MOST:
        return hal.problem(422, f"Limit {_MOST} webhooks per account")
    hook = Webhook(
        id=known.id if known else account.next_id("webhook"),
        destination=row["destination"],
        settings=list(row["settings"]),
        sort=row.get("sort", 10),
        created_by=user_id,
        created_at=known.created_at if known else now,
        updated_at=now,
    )
    account.webhooks[hook.destination] = hook
    return json_reply(_rendered(account, hook))


def unsubscribe(sim: Simulation, request: Request, user_id: int) -> Reply:
    """DELETE /webhooks."""
    gone = sim.account.webhooks.pop(checks.one(request).get("destination", ""), None)
    return hal.EMPTY if gone else hal.problem(404, "Webhook not found")


def _destination(account: Account, row: dict[str, Any]) -> Any:
    url = urlsplit(str(row.get("destination", "")))
    if url.scheme not in ("http", "https") or not url.hostname:
        yield Wrong("destination", "InvalidUrl", "This value is not a valid URL.")


def _events(account: Account, row: dict[str, Any]) -> Any:
    settings = row.get("settings")
    if not isinstance(settings, list) or not settings:
        yield Wrong("settings", "InvalidType", "This value should be of type array.")
        return
    for index, name in enumerate(settings):
        if name not in SETTINGS:
            yield Wrong(f"settings.{index}", "NotSupportedChoice", "The value you selected is not a valid choice.")


def _rendered(account: Account, hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "destination": hook.destination,
        "created_at": hook.created_at,
        "updated_at": hook.updated_at,
        "account_id": account.id,
        "created_by": hook.created_by,
        "sort": hook.sort,
        "disabled": hook.disabled,
        "settings": hook.settings,
    }


ROUTES = (
    Route("GET", PATH, listed),
    Route("POST", PATH, subscribe),
    Route("DELETE", PATH, unsubscribe),
)
