"""The plugin against a small stand-in that answers as OpenRouter's documentation and its recorded traffic do."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest

from treadle.sdk import ActionFailed, Answer, InDoubt, Secret
from treadle.sdk.schema import plugin_spec
from treadle_openrouter import plugin
from treadle_openrouter.connection import OpenRouter

BASE = "https://openrouter.test/api/v1"
NOW = 1_790_000_000
FINE: dict[str, Any] = {
    "id": "gen-1790000000-Ab3dEf6hIj9kLmNoPqRs",
    "object": "chat.completion",
    "created": NOW,
    "model": "openai/gpt-4o-mini-2024-07-18",
    "provider": "OpenAI",
    "service_tier": "standard",
    "choices": [
        {
            "index": 0,
            "logprobs": None,
            "finish_reason": "stop",
            "native_finish_reason": "completed",
            "message": {"role": "assistant", "content": "A possible sale.", "refusal": None, "reasoning": None},
        }
    ],
    "usage": {"prompt_tokens": 134, "completion_tokens": 43, "total_tokens": 177, "cost": 0.0000459, "is_byok": False},
}


class Service:
    """Answers what it was told to, after checking the bearer; keeps the requests."""

    def __init__(self) -> None:
        self.answer: tuple[int, Any, dict[str, str]] = (200, FINE, {})
        self.asked: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        status, answer, headers = self.answer
        if dict(scope["headers"]).get(b"authorization") != b"Bearer sk-or-v1-good":
            status, answer = 401, {"error": {"message": "User not found.", "code": 401}}
        self.asked.append((scope["method"], scope["path"], msgspec.json.decode(body) if body else None))
        sent = answer if isinstance(answer, bytes) else b"\n  " + msgspec.json.encode(answer)
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": sent})


class Http:
    """`ctx.http` over the stand-in."""

    def __init__(self, service: Service, connection: OpenRouter) -> None:
        self.service, self.connection = service, connection

    async def send(self, method: str, url: str, *, json: Any = None, accept: Any = (), **_: Any) -> Answer:
        content = None if json is None else msgspec.json.Encoder(decimal_format="number").encode(json)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.service)) as client:
            got = await client.request(method, BASE + url, content=content, headers=self.connection.authorize())
        assert got.status_code < 400 or got.status_code in accept
        return Answer(got.status_code, dict(got.headers), got.content)


@pytest.fixture
def service() -> Service:
    return Service()


def context(service: Service, key: str = "sk-or-v1-good") -> Any:
    connection = OpenRouter(base_url=BASE, api_key=Secret(key))
    clock = SimpleNamespace(now=lambda: datetime.fromtimestamp(NOW, UTC))
    return SimpleNamespace(connection=connection, http=Http(service, connection), clock=clock)


async def complete(service: Service, **arguments: Any) -> Any:
    given = {"model": "openai/gpt-4o-mini", "prompt": "What is a lead?", **arguments}
    return await plugin.actions["complete"].call(context(service), **given)


async def test_complete(service: Service) -> None:
    answer = await complete(service, system="Be brief.", temperature=Decimal("0.2"), fallbacks=["mistralai/small"])
    assert (answer.text, answer.model) == ("A possible sale.", "openai/gpt-4o-mini-2024-07-18")
    assert (answer.prompt_tokens, answer.completion_tokens, answer.cost) == (134, 43, Decimal("0.0000459"))
    method, path, asked = service.asked[0]
    assert (method, path) == ("POST", "/api/v1/chat/completions")
    assert asked == {
        "model": "openai/gpt-4o-mini",
        "models": ["mistralai/small"],
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is a lead?"}],
        "max_completion_tokens": 1024,
        "temperature": 0.2,
    }


async def test_a_text_cut_by_length_is_given(service: Service) -> None:
    choice = {**FINE["choices"][0], "finish_reason": "length"}
    service.answer = (200, {**FINE, "choices": [choice], "usage": None}, {})
    answer = await complete(service)
    assert (answer.finish_reason, answer.cost) == ("length", None)


async def test_a_completion_wrapped_in_its_provider(service: Service) -> None:
    service.answer = (200, {"provider": FINE}, {})
    assert (await complete(service)).text == "A possible sale."


async def test_models_are_looked_up(service: Service) -> None:
    listed = [{"id": "openai/gpt-4o-mini", "name": "OpenAI: GPT-4o-mini", "pricing": {}}, {"id": "mistralai/small"}]
    service.answer = (200, {"data": listed}, {})
    ctx = context(service)
    found = await ctx.connection.look_up(ctx)
    assert [(each.id, each.name) for each in found["models"]] == [
        ("mistralai/small", "mistralai/small"),
        ("openai/gpt-4o-mini", "openai/gpt-4o-mini"),
    ]
    picks = {each.name: (each.pick, each.tail) for each in plugin_spec(plugin).actions["complete"].params if each.pick}
    assert picks == {"model": ("models", ":@~"), "fallbacks": ("models", ":@~")}


def saying(**message: Any) -> dict[str, Any]:
    return {**FINE, "choices": [{**FINE["choices"][0], "message": {"role": "assistant", **message}}]}


def failing(**error: Any) -> dict[str, Any]:
    return {**FINE, "choices": [{"finish_reason": "error", "message": {"content": "half a"}, **error}]}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"code": 502, "message": "Provider returned error"}, "user_id": "user_1"}, "unavailable"),
        ({"error": {"code": 429, "message": "slow down"}}, "rate_limited"),
        ({"error": {"message": "no code at all"}}, "unavailable"),
        ({**FINE, "choices": None}, "empty_answer"),
        ({"id": "gen-1", "model": "m"}, "empty_answer"),
        (saying(content=""), "empty_answer"),
        (saying(content=None), "empty_answer"),
        (failing(error={"code": 502, "message": "gone"}), "unavailable"),
        (failing(), "unavailable"),
        ({**FINE, "choices": "none"}, "bad_answer"),
        ([], "bad_answer"),
        (b"<html>", "bad_answer"),
    ],
)
async def test_trouble_inside_a_200_that_may_pass(service: Service, body: Any, code: str) -> None:
    service.answer = (200, body, {})
    with pytest.raises(InDoubt) as doubt:
        await complete(service)
    assert doubt.value.code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"code": 402, "message": "requires more credits"}}, "payment_required"),
        ({"error": {"error_type": "not_found", "http_status": 404, "message": "none"}}, "no_endpoint"),
        (saying(content=None, refusal="I cannot."), "refused"),
        (failing(error={"code": 400, "message": "context too long"}), "invalid"),
    ],
)
async def test_trouble_inside_a_200_that_stays(service: Service, body: Any, code: str) -> None:
    service.answer = (200, body, {})
    with pytest.raises(ActionFailed) as failed:
        await complete(service)
    assert failed.value.code == code


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, ActionFailed, "invalid"),
        (402, ActionFailed, "payment_required"),
        (403, ActionFailed, "forbidden"),
        (404, ActionFailed, "no_endpoint"),
        (408, InDoubt, "unavailable"),
        (503, InDoubt, "unavailable"),
    ],
)
async def test_refusals_by_status(service: Service, status: int, kind: type[Exception], code: str) -> None:
    service.answer = (status, {"error": {"code": status, "message": "because"}}, {})
    with pytest.raises(kind) as failed:
        await complete(service)
    assert getattr(failed.value, "code") == code  # noqa: B009 - both kinds have one
    assert "because" in str(failed.value)


async def test_a_429_tells_how_long_to_wait(service: Service) -> None:
    service.answer = (429, {"error": {"code": 429, "message": "slow"}}, {"retry-after": "12"})
    with pytest.raises(InDoubt) as doubt:
        await complete(service)
    assert doubt.value.retry_after == 12


async def test_a_used_up_day_tells_when_it_ends(service: Service) -> None:
    headers = {"X-RateLimit-Limit": "50", "X-RateLimit-Reset": str((NOW + 3600) * 1000)}
    service.answer = (429, {"error": {"code": 429, "message": "per-day", "metadata": {"headers": headers}}}, {})
    with pytest.raises(InDoubt) as doubt:
        await complete(service)
    assert doubt.value.retry_after == 3600


async def test_an_error_that_is_not_json(service: Service) -> None:
    service.answer = (502, b"<html>bad gateway</html>", {})
    with pytest.raises(InDoubt):
        await complete(service)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"label": "sk-or-v1-abc...xyz", "limit_remaining": 4.2}, "4.20 USD left"),
        ({"label": "work", "limit_remaining": None}, "no limit"),
    ],
)
async def test_the_connection_test(service: Service, data: Any, words: str) -> None:
    service.answer = (200, {"data": data}, {})
    sentence = await context(service).connection.test(context(service))
    assert data["label"] in sentence
    assert words in sentence
    assert service.asked[0][:2] == ("GET", "/api/v1/key")


async def test_a_management_key_is_told_apart(service: Service) -> None:
    service.answer = (200, {"data": {"label": "m", "is_management_key": True}}, {})
    with pytest.raises(ActionFailed) as failed:
        await context(service).connection.test(context(service))
    assert failed.value.code == "wrong_key"


async def test_a_wrong_key(service: Service) -> None:
    ctx = context(service, "sk-or-v1-bad")
    with pytest.raises(ActionFailed) as failed:
        await ctx.connection.test(ctx)
    assert failed.value.code == "unauthorized"


@pytest.mark.parametrize("pasted", [' "sk-or-v1-good"\n', "sk-or-v1-good\r\n", "'sk-or-v1-good'"])
async def test_a_key_pasted_with_more(service: Service, pasted: str) -> None:
    assert context(service, pasted).connection.authorize() == {"authorization": "Bearer sk-or-v1-good"}


def test_the_declarations() -> None:
    spec = plugin_spec(plugin)
    assert spec.actions["complete"].effect == "idempotent"
    assert all(action.example and action.doc for action in plugin.actions.values())
