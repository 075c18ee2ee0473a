"""Kommo's envelopes: pages of a list, thin answers of a write, problem documents, validation errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from treadle_kommo.simulator.asgi import Reply, Request, json_reply

EMPTY = Reply(status=204)

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
}


class Rejected(Exception):
    """The request is answered with this and changes nothing."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class Wrong(Struct, frozen=True):
    """One thing that is wrong with one item of a write."""

    path: str
    code: str
    detail: str


def problem(status: int, detail: str, **more: Any) -> Reply:
    """A problem document."""
    title = _TITLES[status]
    body = {"title": title, "type": f"https://httpstatus.es/{status}", "status": status, "detail": detail, **more}
    return json_reply(body, status, "application/problem+json")


def invalid(wrongs: Mapping[str, Sequence[Wrong]]) -> Reply:
    """A 400 with what is wrong by request id."""
    errors = [
        {"request_id": item, "errors": [{"code": w.code, "path": w.path, "detail": w.detail} for w in found]}
        for item, found in wrongs.items()
    ]
    return problem(400, "Request validation failed", **{"validation-errors": errors})


def page(base_url: str, request: Request, collection: str, found: Sequence[Any], render: Callable[[Any], Any]) -> Reply:
    """One page of `found`; 204 when there is nothing on it."""
    size, number = _whole(request, "limit", 50), _whole(request, "page", 1)
    if size > 250:
        raise Rejected(problem(400, "Limit 250 per page"))
    start = (number - 1) * size
    shown = found[start : start + size]
    if not shown:
        return EMPTY
    links = {"self": _link(base_url, request, number)}
    if start + size < len(found):
        links["next"] = _link(base_url, request, number + 1)
    if number > 1:
        links |= {"first": _link(base_url, request, 1), "prev": _link(base_url, request, number - 1)}
    return json_reply({"_page": number, "_links": links, "_embedded": {collection: [render(each) for each in shown]}})


def whole_list(base_url: str, path: str, collection: str, found: Sequence[Any]) -> Reply:
    """A list that Kommo does not page."""
    links = {"self": {"href": f"{base_url}{path}"}}
    return json_reply({"_total_items": len(found), "_links": links, "_embedded": {collection: list(found)}})


def thin(base_url: str, path: str, collection: str, rows: Sequence[Mapping[str, Any]]) -> Reply:
    """The answer of a write: ids and little else."""
    linked = [{**row, "_links": {"self": {"href": f"{base_url}{path}/{row['id']}"}}} for row in rows]
    return json_reply({"_links": {"self": {"href": f"{base_url}{path}"}}, "_embedded": {collection: linked}})


def _whole(request: Request, name: str, default: int) -> int:
    text = request.param(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
        raise Rejected(problem(400, f"{name} should be a positive number"))
    return int(text[:9])


def _link(base_url: str, request: Request, number: int) -> dict[str, str]:
    query = [(key, value) for key, value in request.query if key != "page"]
    return {"href": f"{base_url}{request.path}?{urlencode([*query, ('page', str(number))])}"}
