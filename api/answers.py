"""What an operation of the document may answer besides success: every code, by its status.

A route declares the codes that its own code raises, in one line: `@post("/", codes=("run_unknown", "run_over"))`.
Owns which codes come by themselves (keys, rights, bodies, the database) and how a status is written down.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from treadle.api.problems import CODES, MEDIA_TYPE, RETRY_AFTER, problem

ALWAYS = ("unexpected", "database_down")
GUARDED = ("key_missing", "forbidden", "too_many_requests")
CHANGING = ("csrf_failed",)
ASKED = ("bad_request",)
PLACED = ("not_found",)
BODY = ("bad_request", "timeout", "too_large", "wrong_content_type")
ONCE = ("bad_request", "idempotency_conflict", "idempotency_running")

AGAIN = {
    "Retry-After": {
        "description": "Seconds after which the same request may be sent again.",
        "schema": {"type": "integer", "minimum": 0},
        "example": RETRY_AFTER,
    }
}
CHALLENGE = {
    "WWW-Authenticate": {
        "description": "How to authenticate.",
        "schema": {"type": "string"},
        "example": "Bearer",
    }
}
HEADERS = {"401": CHALLENGE, "408": AGAIN, "429": AGAIN, "503": AGAIN}


def codes_of(operation: dict[str, Any], verb: str, raises: Iterable[str], *, repeatable: bool) -> list[str]:
    """Every code that the operation may answer, those that come by themselves included, in the register's order."""
    given = operation.get("parameters", ())
    guarded = bool(operation.get("security"))
    found = {
        *ALWAYS,
        *raises,
        *(GUARDED if guarded else ()),
        *(CHANGING if guarded and verb != "get" else ()),
        *(ASKED if given else ()),
        *(PLACED if any(each["in"] == "path" for each in given) else ()),
        *(BODY if "requestBody" in operation else ()),
        *(ONCE if guarded and verb == "post" and not repeatable else ()),
    }
    return [code for code in CODES if code in found]


def failures(codes: Iterable[str], path: str) -> dict[str, Any]:
    """The answers by status, each with its codes, their sense and an example of every one."""
    by_status: dict[str, list[str]] = {}
    for code in codes:
        by_status.setdefault(str(CODES[code][0]), []).append(code)
    return {status: _failure(status, by_status[status], path) for status in sorted(by_status)}


def _failure(status: str, codes: list[str], path: str) -> dict[str, Any]:
    told = "; ".join(f"`{code}`: {CODES[code][1]}" for code in codes)
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"code": {"enum": codes}, "status": {"const": int(status)}},
    }
    examples = {code: {"summary": CODES[code][1], "value": _example(code, path)} for code in codes}
    answer: dict[str, Any] = {
        "description": f"{HTTPStatus(int(status)).phrase}. {told}.",
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }
    return {**answer, "headers": HEADERS[status]} if status in HEADERS else answer


def _example(code: str, path: str) -> dict[str, Any]:
    told = problem(code, f"{CODES[code][1]}.", path)
    return {name: getattr(told, name) for name in ("type", "title", "status", "detail", "code", "instance")}
