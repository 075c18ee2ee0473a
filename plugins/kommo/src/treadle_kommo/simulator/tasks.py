"""The stand-in's tasks: /tasks, and what changing them sends."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Any

from treadle_kommo.simulator import checks, entities, hal, hook_items
from treadle_kommo.simulator.asgi import Reply, Request, Route, json_reply
from treadle_kommo.simulator.checks import Row
from treadle_kommo.simulator.hal import Wrong
from treadle_kommo.simulator.simulation import Simulation
from treadle_kommo.simulator.state import Account, Task

PATH = "/api/v4/tasks"
_TYPES = checks.typed(text=str, complete_till=int, entity_id=int, entity_type=str, is_completed=bool, result=dict)


def listed(sim: Simulation, request: Request, user_id: int) -> Reply:
    """GET /tasks."""
    found = [
        task
        for task in sim.account.tasks.values()
        if all(entities.kept(request, name, getattr(task, name)) for name in ("id", "entity_type", "entity_id"))
        and entities.kept(request, "is_completed", int(task.is_completed))
    ]
    found = entities.ordered(request, found, "created_at", "complete_till", "id")
    return hal.page(sim.base_url, request, "tasks", found, lambda task: rendered(sim.account, task))


def one(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """GET /tasks/{id}."""
    task = sim.account.tasks.get(id)
    return hal.EMPTY if task is None else json_reply(rendered(sim.account, task))


def create(sim: Simulation, request: Request, user_id: int) -> Reply:
    """POST /tasks."""
    rows = checks.collection(request)
    checks.ensure(sim.account, rows, checks.present("text", "complete_till"), _TYPES, checks.user, _references)
    made = [_made(sim.account, row, user_id) for row in rows]
    sim.sender.announce("add_task", "task", "add", [hook_items.task(sim.account, task) for task in made])
    answer = [
        {"id": task.id, "request_id": str(row.get("request_id", index))}
        for index, (task, row) in enumerate(zip(made, rows, strict=True))
    ]
    return hal.thin(sim.base_url, PATH, "tasks", answer)


def _references(account: Account, row: Row) -> Iterator[Wrong]:
    kind, entity = row.get("entity_type"), row.get("entity_id")
    known: dict[Any, Container[Any]] = {"leads": account.leads, "contacts": account.contacts, None: {}}
    if kind not in known:
        yield Wrong("entity_type", "NotSupportedChoice", "The value you selected is not a valid choice.")
    elif kind is not None and entity not in known[kind]:
        yield Wrong("entity_id", "NotSupportedChoice", "The value you selected is not a valid choice.")
    if row.get("task_type_id") is not None and row["task_type_id"] not in account.task_types:
        yield Wrong("task_type_id", "NotSupportedChoice", "The value you selected is not a valid choice.")


def _made(account: Account, row: Row, user_id: int) -> Task:
    task = Task(
        id=account.next_id("task"),
        entity_type=row.get("entity_type"),
        entity_id=row.get("entity_id"),
        text=row["text"],
        task_type_id=row.get("task_type_id") or 1,
        complete_till=row["complete_till"],
        **entities.history(account, row, user_id),
    )
    account.tasks[task.id] = task
    return task


def patch_one(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """PATCH /tasks/{id}."""
    row = checks.one(request)
    return _patched(sim, [{**row, "id": id}], user_id) if id in sim.account.tasks else hal.EMPTY


def patch(sim: Simulation, request: Request, user_id: int) -> Reply:
    """PATCH /tasks."""
    return _patched(sim, checks.collection(request), user_id)


def _patched(sim: Simulation, rows: Sequence[Row], user_id: int) -> Reply:
    account = sim.account
    known = [row for row in rows if row.get("id") in account.tasks]
    checks.ensure(account, known, _TYPES, checks.user)
    told, answer = [], []
    for index, row in enumerate(known):
        task = account.tasks[row["id"]]
        closed = bool(row.get("is_completed")) and not task.is_completed
        told.append(_applied(account, task, row, user_id, closed=closed))
        answer.append({"id": task.id, "updated_at": task.updated_at, "request_id": str(row.get("request_id", index))})
    sim.sender.announce("update_task", "task", "update", told)
    return hal.thin(sim.base_url, PATH, "tasks", answer)


def _applied(account: Account, task: Task, row: Row, user_id: int, *, closed: bool) -> Any:
    old = task.text
    for key in ("text", "complete_till", "is_completed", "responsible_user_id"):
        if row.get(key) is not None:
            setattr(task, key, row[key])
    task.result = (row.get("result") or {}).get("text", task.result)
    task.updated_by, task.updated_at = user_id, account.now()
    more: dict[str, Any] = {"action_close": int(closed), "modified_by": user_id}
    if task.text != old:
        more["old_text"] = old
    if row.get("result"):
        more["result"] = {"id": str(task.id + 1), "text": task.result or ""}
    return hook_items.task(account, task, **more)


def rendered(account: Account, task: Task) -> dict[str, Any]:
    """The REST object; a result that is not there reads as an empty list."""
    return {
        "id": task.id,
        "created_by": task.created_by,
        "updated_by": task.updated_by,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "responsible_user_id": task.responsible_user_id,
        "group_id": 0,
        "entity_id": task.entity_id,
        "entity_type": task.entity_type,
        "duration": task.duration,
        "is_completed": task.is_completed,
        "task_type_id": task.task_type_id,
        "text": task.text,
        "result": {"text": task.result} if task.result else [],
        "complete_till": task.complete_till,
        "account_id": account.id,
        "_links": {"self": {"href": f"{account.base_url}{PATH}/{task.id}"}},
    }


ROUTES = (
    Route("GET", PATH, listed),
    Route("GET", f"{PATH}/{{id}}", one),
    Route("POST", PATH, create),
    Route("PATCH", PATH, patch),
    Route("PATCH", f"{PATH}/{{id}}", patch_one),
)
