"""Examples for every body and every answer of the document, made from the schemas.

A shape whose values hang together (rule text, a trigger with its data) has its example written down in `WRITTEN`; for
all others a value is found for each field by its name and its type. Every example is checked against its schema.
"""

from __future__ import annotations

from typing import Any

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
AT = "2026-03-01T12:00:00Z"
RULE = 'rule "Thank for orders"\n  when acme.order_placed as order\n  do acme.thank(order: order.id)\n'
DEEPEST = 8

WRITTEN: dict[str, Any] = {
    "NewEvent": {"trigger": "acme.order_placed", "data": {"id": 7, "total": "19.90"}},
    "NewStart": {"rule": "Thank for orders", "args": {"order": 7}},
    "NewConnection": {"plugin": "acme", "name": "acme-main", "fields": {"api_key": "your-key"}},
    "NewPublication": {"files": {"orders.rule": RULE}, "policy": "stay"},
    "NewBacktest": {"since": "2026-02-01T00:00:00Z", "files": {"orders.rule": RULE}, "rules": ["Thank for orders"]},
    "Files": {"files": {"orders.rule": RULE}},
    "Resolving": {"step": 3, "how": "happened", "reason": "It is in the shop's log."},
    "Retrying": {"from": 2, "version": "same"},
    "Decision": {"approved": True},
    "StopWish": {"key": "7", "reason": "the client called"},
    "LinkWish": {"to": "Grace Hopper"},
    "Cancelling": {"reason": "The order was withdrawn."},
    "ToCheck": {"files": {"orders.rule": RULE}},
    "ToExplain": {
        "file": "orders.rule",
        "text": RULE,
        "trigger": "acme.order_placed",
        "data": {"id": 7, "total": "19.90"},
    },
    "NewStarts": {"rows": [{"n": 1}, {"n": 2}], "per_minute": 60},
    "NewKey": {"name": "nightly report", "scopes": ["read"]},
    "NewUser": {"email": "ada@shop.example", "name": "Ada Lovelace", "role": "editor"},
    "UserChanges": {"role": "operator"},
    "NewInvitation": {"email": "ada@shop.example", "role": "viewer", "days": 7},
    "NewGroup": {"name": "managers", "members": []},
    "GroupMembers": {"members": []},
    "NewWorkspace": {"slug": "north", "name": "North"},
    "WorkspaceNames": {"name": "The North"},
}
"""By the name of the shape."""

BY_NAME: dict[str, Any] = {
    "rule": "Thank for orders", "name": "acme-main", "trigger": "acme.order_placed", "entity": "acme.order:7",
    "file": "orders.rule", "path": "orders.rule", "plugin": "acme", "email": "ada@shop.example", "line": 1, "col": 1,
    "url": "https://shop.example/", "node": "n2", "what": "acme.thank", "state": "done", "question": "Send it?",
    "who": "ada", "by": "managers", "text": RULE, "reason": "As agreed.", "message": "You are the shop Acme.",
    "detail": "There is no such run.", "title": "There is no such run", "code": "run_unknown", "status": 404,
    "graph": "9f86d081884c7d65", "version": "0.1.0", "queue": "postgres", "kind": "rule", "key": "7",
}  # fmt: skip
"""By the name of a field, where its type allows."""


def example_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A value that fits the schema; shapes are looked up in `schemas`."""
    return _value(schema, schemas, "", 0)


def _value(schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int) -> Any:
    if "$ref" in schema:
        shape = schema["$ref"].rpartition("/")[2]
        return WRITTEN[shape] if shape in WRITTEN else _value(schemas[shape], schemas, name, depth + 1)
    for fixed in ("examples", "enum"):
        if schema.get(fixed):
            return schema[fixed][0]
    if "const" in schema:
        return schema["const"]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _chosen(schema[several], schemas, name, depth)
    return _typed(schema, schemas, name, depth)


def _chosen(choices: list[dict[str, Any]], schemas: dict[str, Any], name: str, depth: int) -> Any:
    """Null where the tree is deep already, else the first that says something."""
    empty = any(each.get("type") == "null" for each in choices)
    if empty and depth > DEEPEST // 2:
        return None
    return _value(next(each for each in choices if each.get("type") != "null"), schemas, name, depth)


def _typed(schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int) -> Any:
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, depth)
        case "array":
            return _array(schema, schemas, name, depth)
        case "boolean":
            return schema.get("default", True)
        case "integer" | "number" as kind:
            return _number(schema, BY_NAME.get(name), kind)
        case "string":
            return _string(schema, name)
        case "null":
            return None
    return BY_NAME.get(name, {})


def _object(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> dict[str, Any]:
    required = schema.get("required", ())
    shallow = depth < DEEPEST
    fields = {
        field: _value(shape, schemas, field, depth + 1)
        for field, shape in schema.get("properties", {}).items()
        if field in required or shallow
    }
    more = schema.get("additionalProperties")
    if not fields and isinstance(more, dict) and more and shallow:
        return {"name": _value(more, schemas, "name", depth + 1)}
    return fields


def _array(schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int) -> list[Any]:
    if "prefixItems" in schema:
        return [_value(each, schemas, name, depth + 1) for each in schema["prefixItems"]]
    if depth >= DEEPEST and not schema.get("minItems"):
        return []
    return [_value(schema.get("items") or {}, schemas, name, depth + 1)]


def _number(schema: dict[str, Any], named: Any, kind: str) -> float:
    if isinstance(named, int) and schema.get("minimum", named) <= named <= schema.get("maximum", named):
        return named
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + ("exclusiveMinimum" in schema))
    value: float = schema.get("default", low)
    return int(value) if kind == "integer" else value


def _string(schema: dict[str, Any], name: str) -> str:
    match schema.get("format"):
        case "uuid":
            return ID
        case "date-time":
            return AT
        case "date":
            return AT[:10]
        case "duration":
            return "PT5M"
        case "byte" | "base64":
            return "aGVsbG8="
    named = BY_NAME.get(name, schema.get("default", "text"))
    text = named if isinstance(named, str) else "text"
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", len(text) + 256)]
