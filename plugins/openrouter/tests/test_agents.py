"""Questions of agents as requests, answers as replies, prices; against the stand-in that the plugin brings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest

from treadle.sdk import ActionFailed, Answer, InDoubt, Message, Price, Question, Reply, Secret, Tool, ToolCall
from treadle_openrouter import plugin
from treadle_openrouter.asking import request
from treadle_openrouter.connection import PRICES, OpenRouter
from treadle_openrouter.simulator import create_app, settings

BASE = "http://simulated.test"
SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "integer"}, "why": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    "required": ["score", "why"],
    "additionalProperties": False,
}


class Beside:
    """The stand-in and a way to it; what a test orders goes the way of a test elsewhere."""

    def __init__(self) -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(BASE)), base_url=BASE)
        fields = settings(BASE)
        self.connection = OpenRouter(base_url=fields["base_url"], api_key=Secret(fields["api_key"]))

    async def script(self, *lines: dict[str, Any]) -> None:
        assert (await self.http.post("/_test/script", json=lines)).status_code == 200

    async def seen(self, what: str) -> Any:
        return (await self.http.get(f"/_test/{what}")).json()

    def context(self, choices: Any = None) -> Any:
        catalogue = SimpleNamespace(all=lambda kind: _soon(choices[kind]))
        return SimpleNamespace(connection=self.connection, http=self, catalogue=catalogue, clock=None)

    async def send(self, method: str, url: str, *, json: Any = None, accept: Any = (), **_: Any) -> Answer:
        content = None if json is None else msgspec.json.encode(json)
        address = self.connection.base_url + url
        got = await self.http.request(method, address, content=content, headers=self.connection.authorize())
        return Answer(got.status_code, dict(got.headers), got.content)

    async def ask(self, **question: Any) -> Reply:
        given = {"models": ("openai/gpt-4o-mini",), "instructions": "Be brief.", "messages": (Message("user", "Hi"),)}
        assert plugin.models is not None
        return await plugin.models.ask(self.context(), Question(**{**given, **question}))


async def _soon(value: Any) -> Any:
    return value


@pytest.fixture
async def beside() -> AsyncIterator[Beside]:
    made = Beside()
    yield made
    await made.http.aclose()


def test_a_question_as_a_request() -> None:
    messages = (
        Message("user", "Who is 3?"),
        Message("assistant", "", (ToolCall("c1", "kommo_get_contact", '{"contact_id":3}'),), kept=[{"type": "x"}]),
        Message("tool", '{"id":3}', call="c1"),
    )
    tool = Tool("kommo_get_contact", "Reads one.", {"type": "object"})
    made = request(
        Question(
            models=("a/b", "c/d"),
            instructions="Be brief.",
            messages=messages,
            tools=(tool,),
            schema=SCHEMA,
            strict=True,
        )
    )
    called = {"name": "kommo_get_contact", "arguments": '{"contact_id":3}'}
    described = {"name": "kommo_get_contact", "description": "Reads one.", "parameters": {"type": "object"}}
    assert made == {
        "model": "a/b",
        "models": ["c/d"],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Who is 3?"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "c1", "type": "function", "function": called}],
                "reasoning_details": [{"type": "x"}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": '{"id":3}'},
        ],
        "max_completion_tokens": 2048,
        "tools": [{"type": "function", "function": described}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA},
        },
    }


async def test_a_text(beside: Beside) -> None:
    reply = await beside.ask()
    assert (reply.text, reply.calls, reply.cut) == ("You said: Hi", (), False)
    assert reply.model == "openai/gpt-4o-mini"
    assert reply.cost is not None
    assert reply.cost > 0
    assert (await beside.seen("spent"))["cost"] == pytest.approx(float(reply.cost))


async def test_data_of_the_schema_that_is_asked_for(beside: Beside) -> None:
    reply = await beside.ask(schema=SCHEMA, strict=True)
    assert msgspec.json.decode(reply.text) == {"score": 0, "why": "simulated"}


async def test_a_script(beside: Beside) -> None:
    wish = {"name": "x", "arguments": {"a": 1}}
    lines = [
        {"calls": [wish, {"name": "y", "arguments": "{not json"}, {"name": "z"}]},
        {"data": {"score": 7}, "cost": 0.5},
        {"text": "cut of", "finish_reason": "length"},
    ]
    await beside.script(*lines)
    reply = await beside.ask()
    assert [(each.name, each.arguments) for each in reply.calls] == [("x", '{"a":1}'), ("y", "{not json"), ("z", "{}")]
    reply = await beside.ask()
    assert (reply.text, reply.cost) == ('{"score":7}', Decimal("0.5"))
    assert (await beside.ask()).cut
    assert (await beside.ask()).text == "You said: Hi"
    assert len(await beside.seen("requests")) == 4
    assert [each["status"] for each in await beside.seen("effects")] == [200] * 4
    await beside.http.post("/_test/reset")
    assert await beside.seen("requests") == []


async def test_failures(beside: Beside) -> None:
    await beside.script({"status": 429, "retry_after": 3}, {"status": 402, "message": "no credit"})
    with pytest.raises(InDoubt) as doubt:
        await beside.ask()
    assert (doubt.value.code, doubt.value.retry_after) == ("rate_limited", 3)
    with pytest.raises(ActionFailed, match="no credit"):
        await beside.ask()
    with pytest.raises(ActionFailed, match="not a valid model ID"):
        await beside.ask(models=("no/such",))
    assert (await beside.ask(models=("no/such", "mistralai/mistral-small"))).model == "mistralai/mistral-small"
    await beside.script({"text": ""})
    with pytest.raises(InDoubt, match="nothing"):
        await beside.ask()


async def test_orders_that_make_no_sense(beside: Beside) -> None:
    assert (await beside.http.post("/_test/script", json={"text": "no list"})).status_code == 400
    assert (await beside.http.get("/_test/nothing")).status_code == 404
    assert (await beside.http.get("/api/v1/models")).status_code == 401


async def test_what_models_cost(beside: Beside) -> None:
    assert "no limit" in await beside.connection.test(beside.context())
    choices = await beside.connection.look_up(beside.context())
    assert plugin.models is not None
    assert plugin.models.prices is not None
    found = await plugin.models.prices(beside.context(choices))
    assert found["openai/gpt-4o-mini"] == Price(Decimal("0.00000015"), Decimal("0.0000006"))
    assert "openrouter/auto" in [each.name for each in choices[PRICES]]
    assert "openrouter/auto" not in found
