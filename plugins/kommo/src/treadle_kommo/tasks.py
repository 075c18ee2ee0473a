"""Actions on tasks of leads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import ActionFailed, Causes, Context, Pick, action
from treadle_kommo import entities, marks, rest, values
from treadle_kommo.connection import Kommo
from treadle_kommo.leads import LeadId, Responsible
from treadle_kommo.records import Task, Written
from treadle_kommo.triggers import TaskCompleted, TaskCreated

TaskId = Annotated[int, Meta(description="The task's id.")]


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


@action(effect="idempotent", reads=True, example={"lead_id": 70001})
async def list_tasks(
    ctx: Context[Kommo],
    lead_id: LeadId,
    completed: Annotated[bool | None, Meta(description="Only those that are, or are not; all unless given.")] = None,
    limit: Annotated[int, Meta(description="At most so many.")] = 50,
) -> list[Task]:
    """Read the tasks of a lead, newest first. None is an empty list."""
    params = [("filter[entity_type]", "leads"), ("filter[entity_id][]", str(lead_id)), ("order[id]", "desc")]
    if completed is not None:
        params.append(("filter[is_completed]", str(int(completed))))
    return [entities.task(json) async for json in rest.each(ctx, "/tasks", "tasks", params=params, limit=limit)]


@action(
    effect="idempotent",
    causes=[Causes(TaskCompleted, id="task_id", result="result")],
    writes="kommo.lead:*",
    example={"task_id": 90001, "result": "Called, comes on Thursday."},
)
async def complete_task(
    ctx: Context[Kommo],
    task_id: TaskId,
    result: Annotated[str | None, Meta(description="What came of it.")] = None,
) -> Written:
    """Complete a task. One that is completed already stays so."""
    patch: dict[str, Any] = {"is_completed": True}
    if result is not None:
        patch["result"] = {"text": result}
    written = await _patched(ctx, task_id, patch)
    ctx.wrote(f"task:{task_id}:completed")
    return written


@action(effect="idempotent", writes="kommo.task:{task_id}", example={"task_id": 90001, "due": "2026-01-07T12:00:00Z"})
async def update_task(
    ctx: Context[Kommo],
    task_id: TaskId,
    text: str | None = None,
    due: Annotated[datetime | None, Meta(description="Until when.")] = None,
    responsible: Responsible = None,
) -> Written:
    """Change a task's text, time or user; what is not given stays."""
    patch: dict[str, Any] = {}
    if text is not None:
        patch["text"] = text
    if due is not None:
        patch["complete_till"] = int(due.timestamp())
    if responsible is not None:
        patch["responsible_user_id"] = await values.user(ctx, responsible)
    if not patch:
        raise ActionFailed("There is nothing to change: give a text, a time or a user.", code="invalid")
    return await _patched(ctx, task_id, patch)


TASKS = (create_task, list_tasks, complete_task, update_task)


async def _patched(ctx: Context[Kommo], task_id: int, patch: dict[str, Any]) -> Written:
    answer = await rest.call(ctx, "PATCH", f"/tasks/{task_id}", json=patch)
    if answer is None:
        raise ActionFailed(f"Kommo has no task {task_id}, or the token's user may not change it.", code="not_found")
    return entities.write(rest.written(answer, "tasks"))
