"""`Idempotency-Key` on POST: a request that is sent twice is done once, and the second is answered as the first was.

One mechanism for every POST under `/api/v1`; a route does nothing for it. With the header (1 to 255 characters; keys of
one asker are no other's), the request first takes its key in a row of its own. A repeat within a day gets the first
answer again, with `Idempotency-Replayed: true`. The same key with another method, path or body is 422
`idempotency_conflict`; while the first request is at work, a repeat is 409 `idempotency_running`. A refusal (4xx) gives
the key back, because nothing was made. After a 5xx or a death nobody knows, and the next try does the work again.

For that next try, a route that makes something gives it the id of the key instead of a fresh one, and inserts it with
`on conflict do nothing`: then a crash between its commit and the answer makes nothing twice. That id is

    made: UUID = id_for(request)      # a fresh UUIDv7 without the header, the same one on each try with it

A route whose POST stores nothing declares `repeatable=True`, and the header is ignored there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from treadle.api.problems import Refused
from treadle.api.workspaces import engine_in
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.store.idempotency import Answered, Claim, Elsewhere, IdempotencyKeys

HEADER = "Idempotency-Key"
MAX_KEY = 255
REPLAYED = "Idempotency-Replayed"
KEPT = (b"content-type", b"etag", b"location")
"""The headers that a repeated answer has too."""

_STATE = "idempotency"


class Kept(msgspec.Struct, frozen=True):
    """An answer as it is sealed."""

    headers: list[tuple[str, str]]
    body: bytes


def id_for(request: Request[Any, Any, Any]) -> UUID:
    """The id of what this request makes: the same on every try with one `Idempotency-Key`, else a fresh one."""
    claim: Claim | None = request.scope["state"].get(_STATE)
    return claim.id if claim else new_id()


def claiming(engine: Engine) -> Callable[[Request[Any, Any, Any]], Awaitable[Response[Any] | None]]:
    """What runs after the guards and before a route: takes the key, or answers in the route's place."""

    async def claim(request: Request[Any, Any, Any]) -> Response[Any] | None:
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST" or request.route_handler.opt.get("repeatable"):
            return None
        if not 1 <= len(key) <= MAX_KEY or not (key.isascii() and key.isprintable()):
            raise Refused("bad_request", f"An {HEADER} has 1 to {MAX_KEY} printable ASCII characters.")
        who = request.user
        try:
            here = engine_in(request.scope, engine)
            held = await _keys(here).claim(f"{who.kind}:{who.id}", key, await _digest(request))
        except Elsewhere as elsewhere:
            raise _refusal(elsewhere) from None
        if isinstance(held, Answered):
            return _again(here, held)
        request.scope["state"][_STATE] = held
        return None

    return claim


def keeping(engine: Engine) -> Callable[[ASGIApp], ASGIApp]:
    """Keeps the answer of a request that holds a key, before the answer leaves."""

    def around(app: ASGIApp) -> ASGIApp:
        async def kept(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, _Keeper(engine, scope, send))
            except BaseException:
                if (claim := scope["state"].get(_STATE)) is not None:
                    await _keys(engine_in(scope, engine)).free(claim)
                raise

        return kept

    return around


class _Keeper:
    """Sends on what is sent; the answer to a request that holds a key is held until it is whole and kept."""

    def __init__(self, engine: Engine, scope: Scope, send: Send) -> None:
        self._engine, self._scope, self._send = engine, scope, send
        self._held: list[Any] = []

    async def __call__(self, message: Message) -> None:
        claim: Claim | None = self._scope["state"].get(_STATE)
        if claim is None:
            await self._send(message)
            return
        self._held.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            await self._settle(claim)
            for each in self._held:
                await self._send(each)

    async def _settle(self, claim: Claim) -> None:
        here = engine_in(self._scope, self._engine)
        status, keys = self._held[0]["status"], _keys(here)
        if status >= 500:
            await keys.free(claim)
        elif status >= 400:
            await keys.drop(claim)
        else:
            await keys.answer(claim, status, _seal(here, claim, self._held))


def _keys(engine: Engine) -> IdempotencyKeys:
    return IdempotencyKeys(engine.database.pool, engine.store.workspace_id)


async def _digest(request: Request[Any, Any, Any]) -> bytes:
    asked = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    asked.update(await request.body())
    return asked.digest()


def _refusal(elsewhere: Elsewhere) -> Refused:
    if elsewhere.conflict:
        return Refused("idempotency_conflict", f"Another request was made with this {HEADER}; take a fresh one.")
    return Refused("idempotency_running", "The first request with this key is still at work; ask again.")


def _seal(engine: Engine, claim: Claim, held: list[Any]) -> str:
    headers = [(name.decode(), value.decode()) for name, value in held[0]["headers"] if name.lower() in KEPT]
    body = b"".join(each.get("body", b"") for each in held[1:])
    text = msgspec.json.encode(Kept(headers, body)).decode()
    return engine.vault.seal(text, workspace_id=engine.store.workspace_id, connection_id=claim.id, field="answer")


def _again(engine: Engine, found: Answered) -> Response[Any]:
    owner = {"workspace_id": engine.store.workspace_id, "connection_id": found.claim.id}
    kept = msgspec.json.decode(engine.vault.open(found.answer, field="answer", **owner), type=Kept)
    headers = {name: value for name, value in kept.headers if name != "content-type"}
    media = dict(kept.headers).get("content-type", "application/json")
    return Response(kept.body, status_code=found.status, media_type=media, headers={**headers, REPLAYED: "true"})
