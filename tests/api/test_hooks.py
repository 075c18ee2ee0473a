"""The way in, at its rim: what is answered before and after the engine sees a delivery."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from treadle.api.app import create_app
from treadle.api.server import bind, serving
from treadle.runtime.accept import MAX_BODY, HookRefused, HookUnknown, Receipt
from treadle.runtime.engine import Engine
from treadle.runtime.ports import StoreDown

EVENT = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


class Rim(Engine):
    """An engine that stores nothing: it notes what reached it and answers, or raises, what a test wants."""

    database = SimpleNamespace(store=SimpleNamespace(down=False))  # type: ignore[assignment]

    def __init__(self, answer: Receipt | Exception) -> None:
        self.answer, self.got = answer, []
        self.installation: Any = SimpleNamespace(engine=lambda _: self)

    async def receive(self, connection: str, secret: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        self.got.append((connection, secret, headers, body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Answer:
    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.status = messages[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        self.json = json.loads(b"".join(message.get("body", b"") for message in messages[1:]))


async def call(
    engine: Engine,
    *incoming: dict[str, Any],
    path: str = "/hooks/acme-main/s3cret",
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request, message by message, as a server would give it."""
    messages, answered = list(incoming) or [body(b"a=1")], []

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        answered.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await create_app(engine)(scope, receive, send)  # type: ignore[arg-type]
    return Answer(answered)


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": data, "more_body": more}


async def test_a_delivery_reaches_the_engine_as_it_came_and_is_answered_202() -> None:
    engine = Rim(Receipt(1, 0, [EVENT]))
    headers = {"content-type": "text/x; charset=utf-8", "x-odd": "\xe9"}
    answer = await call(engine, body(b"a=", more=True), body(b"%FF", more=True), body(b""), headers=headers)
    assert answer.status == 202
    assert answer.json == {"accepted": 1, "duplicates": 0, "events": [str(EVENT)]}
    assert engine.got == [("acme-main", "s3cret", headers, b"a=%FF")]


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (HookUnknown(), 404, "hook_unknown"),
        (HookRefused(415, "wrong_content_type", "Only forms."), 415, "wrong_content_type"),
        (HookRefused(400, "odd", "The third field is odd."), 400, "odd"),
        (StoreDown(), 503, "database_down"),
        (RecursionError(), 400, "unreadable"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), 400, "unreadable"),
        (ZeroDivisionError("s3cret"), 500, "unexpected"),
    ],
)
async def test_whatever_the_engine_raises_is_a_problem(failure: Exception, status: int, code: str) -> None:
    answer = await call(Rim(failure))
    assert (answer.status, answer.json["status"], answer.json["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in answer.headers) == (status == 503)
    assert "s3cret" not in json.dumps(answer.json)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
async def test_only_post_is_taken(method: str) -> None:
    engine = Rim(Receipt(0, 0, []))
    answer = await call(engine, method=method)
    assert (answer.status, answer.json["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
    assert engine.got == []


@pytest.mark.parametrize("path", ["/hooks/acme-main", "/hooks/acme-main/s/more", "/hooks/"])
async def test_any_other_shape_of_address_is_as_unknown_as_a_wrong_secret(path: str) -> None:
    answer = await call(Rim(Receipt(0, 0, [])), path=path)
    refused = await call(Rim(HookUnknown()))
    assert (answer.status, answer.json["code"], answer.json["detail"]) == (404, "hook_unknown", refused.json["detail"])


async def test_a_body_that_announces_too_much_is_not_read() -> None:
    engine = Rim(Receipt(1, 0, []))
    answer = await call(engine, body(b"a"), headers={"content-length": str(MAX_BODY + 1)})
    assert (answer.status, answer.json["code"]) == (413, "too_large")
    assert engine.got == []


async def test_a_sender_that_is_still_sending_gets_the_answer_and_no_reset() -> None:
    """As urllib does: announce, ask to close, send everything, then read."""
    engine = Rim(Receipt(1, 0, []))
    async with serving(create_app(engine), bind("127.0.0.1", 0)) as url:
        asked = urllib.request.Request(f"{url}/hooks/a/b", data=b"x" * (MAX_BODY + 1), method="POST")
        with pytest.raises(urllib.error.HTTPError) as refused:
            await asyncio.to_thread(urllib.request.urlopen, asked)
    assert refused.value.code == 413
    assert json.loads(refused.value.read())["code"] == "too_large"


async def test_a_body_that_announces_nothing_is_cut_off_at_the_cap() -> None:
    engine = Rim(Receipt(1, 0, []))
    half = body(b"x" * (MAX_BODY // 2), more=True)
    assert (await call(engine, half, half, body(b""))).status == 202
    assert (await call(engine, half, half, body(b"x"))).status == 413
    assert (await call(engine, body(b"x" * (MAX_BODY + 1)))).status == 413
    assert len(engine.got) == 1


async def test_half_a_body_never_passes_for_a_whole_one() -> None:
    engine = Rim(Receipt(1, 0, []))
    answer = await call(engine, body(b"a=1&b=", more=True), {"type": "http.disconnect"})
    assert answer.status == 400
    assert engine.got == []
