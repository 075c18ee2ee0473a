"""Nothing under /api/v1 answers without a key."""

import re
from pathlib import Path

import httpx
import pytest
from litestar.routes import HTTPRoute
from tests.api.matrix import TABLE

from treadle.api.app import create_api
from treadle.api.guard import bearer
from treadle.runtime.engine import Engine
from treadle.runtime.settings import Settings

OPEN = {
    *("/", "/metrics", "/health", "/health/live", "/health/ready"),
    *("/api", "/api/openapi.json", "/api/docs", "/api/{path:str}", "/decide/{link:str}"),
}


class Unused(Engine):
    """Nothing may be asked of it: whoever has no key gets no further than the guard."""

    def __init__(self) -> None:
        self.settings = Settings(home=Path(), most_requests=0)


APP = create_api(Unused())


ENTRANCES = {name for name, line in TABLE.items() if line.anybody}
"""Where people come in, and come back from elsewhere."""


def routes() -> list[tuple[str, str]]:
    return sorted(
        (method, route.path)
        for route in APP.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    )


def guarded() -> list[tuple[str, str]]:
    return [each for each in routes() if each[1] not in OPEN and " ".join(each) not in ENTRANCES]


def client() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(APP)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://t.example")


@pytest.mark.parametrize(("method", "path"), guarded())
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dHJk", "Bearer kéy", "trd_x"])
async def test_every_other_route_wants_a_key(method: str, path: str, header: str | None) -> None:
    assert path.startswith("/api/v1/")
    path = re.sub(r"\{\w+:str\}", "a", re.sub(r"\{\w+:uuid\}", IDENT, path))
    headers = [] if header is None else [(b"authorization", header.encode("latin-1"))]
    async with client() as http:
        answer = await http.request(method, path, headers=headers, content=b"{")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "key_missing"


IDENT = "01890a5d-ac96-774b-bcce-b302099a8057"


def test_there_are_routes_to_guard() -> None:
    assert len([each for each in routes() if each[1].startswith("/api/v1/")]) >= 10


@pytest.mark.parametrize(
    ("header", "key"),
    [("Bearer trd_a", "trd_a"), ("bearer  trd_a ", "trd_a"), ("Bearer kéy", None), ("Token trd_a", None), ("", None)],
)
def test_the_key_is_read_from_the_header(header: str, key: str | None) -> None:
    assert bearer(header) == key
