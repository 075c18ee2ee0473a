"""What leads and contacts share: custom field values, tags, order and filters, and how they read over REST."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from treadle_kommo.simulator.asgi import Request
from treadle_kommo.simulator.checks import Row, find_enum, find_field
from treadle_kommo.simulator.state import Account, Entity, Field, Value

E = TypeVar("E")


def set_fields(account: Account, kind: str, entity: Entity, row: Row) -> None:
    """Take over `custom_fields_values`: a named field is replaced entirely, null clears it."""
    for given in row.get("custom_fields_values") or ():
        field = find_field(account.fields[kind], given)
        if field is None:
            continue
        values = [_value(field, each) for each in given.get("values") or ()]
        if values:
            entity.values[field.id] = values
        else:
            entity.values.pop(field.id, None)


def _value(field: Field, given: Row) -> Value:
    if field.type == "multitext":
        wanted = {"enum_id": given.get("enum_id"), "enum_code": given.get("enum_code")}
        return Value(str(given["value"]), find_enum(field, wanted) or field.enums[0])
    if field.enums:
        found = find_enum(field, given)
        return Value(found.value, found)
    value = given["value"]
    if field.type in ("numeric", "monetary"):
        return Value(str(value))  # numbers are read back as texts
    if field.type in ("date", "date_time", "birthday") and isinstance(value, str):
        return Value(int(value) if value.isdecimal() else int(datetime.fromisoformat(value).timestamp()))
    return Value(value)


def set_tags(account: Account, kind: str, entity: Entity, row: Row) -> None:
    """`_embedded.tags` replaces the whole set, null clears it; `tags_to_add` and `tags_to_delete` are deltas."""
    embedded = row.get("_embedded") or {}
    if "tags" in embedded:
        entity.tags = [_tag(account, kind, each) for each in embedded["tags"] or ()]
    for given in row.get("tags_to_add") or ():
        if (tag := _tag(account, kind, given)) not in entity.tags:
            entity.tags.append(tag)
    gone = {_tag(account, kind, given) for given in row.get("tags_to_delete") or ()}
    entity.tags = [tag for tag in entity.tags if tag not in gone]


def _tag(account: Account, kind: str, given: Row) -> int:
    known = account.tags.setdefault(kind, {})
    return given["id"] if given.get("id") in known else account.tag(kind, str(given.get("name", ""))).id


def history(account: Account, row: Row, user_id: int) -> dict[str, Any]:
    """The fields of a new entity that say who and when."""
    now = account.now()
    return {
        "responsible_user_id": row.get("responsible_user_id") or user_id,
        "created_by": user_id,
        "updated_by": user_id,
        "created_at": row.get("created_at") or now,
        "updated_at": now,
    }


def render(account: Account, kind: str, entity: Entity, path: str) -> dict[str, Any]:
    """The part of the REST object that leads and contacts have in common."""
    tags = [account.tags[kind][each] for each in entity.tags]
    return {
        "id": entity.id,
        "name": entity.name,
        "responsible_user_id": entity.responsible_user_id,
        "group_id": 0,
        "created_by": entity.created_by,
        "updated_by": entity.updated_by,
        "created_at": entity.created_at,
        "updated_at": entity.updated_at,
        "closest_task_at": _closest_task(account, kind, entity.id),
        "is_deleted": False,
        "custom_fields_values": _fields(account, kind, entity) or None,
        "account_id": account.id,
        "_links": {"self": {"href": f"{account.base_url}{path}/{entity.id}"}},
        "_embedded": {
            "tags": [{"id": tag.id, "name": tag.name, "color": tag.color} for tag in tags],
            "companies": [{"id": each} for each in entity.companies],
        },
    }


def _closest_task(account: Account, kind: str, id: int) -> int | None:
    tasks = (task for task in account.tasks.values() if (task.entity_type, task.entity_id) == (kind, id))
    return min((task.complete_till for task in tasks if not task.is_completed), default=None)


def _fields(account: Account, kind: str, entity: Entity) -> list[dict[str, Any]]:
    found = [(account.fields[kind][key], values) for key, values in entity.values.items()]
    return [
        {
            "field_id": field.id,
            "field_name": field.name,
            "field_code": field.code,
            "field_type": field.type,
            "is_computed": False,
            "values": [_rendered(each) for each in values],
        }
        for field, values in found
    ]


def _rendered(value: Value) -> dict[str, Any]:
    if value.enum is None:
        return {"value": value.value}
    return {"value": value.value, "enum_id": value.enum.id, "enum_code": value.enum.code}


def matches_query(entity: Entity, query: str | None) -> bool:
    """Is the text somewhere in the filled fields?"""
    if not query:
        return True
    texts: Iterable[str] = [entity.name, *(str(each.value) for values in entity.values.values() for each in values)]
    return any(query.lower() in text.lower() for text in texts)


def kept(request: Request, name: str, value: Any) -> bool:
    """Does `filter[name][]` let this value through?"""
    wanted = request.params(f"filter[{name}]")
    return not wanted or str(value) in wanted


def ordered(request: Request, found: Iterable[E], *keys: str) -> list[E]:
    """By the first `order[key]` of the request, else by id."""
    for key in keys:
        direction = request.param(f"order[{key}]")
        if direction is not None:
            return sorted(found, key=attrgetter(key), reverse=direction == "desc")
    return sorted(found, key=attrgetter("id"))
