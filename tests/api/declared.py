"""Holds every answer that a test gets against the document: an undeclared status or code fails the test."""

import re
from functools import cache
from typing import Any

import httpx

from treadle.api.app import create_api
from treadle.api.openapi import document_of
from treadle.runtime.engine import Engine


class Unused(Engine):
    def __init__(self) -> None: ...


@cache
def document() -> dict[str, Any]:
    """The document of the API."""
    return document_of(create_api(Unused()))


@cache
def places() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """The paths as patterns, those with fewest parameters first."""
    paths = sorted(document()["paths"].items(), key=lambda each: each[0].count("{"))
    return [(_pattern(path), item) for path, item in paths]


def _pattern(path: str) -> re.Pattern[str]:
    text = re.escape(path).replace(r"\{path\}", "(.+)")
    return re.compile(re.sub(r"\\{\w+\\}", "([^/]+)", text) + "/?")


async def check_declared(answer: httpx.Response) -> None:
    """Raises `AssertionError` for a problem of an operation of `/api/v1` that the document does not tell of."""
    path, verb = answer.request.url.path, answer.request.method.lower()
    item = next((item for pattern, item in places() if pattern.fullmatch(path)), None)
    if not path.startswith("/api/v1/") or item is None or verb not in item or answer.status_code < 400:
        return
    await answer.aread()
    told = (
        item[verb]["responses"].get(str(answer.status_code), {}).get("content", {}).get("application/problem+json", {})
    )
    code = answer.json()["code"]
    assert code in told.get("examples", {}), f"{verb} {path} answered {code}: declare it in `codes=` of the route"
