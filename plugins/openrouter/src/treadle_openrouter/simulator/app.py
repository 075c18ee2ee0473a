"""The stand-in as an ASGI application: who may ask, which page answers, what tests order.

| request | does |
|---|---|
| `POST /_test/script [line, ...]` | the next completions answer this, in turn; see `script.Line` |
| `POST /_test/reset` | no script, nothing seen, nothing spent |
| `GET /_test/requests` | the bodies of the completions that came in |
| `GET /_test/effects` | every completion that came in: its effect id and how it was answered, 0 when it was cut |
| `GET /_test/spent` | `{"cost": ...}`: what all answers cost |
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import Any

import msgspec

from treadle_openrouter.simulator.asgi import Receive, Reply, Request, Scope, Send, json_reply, read, write
from treadle_openrouter.simulator.script import MODELS, Chat, Line, answered

_BASE = "/api/v1"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One completion that was asked for, and how it was answered; 0 when the connection was cut."""

    effect_id: str
    method: str
    path: str
    status: int


class OpenRouterApp:
    """One simulated account. Its state is for tests in the same process."""

    def __init__(self, key: str) -> None:
        self._key = key
        self.reset()

    def reset(self) -> None:
        """As at the start."""
        self.script: deque[Line] = deque()
        self.requests: list[Any] = []
        self.seen: list[Seen] = []
        self.spent = Decimal(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
        elif scope["type"] == "http":
            request = await read(scope, receive)
            inside = request.path.startswith("/_test/")
            await write(self._controlled(request) if inside else self._asked(request), send)

    def _asked(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self._key}":
            return _problem(401, "User not found.")
        match request.method, request.path.removeprefix(_BASE):
            case "GET", "/key":
                return json_reply({"data": {"label": "sk-or-v1-sim...ted", "limit_remaining": None}})
            case "GET", "/models":
                priced = [{"id": name, "name": name, "pricing": price} for name, price in MODELS.items()]
                return json_reply({"data": priced})
            case "POST", "/chat/completions":
                return self._completed(request)
        return _problem(404, f"Cannot {request.method} {request.path}")

    def _completed(self, request: Request) -> Reply:
        try:
            chat = msgspec.json.decode(request.body, type=Chat)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _problem(400, str(error))
        self.requests.append(msgspec.json.decode(request.body))
        line = self.script.popleft() if self.script else Line()
        reply = self._told(chat, line)
        effect_id, status = request.headers.get("treadle-effect-id", ""), 0 if reply.cut else reply.status
        self.seen.append(Seen(effect_id=effect_id, method="POST", path=request.path, status=status))
        return reply

    def _told(self, chat: Chat, line: Line) -> Reply:
        if line.status is not None:
            return _problem(line.status, line.message, retry_after=line.retry_after)
        known = [each for each in (chat.model, *chat.models) if each in MODELS]
        if not known:
            return _problem(400, f"{chat.model} is not a valid model ID")
        answer = answered(chat, line, known[0], len(self.requests))
        self.spent += answer["usage"]["cost"]
        return json_reply(answer, cut=line.cut)

    def _controlled(self, request: Request) -> Reply:
        match request.method, request.path.removeprefix("/_test/"):
            case "POST", "script":
                return self._ordered(request)
            case "POST", "reset":
                self.reset()
                return json_reply({})
            case "GET", "requests":
                return json_reply(self.requests)
            case "GET", "effects":
                return json_reply(self.seen)
            case "GET", "spent":
                return json_reply({"cost": self.spent})
        return _problem(404, f"Cannot {request.method} {request.path}")

    def _ordered(self, request: Request) -> Reply:
        try:
            lines = msgspec.json.decode(request.body, type=list[Line])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _problem(400, str(error))
        self.script.extend(lines)
        return json_reply({"waiting": len(self.script)})


def _problem(status: int, message: str, *, retry_after: int | None = None) -> Reply:
    return json_reply({"error": {"code": status, "message": message}}, status, retry_after=retry_after)
