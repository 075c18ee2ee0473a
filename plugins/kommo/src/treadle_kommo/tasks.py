"""Actions on tasks of leads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import Causes, Context, Pick, action
from treadle_kommo import entities, marks, rest
from treadle_kommo.connection import Kommo
from treadle_kommo.leads import LeadId
from treadle_kommo.records import Written
from treadle_kommo.triggers import TaskCreated


async def _find_task(
    ctx: Context[Kommo],
    lead_id: int,
    text: str,
    due: datetime,
    type: str | None = None,
    responsible: str | None = None,
) -> Written | None:
    """The task that an earlier try of this step left."""
    params = [("filter[entity_type]", "leads"), ("filter[entity_id][]", str(lead_id)), ("order[id]", "desc")]
    content = (text, int(due.timestamp()))
    tasks = rest.each(ctx, "/tasks", "tasks", params=params)
    found = await marks.find(ctx, "task", tasks, lambda task: (task["text"], task["complete_till"]) == content)
    if found is None:
        return None
    ctx.wrote(f"task:{found['id']}")
    return entities.write(found)


@action(
    effect="checkable",
    lookup=_find_task,
    causes=[Causes(TaskCreated, lead_id="lead_id", entity_id="lead_id", text="text", due="due")],
    writes="kommo.lead:{lead_id}",
    adds=True,
    example={"lead_id": 70001, "text": "Call Ana", "due": "2026-01-06T12:00:00Z"},
)
async def create_task(
    ctx: Context[Kommo],
    lead_id: LeadId,
    text: Annotated[str, Meta(description="What is to be done.")],
    due: Annotated[datetime, Meta(description="Until when.")],
    type: Annotated[
        str | None, Pick("task_types"), Meta(description="A task type of the account; a follow-up unless given.")
    ] = None,
    responsible: Annotated[
        str | None, Pick("users"), Meta(description="A user by name; the owner of the connection's token unless given.")
    ] = None,
) -> Written:
    """Create a task on a lead. After a lost answer the lead's tasks are searched for it before it is made again."""
    task: dict[str, Any] = {
        "text": text,
        "complete_till": int(due.timestamp()),
        "entity_id": lead_id,
        "entity_type": "leads",
    }
    with rest.before_sending():
        if type is not None:
            task["task_type_id"] = int((await ctx.catalogue.find("task_types", type)).id)
        if responsible is not None:
            task["responsible_user_id"] = int((await ctx.catalogue.find("users", responsible)).id)
        await marks.begin(ctx)
    written = rest.written(await rest.call(ctx, "POST", "/tasks", json=[task]), "tasks")
    ctx.wrote(f"task:{written['id']}")
    await marks.claim(ctx, "task", written["id"])
    return entities.write(written)


TASKS = (create_task,)
