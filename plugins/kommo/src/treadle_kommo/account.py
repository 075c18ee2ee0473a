"""What a Kommo account is and holds: the connection's test and its look-up. Owns no writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from treadle.sdk import ActionFailed, Choice, Context
from treadle_kommo import rest
from treadle_kommo.codes import SYSTEM_STAGES

if TYPE_CHECKING:
    from treadle_kommo.connection import Kommo


TYPES = {
    "text": "text?",
    "textarea": "text?",
    "url": "text?",
    "streetaddress": "text?",
    "select": "text?",
    "radiobutton": "text?",
    "tracking_data": "text?",
    "numeric": "number?",
    "monetary": "number?",
}
"""What a value is for rules, by Kommo's type of field. Of the other types webhooks and REST tell different things, or
one value in place of a list: those are data without a type.
"""


async def describe(ctx: Context[Kommo], user_id: int | None, account_id: int | None) -> str:
    """One sentence about the account; names what the settings lack. Raises `ActionFailed` when they contradict it."""
    account = await rest.call(ctx, "GET", "/account")
    found, user = account["id"], account["current_user_id"]
    if account_id is not None and account_id != found:
        raise ActionFailed(f"The token belongs to account {found}, not to {account_id}.", code="wrong_account")
    sentence = f"Connected to {account['name']} ({account['subdomain']}, account {found}) as user {user}."
    if user_id != user:
        sentence += f" Set user_id={user}, so that Treadle can tell its own changes."
    return sentence


async def choices(ctx: Context[Kommo]) -> Mapping[str, Sequence[Choice]]:
    """Everything that rules pick by name. Kinds: pipelines, stages, users, tags, lead_fields, contact_fields,
    task_types; and for this plugin alone _lead_field_types and _contact_field_types, Kommo's type by a field's id,
    which says how a value is written.
    """
    found = await rest.call(ctx, "GET", "/leads/pipelines")
    pipelines = rest.embedded(found, "pipelines")
    lead_fields = await _all(ctx, "/leads/custom_fields", "custom_fields")
    contact_fields = await _all(ctx, "/contacts/custom_fields", "custom_fields")
    account = await rest.call(ctx, "GET", "/account", params=[("with", "task_types")])
    return {
        "pipelines": [_choice(each) for each in pipelines],
        "stages": _stages(pipelines),
        "users": [_choice(each) for each in await _users(ctx)],
        "tags": [_choice(each) for each in await _all(ctx, "/leads/tags", "tags")],
        "lead_fields": [_field(each) for each in lead_fields],
        "_lead_field_types": [_field_type(each) for each in lead_fields],
        "contact_fields": [_field(each) for each in contact_fields],
        "_contact_field_types": [_field_type(each) for each in contact_fields],
        "task_types": [_choice(each) for each in rest.embedded(account, "task_types")],
    }


async def _all(ctx: Context[Kommo], path: str, collection: str) -> list[Mapping[str, Any]]:
    return [each async for each in rest.each(ctx, path, collection)]


async def _users(ctx: Context[Kommo]) -> list[Mapping[str, Any]]:
    try:
        return await _all(ctx, "/users", "users")
    except ActionFailed as failed:
        if failed.status == 403:  # only administrators may list users; all the rest still works
            return []
        raise


def _stages(pipelines: Sequence[Mapping[str, Any]]) -> list[Choice]:
    """Won and Lost once, for they are the same in all pipelines, then each pipeline's own stages."""
    system = [Choice(str(number), name) for number, name in SYSTEM_STAGES.items()]
    return system + [
        Choice(str(stage["id"]), stage["name"], pipeline["name"])
        for pipeline in pipelines
        for stage in rest.embedded(pipeline, "statuses")
        if stage["id"] not in SYSTEM_STAGES
    ]


def _field(json: Mapping[str, Any]) -> Choice:
    return Choice(str(json["id"]), json["name"], type=TYPES.get(json["type"], "json"))


def _field_type(json: Mapping[str, Any]) -> Choice:
    return Choice(str(json["id"]), json["type"], json["name"])


def _choice(json: Mapping[str, Any]) -> Choice:
    return Choice(str(json["id"]), json["name"])
