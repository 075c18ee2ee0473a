"""How a command talks to the platform: always through the HTTP API, wherever that is.

A server named by TREADLE_URL, or the one that TREADLE_HOME/server.json announces, or, when none runs, the engine opened
here and its API called in process. The words and the code path are the same in all three.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from treadle.cli.environment import DEFAULT_PORT, Running, key, running, settings
from treadle.cli.faults import InputFault, WorldFailed
from treadle.cli.loop import run
from treadle.client import TIMEOUT, Call, Problem, read
from treadle.dsl.values import decode
from treadle.runtime.settings import Settings

T = TypeVar("T")


class Api:
    """The API under `/api/v1`. `url` is the base address for others; `remote` is false when it was opened here."""

    def __init__(self, http: httpx.AsyncClient, url: str, *, remote: bool) -> None:
        self._http, self.url, self.remote = http, url.rstrip("/"), remote

    async def get(self, path: str, **query: object) -> Any:
        """The answer as plain data, numbers exact. Query values that are None are left out."""
        return await self.request("GET", path, **query)

    async def post(self, path: str, body: Any = None, **query: object) -> Any:
        """Send JSON and read the answer."""
        return await self.request("POST", path, body, **query)

    async def request(self, method: str, path: str, body: Any = None, **query: object) -> Any:
        """Any operation; sent again while the platform asks for that."""
        try:
            call = Call(method, path, query, body)
        except ValueError as odd:  # a name or an id that somebody typed
            raise InputFault(f"{odd}.") from None
        while True:
            answer = await self._http.request(**call.asked)
            if (pause := call.pause(answer)) is None:
                return _read(answer)
            await asyncio.sleep(pause)

    async def raw(self, path: str) -> bytes:
        """The bytes of an answer that is no JSON."""
        answer = await self._http.get(f"/api/v1{path}")
        return answer.content if answer.is_success else bytes(_read(answer))

    async def health(self) -> Any:
        """What `/health` says, also when it is 503."""
        return decode((await self._http.get("/health")).content)

    async def pages(self, path: str, limit: int, **query: object) -> list[Any]:
        """Up to `limit` items of a list, over as many pages as it takes."""
        items: list[Any] = []
        cursor: str | None = None
        while len(items) < limit:
            page = await self.get(path, **query, cursor=cursor, limit=min(limit - len(items), 200))
            items += page["items"]
            if (cursor := page["next"]) is None:
                break
        return items


def _read(answer: httpx.Response) -> Any:
    try:
        return read(answer)
    except Problem as problem:
        raise _fault(problem) from None


def _fault(problem: Problem) -> Exception:
    if problem.status == 401:
        return WorldFailed(
            f"The platform does not know this key{_of()}. Set TREADLE_KEY, or TREADLE_HOME where it lies."
        )
    if problem.status >= 500:
        return WorldFailed(str(problem))
    fields = "".join(f" {each['key']}: {each['message']}." for each in problem.document.get("errors", ()))
    return Declined(f"{problem}{fields}", problem.document)


class Declined(InputFault):
    """The platform said no to what it was given; `problem` is its document."""

    def __init__(self, message: str, problem: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.problem = problem


@asynccontextmanager
async def open_api(here: Settings) -> AsyncIterator[Api]:
    """The API of `here`. Raises `WorldFailed` when there is none and the engine cannot be opened."""
    if here.url:
        async with api_at(here.url, key(here), here.workspace) as api:
            yield api
    elif found := await _announced(here):
        async with api_at(found.url, key(here, Path(found.home)), here.workspace) as api:
            yield api
    else:
        async with _in_process(here) as api:
            yield api


@asynccontextmanager
async def api_at(url: str, secret: str | None, workspace: str | None = None) -> AsyncIterator[Api]:
    """The API of a server; the key has to be of this workspace, where one is named."""
    async with _http(url, secret, workspace) as http:
        yield Api(http, url, remote=True)


async def _announced(here: Settings) -> Running | None:
    """The announced server, if it answers: a file left by a process that was killed must not mislead."""
    found = running(here.home)
    if found is None:
        return None
    try:
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as http:
            await http.get(f"{found.url}/health/live")
    except httpx.HTTPError:
        return None
    return found


@asynccontextmanager
async def _in_process(here: Settings) -> AsyncIterator[Api]:
    from treadle.api.app import create_app
    from treadle.runtime.engine import open_engine

    async with open_engine(here, migrate=here.database_url is None) as engine:
        transport = httpx.ASGITransport(create_app(engine))  # type: ignore[arg-type]  # two spellings of ASGI
        url = f"http://127.0.0.1:{here.port or DEFAULT_PORT}"
        async with _http(url, key(here), here.workspace, transport) as http:
            yield Api(http, url, remote=False)


def _of() -> str:
    """The workspace that the command is for, when one was named."""
    named = settings().workspace
    return f" in the workspace {named}" if named else ""


def _http(
    url: str, secret: str | None, workspace: str | None, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    if secret is None:
        raise WorldFailed(f"There is no key{_of()}: set TREADLE_KEY, or TREADLE_HOME to the folder where the key lies.")
    headers = {"authorization": f"Bearer {secret}"} | ({"treadle-workspace": workspace} if workspace else {})
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT, transport=transport)


def ask(path: str, **query: object) -> Any:
    """Open the API of this environment, get one thing, close it again."""
    return with_api(lambda api: api.get(path, **query))


def with_api(work: Callable[[Api], Awaitable[T]]) -> T:
    """Open the API of this environment for one piece of work."""

    async def main() -> T:
        async with open_api(settings()) as api:
            return await work(api)

    return run(main())
