"""X11, X12: every operation of the document, asked by everybody, about own and foreign objects.

Generated from the OpenAPI document and `matrix.py`. A refusal is told by its code: 401 `key_missing`, 403 `forbidden`,
404 for what is not of this workspace; anything else is an answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from tests.api.declared import document
from tests.api.matrix import ALL, TABLE, Line, Place
from tests.api.people import plain, signed_in, with_key

from treadle.api.app import create_app
from treadle.runtime.access import RIGHTS, SYSTEM, Right, Role
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.services import backtests, workspaces

Operation = tuple[str, dict[str, Any]]
ROLES: tuple[Role, ...] = ("viewer", "operator", "editor", "owner")
SLICES = 4
NO = ("key_missing", "forbidden", "csrf_failed", "bad_request", "unexpected")
"""What nobody gets who may and sends the document's own example."""
LAST = "DELETE /api/v1/session"
"""Who has asked this can ask nothing more."""
IDS = (
    "event_id",
    "run_id",
    "approval_id",
    "user_id",
    "group_id",
    "invitation_id",
    "key_id",
    "backtest_id",
    "starts_id",
)
NOWHERE: Place = {
    **dict.fromkeys((*IDS, "id"), "01890a5d-ac96-774b-bcce-b302099a8057"),
    "name": "nothing",
    "slug": "nothing",
    "path": "no/thing.rule",
}
"""Nothing is there."""


def operations() -> dict[str, dict[str, Any]]:
    """Every operation under `/api/v1` of the document."""
    return {
        f"{verb.upper()} {path}": operation
        for path, item in document()["paths"].items()
        if path.startswith("/api/v1/")
        for verb, operation in item.items()
        if verb in ("get", "post", "put", "patch", "delete")
    }


def test_every_operation_has_its_line() -> None:
    missing = [
        f'tests/api/matrix.py has no line for {name}: add `"{name}": needs("read"),` with the rights that its service '
        "requires, and `own=` with what makes an object that the path names"
        for name in sorted(operations().keys() - TABLE.keys())
    ]
    assert not missing, "\n".join(missing)


def test_what_needs_no_key_is_said_so_in_both_places() -> None:
    anybody = {name for name, operation in operations().items() if not operation.get("security")}
    assert anybody == {name for name, line in TABLE.items() if line.anybody and name in operations()}


async def neighbour(engine: Engine) -> Engine:
    """The engine of a second workspace."""
    made = await workspaces.made(engine, SYSTEM, new_id(), f"w-{uuid4().hex[:12]}", "Neighbour")
    found = await engine.installation.opened(made.workspace.id)
    assert found is not None
    return found


class Asker:
    """Asks an operation as somebody, and gives the code of the refusal or the status of the answer."""

    def __init__(self, engine: Engine, neighbour: Engine, clients: dict[str, httpx.AsyncClient]) -> None:
        self.engine, self.neighbour, self.clients = engine, neighbour, clients

    async def __call__(self, who: str, name: str, place: Place) -> str | int:
        method, _, path = name.partition(" ")
        operation = operations()[name]
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        query = {
            each["name"]: str(each.get("example", "a"))
            for each in operation.get("parameters", ())
            if each["in"] == "query" and each.get("required")
        }
        line, example = TABLE[name], _example(content) if content else None
        if line.stream:
            query["run"] = place.get("run_id", "")
        answer = await self.clients[who].request(
            method, path.format(**place), params=query, json=example if line.body is None else line.body
        )
        told = answer.headers.get("content-type", "").startswith("application/problem")
        code = answer.json()["code"] if told else ""
        if code in ("bad_request", "unexpected"):
            return f"{code}: {answer.text}"
        inside = code == "step_unknown"  # the run was found
        return answer.status_code if (answer.status_code == 404 and not inside) or not code else str(code)


def _example(content: dict[str, Any]) -> Any:
    if "example" in content:
        return content["example"]
    return next(iter(content["examples"].values()))["value"]


@pytest.mark.parametrize("part", range(SLICES))
async def test_x11_x12_everybody_asks_everything(engine: Engine, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr(backtests, "start_process", unstarted)
    engine.settings = msgspec.structs.replace(engine.settings, most_requests=0)
    app = create_app(engine)
    faults: list[str] = []
    async with AsyncExitStack() as stack:
        other = await neighbour(engine)
        clients = {role: await stack.enter_async_context(await signed_in(engine, role, app)) for role in ROLES}
        clients["nobody"] = await stack.enter_async_context(plain(engine, app))
        ask = Asker(engine, other, clients)
        for name in sorted(operations(), key=lambda each: (each == LAST, each))[part::SLICES]:
            line = TABLE.get(name)
            if line is None or line.anybody:
                continue
            for key, scopes in keys_of(line).items():
                clients[key] = await stack.enter_async_context(await with_key(engine, *scopes, app=app))
            faults += [f"{name}: {fault}" async for fault in _faults(ask, name, line)]
    assert not faults, "\n".join(faults)


async def unstarted(*_: object) -> None:
    """Nobody waits for what a backtest would find."""


def keys_of(line: Line) -> dict[str, tuple[Right, ...]]:
    """A key that just may, and one for each right without which it may not."""
    if not line.rights:
        return {"key": ("read",)}
    return {"key": line.rights, **{f"key without {each}": tuple(set(ALL) - {each}) for each in line.rights}}


async def _faults(ask: Asker, name: str, line: Line) -> AsyncIterator[str]:
    """What is not as the line says, one sentence each."""
    if (found := await ask("nobody", name, NOWHERE)) != "key_missing":
        yield f"nobody must get key_missing and got {found}"
    everybody = (*ROLES, *keys_of(line))
    allowed = [who for who in everybody if _may(who, line)]
    place = NOWHERE | (await line.own(ask.engine) if line.own and line.there else {})
    for who in everybody:
        if who not in allowed and (found := await ask(who, name, place)) != "forbidden":
            yield f"{who} must get forbidden and got {found}"
    if not line.stream:
        async for fault in _answers(ask, name, line, allowed):
            yield fault
    async for fault in _foreign(ask, name, line):
        yield fault


def _may(who: str, line: Line) -> bool:
    if line.decide:
        return who in ("operator", "editor", "owner", "key")
    return who == "key" or any(who == role and set(line.rights) <= RIGHTS[role] for role in ROLES)


async def _answers(ask: Asker, name: str, line: Line, allowed: list[str]) -> AsyncIterator[str]:
    for who in allowed:
        if line.only:
            wanted = who not in ROLES
            if (await ask(who, name, NOWHERE) == "session_needed") is not wanted:
                yield f"{who} must {'' if wanted else 'not '}be told that this is for people"
            continue
        own = NOWHERE | (await line.own(ask.engine) if line.own else {})
        found = await ask(who, name, own)
        if str(found).startswith(NO) or (found == 404 and line.own):
            yield f"{who} may, and got {found}"


async def _foreign(ask: Asker, name: str, line: Line) -> AsyncIterator[str]:
    if line.own is None:
        return
    place = NOWHERE | await line.own(ask.neighbour)
    for who in ("key", *(() if line.seen else ("owner",))):
        if (found := await ask(who, name, place)) != 404:
            yield f"{who} must get 404 for a foreign object and got {found}"
