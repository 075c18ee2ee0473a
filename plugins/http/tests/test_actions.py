"""The actions through a stand-in of `ctx.http` that keeps what it was asked."""

from __future__ import annotations

from typing import Any

import pytest

from treadle.sdk import ActionFailed, Answer, InDoubt
from treadle.sdk.schema import plugin_spec
from treadle_http import plugin
from treadle_http.reply import read

URL = "https://stock.example.com/items"


class Http:
    """Answers every request with the same, or raises it."""

    def __init__(self, answer: Answer | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    async def send(self, method: str, url: str, **more: Any) -> Answer:
        self.asked.append((method, url, more))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Context:
    def __init__(self, answer: Answer | Exception) -> None:
        self.http = Http(answer)


FINE = Answer(201, {"content-type": "application/json"}, b'{"id":7,"price":1.10}')


async def run(
    name: str, answer: Answer | Exception = FINE, **arguments: Any
) -> tuple[Any, tuple[str, str, dict[str, Any]]]:
    context = Context(answer)
    reply = await plugin.actions[name].call(context, **arguments)
    return reply, context.http.asked[0]


@pytest.mark.parametrize("name", ["get", "post", "put", "patch", "delete"])
async def test_the_method_and_the_reply(name: str) -> None:
    reply, (method, url, more) = await run(name, url=URL, params={"a": "b"}, headers={"X-A": "1"})
    assert (method, url) == (name.upper(), URL)
    assert more["params"] == {"a": "b"}
    assert more["headers"]["X-A"] == "1"
    assert (reply.status, reply.headers, reply.text) == (201, {"content-type": "application/json"}, FINE.body.decode())
    assert str(reply.json["price"]) == "1.10"


@pytest.mark.parametrize("name", ["post", "put", "patch"])
async def test_json_text_and_key(name: str) -> None:
    _, (_, _, more) = await run(name, url=URL, json={"sku": "A"}, idempotency_key="7-A")
    assert more["json"] == {"sku": "A"}
    assert more["headers"] == {"Idempotency-Key": "7-A"}
    _, (_, _, more) = await run(name, url=URL, body="grüß")
    assert more["body"] == "grüß".encode()
    assert more["headers"] == {"Content-Type": "text/plain; charset=utf-8"}
    _, (_, _, more) = await run(name, url=URL, body="<a/>", headers={"content-type": "application/xml"})
    assert more["headers"] == {"content-type": "application/xml"}


@pytest.mark.parametrize("failure", [ActionFailed("no", status=404), InDoubt("who knows", status=503)])
async def test_failures_pass_through(failure: Exception) -> None:
    with pytest.raises(type(failure)):
        await run("post", failure, url=URL)


@pytest.mark.parametrize(
    ("headers", "body", "json", "text"),
    [
        ({}, b"", None, ""),
        ({}, b"pong", None, "pong"),
        ({}, b"[1]", [1], "[1]"),
        ({"content-type": "text/html; charset=latin-1"}, b"gr\xfc\xdf", None, "grüß"),
        ({"content-type": "text/html; charset=made-up"}, "grüß".encode(), None, "grüß"),
        ({}, b"\xff\xfe", None, "\ufffd\ufffd"),
        ({}, b"[" * 50_000, None, "[" * 50_000),
    ],
)
def test_any_body_can_be_read(headers: dict[str, str], body: bytes, json: Any, text: str) -> None:
    reply = read(Answer(200, headers, body))
    assert (reply.json, reply.text) == (json, text)


def test_what_the_language_sees() -> None:
    spec = plugin_spec(plugin)
    assert not spec.connects
    assert {name: (action.effect, action.reads) for name, action in spec.actions.items()} == {
        "get": ("idempotent", True),
        "post": ("blind", False),
        "put": ("idempotent", False),
        "patch": ("blind", False),
        "delete": ("idempotent", False),
    }
    for action in spec.actions.values():
        assert action.doc
        assert all(param.doc for param in action.params)
        assert [param.name for param in action.params if param.required] == ["url"]


def test_the_examples_fit_the_parameters() -> None:
    spec = plugin_spec(plugin)
    for name, action in plugin.actions.items():
        assert action.example
        assert set(action.example) <= {param.name for param in spec.actions[name].params}
