"""Actions on leads: read, find, change, move, tag. Owns no webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import ActionFailed, Causes, Context, Pick, action
from treadle_kommo import entities, rest, values
from treadle_kommo.codes import SYSTEM_STAGES
from treadle_kommo.connection import Kommo
from treadle_kommo.records import Lead, Written
from treadle_kommo.stages import Names, Stage, by_name
from treadle_kommo.triggers import LeadCreated, LeadStageChanged, LeadUpdated

LeadId = Annotated[int, Meta(description="The lead's id.")]
StageName = Annotated[
    str, Pick("stages", "pipeline"), Meta(description="A stage by its name; Won and Lost are the system stages.")
]
PipelineName = Annotated[
    str | None, Pick("pipelines"), Meta(description="Needed when several pipelines have a stage of that name.")
]
Responsible = Annotated[str | None, Pick("users"), Meta(description="The responsible user, by name.")]
_WITH = ("with", "contacts,source")


@action(effect="idempotent", reads=True, example={"lead_id": 70001})
async def get_lead(ctx: Context[Kommo], lead_id: LeadId) -> Lead:
    """Read one lead with its contacts, source and the names of its stage and pipeline. A lead that is not there is the
    error `not_found`.
    """
    json = await rest.get_one(ctx, f"lead {lead_id}", f"/leads/{lead_id}", [_WITH])
    return await _lead(Names(ctx), json)


@action(effect="idempotent", reads=True, example={"stage": "New", "limit": 50})
async def find_leads(
    ctx: Context[Kommo],
    query: Annotated[str | None, Meta(description="Words that any field of the lead holds.")] = None,
    stage: Annotated[str | None, Pick("stages", "pipeline"), Meta(description="Only leads in this stage.")] = None,
    pipeline: PipelineName = None,
    limit: Annotated[int, Meta(description="At most so many, the most recently changed first.")] = 50,
) -> list[Lead]:
    """Find leads, most recently changed first. None found is an empty list."""
    params = [_WITH, ("order[updated_at]", "desc")]
    if query is not None:
        params.append(("query", query))
    params += await _stage_filter(ctx, stage, pipeline)
    names = Names(ctx)
    return [await _lead(names, json) async for json in rest.each(ctx, "/leads", "leads", params=params, limit=limit)]


@action(
    effect="idempotent",
    causes=[Causes(LeadUpdated, id="lead_id", name="name", price="price")],
    writes="kommo.lead:{lead_id}",
    example={"lead_id": 70001, "price": 1700, "fields": {"Discount": 15}},
)
async def update_lead(
    ctx: Context[Kommo],
    lead_id: LeadId,
    name: str | None = None,
    price: Annotated[Decimal | None, Meta(description="The budget; Kommo takes whole numbers.")] = None,
    fields: Annotated[
        dict[str, Any] | None,
        Pick("lead_fields"),
        Meta(description="Custom fields by name. A list gives several values, null clears."),
    ] = None,
    responsible: Responsible = None,
) -> Written:
    """Change a lead's name, price, custom fields or responsible user; what is not given stays. Writing the same again
    is harmless.
    """
    patch: dict[str, Any] = {}
    if name is not None:
        patch["name"] = name
    if price is not None:
        patch["price"] = values.price(price)
    if fields:
        patch["custom_fields_values"] = await values.custom_fields(ctx, fields)
    if responsible is not None:
        patch["responsible_user_id"] = await values.user(ctx, responsible)
    if not patch:
        raise ActionFailed(
            "There is nothing to change: give a name, a price, fields or a responsible user.", code="invalid"
        )
    return await _patch(ctx, lead_id, patch)


@action(
    effect="idempotent",
    causes=[
        Causes(LeadStageChanged, lead_id="lead_id", stage="stage", pipeline="pipeline"),
        Causes(LeadUpdated, id="lead_id", stage="stage", pipeline="pipeline"),
    ],
    writes="kommo.lead:{lead_id}",
    example={"lead_id": 70001, "stage": "Qualified"},
)
async def move_lead(ctx: Context[Kommo], lead_id: LeadId, stage: StageName, pipeline: PipelineName = None) -> Written:
    """Move a lead to a stage, also of another pipeline. Moving it to where it is already is harmless."""
    target = await by_name(ctx, stage, pipeline)
    return await _patch(ctx, lead_id, _place(target))


@action(
    effect="idempotent",
    causes=[Causes(LeadUpdated, id="lead_id")],
    writes="kommo.lead:{lead_id}",
    adds=True,
    example={"lead_id": 70001, "tags": ["vip"]},
)
async def add_tags(
    ctx: Context[Kommo],
    lead_id: LeadId,
    tags: Annotated[list[str], Meta(description="Tag names; those that the account does not have are made.")],
) -> Written:
    """Add tags to a lead and leave its others alone. A tag that it has already stays as it is."""
    if not tags:
        raise ActionFailed("There are no tags to add.", code="invalid")
    return await _patch(ctx, lead_id, {"tags_to_add": [{"name": tag} for tag in tags]})


@action(
    effect="idempotent",
    causes=[Causes(LeadUpdated, id="lead_id")],
    writes="kommo.lead:{lead_id}",
    adds=True,
    example={"lead_id": 70001, "tags": ["cold"]},
)
async def remove_tags(
    ctx: Context[Kommo], lead_id: LeadId, tags: Annotated[list[str], Meta(description="Tag names.")]
) -> Written:
    """Take tags off a lead and leave its others alone. A tag that it does not have is no error."""
    if not tags:
        raise ActionFailed("There are no tags to remove.", code="invalid")
    return await _patch(ctx, lead_id, {"tags_to_delete": [{"name": tag} for tag in tags]})


@action(
    effect="blind",
    causes=[Causes(LeadCreated, name="name", price="price", stage="stage", pipeline="pipeline")],
    writes="kommo.lead:*",
    example={"name": "Signup ana@example.com", "tags": ["form"]},
)
async def create_lead(
    ctx: Context[Kommo],
    name: str,
    price: Decimal | None = None,
    stage: Annotated[str | None, Pick("stages", "pipeline")] = None,
    pipeline: PipelineName = None,
    tags: list[str] | None = None,
    fields: Annotated[dict[str, Any] | None, Pick("lead_fields"), Meta(description="Custom fields by name.")] = None,
    contact_id: Annotated[int | None, Meta(description="A contact to be the lead's main one.")] = None,
    responsible: Responsible = None,
) -> Written:
    """Create a lead, in the first stage of the main pipeline unless a stage is given. Kommo cannot tell whether a
    lost request arrived, so it is never sent twice.
    """
    lead: dict[str, Any] = {"name": name}
    with rest.before_sending():
        if price is not None:
            lead["price"] = values.price(price)
        if stage is not None:
            lead |= _place(await by_name(ctx, stage, pipeline))
        if fields:
            lead["custom_fields_values"] = await values.custom_fields(ctx, fields)
        if responsible is not None:
            lead["responsible_user_id"] = await values.user(ctx, responsible)
    if tags:
        lead["tags_to_add"] = [{"name": tag} for tag in tags]
    if contact_id is not None:
        lead["_embedded"] = {"contacts": [{"id": contact_id, "is_main": True}]}
    written = rest.written(await rest.call(ctx, "POST", "/leads", json=[lead]), "leads")
    ctx.wrote(f"lead:{written['id']}")
    return entities.write(written)


LEADS = (get_lead, find_leads, update_lead, move_lead, add_tags, remove_tags, create_lead)


async def _patch(ctx: Context[Kommo], lead_id: int, patch: Mapping[str, Any]) -> Written:
    answer = await rest.call(ctx, "PATCH", f"/leads/{lead_id}", json=patch)
    if answer is None:
        raise ActionFailed(f"Kommo has no lead {lead_id}, or the token's user may not change it.", code="not_found")
    written = rest.written(answer, "leads")
    if "updated_at" in written:
        ctx.wrote(str(written["updated_at"]))
    return entities.write(written)


async def _lead(names: Names, json: Mapping[str, Any]) -> Lead:
    stage, pipeline = await names.stage(json.get("status_id")), await names.pipeline(json.get("pipeline_id"))
    return entities.lead(json, stage=stage, pipeline=pipeline)


async def _stage_filter(ctx: Context[Kommo], stage: str | None, pipeline: str | None) -> list[tuple[str, str]]:
    if stage is None:
        if pipeline is None:
            return []
        return [("filter[pipeline_id][]", (await ctx.catalogue.find("pipelines", pipeline)).id)]
    found = await by_name(ctx, stage, pipeline)
    homes = [str(found.pipeline_id)]
    if found.pipeline_id is None:  # the filter wants a pipeline, and a system stage is in every one
        homes = [each.id for each in await ctx.catalogue.all("pipelines")]
    return [
        (f"filter[statuses][{index}][{key}]", value)
        for index, home in enumerate(homes)
        for key, value in (("pipeline_id", home), ("status_id", str(found.status_id)))
    ]


def _place(target: Stage) -> dict[str, int]:
    if target.pipeline_id is None and target.status_id in SYSTEM_STAGES:
        return {"status_id": target.status_id}
    return {"status_id": target.status_id, "pipeline_id": target.pipeline_id or 0}
