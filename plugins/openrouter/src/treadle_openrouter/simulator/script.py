"""What the stand-in's models say: a line of a script, or an answer of their own made from the request.

Owns the prices and the counting: a token is four bytes of the request or of the answer, begun ones count.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

MODELS: dict[str, dict[str, str]] = {
    "mistralai/mistral-small": {"prompt": "0.0000001", "completion": "0.0000003", "request": "0"},
    "openai/gpt-4o": {"prompt": "0.0000025", "completion": "0.00001", "request": "0"},
    "openai/gpt-4o-mini": {"prompt": "0.00000015", "completion": "0.0000006", "request": "0"},
    "openrouter/auto": {"prompt": "-1", "completion": "-1", "request": "0"},
}
"""By slug, in US dollars; `-1` where it depends on the model that a router takes."""
_UNKNOWN = {"prompt": "0.000001", "completion": "0.000002"}


class Wish(msgspec.Struct, frozen=True):
    """A call that the model wants: `arguments` is JSON, or text that is sent as it stands."""

    name: str
    arguments: Any = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a script: a text or data as JSON, calls, or a failure. `cut` loses the answer after the work.

    `cost` is charged instead of what the tokens come to.
    """

    text: str | None = None
    data: Any = None
    calls: list[Wish] = []
    finish_reason: str | None = None
    cost: Decimal | None = None
    status: int | None = None
    message: str = "simulated"
    retry_after: int | None = None
    cut: bool = False


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """The request, as far as it is read."""

    messages: list[dict[str, Any]]
    model: str = "openrouter/auto"
    models: list[str] = []
    response_format: dict[str, Any] | None = None


def answered(chat: Chat, line: Line, model: str, number: int) -> dict[str, Any]:
    """The body of a completion; `number` counts them."""
    calls = [_call(each, f"call_{number}_{index}") for index, each in enumerate(line.calls)]
    content = _content(chat, line) if not calls or line.text is not None else None
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None, "reasoning": None}
    if calls:
        message["tool_calls"] = calls
    reason = line.finish_reason or ("tool_calls" if calls else "stop")
    return {
        "id": f"gen-simulated-{number}",
        "object": "chat.completion",
        "model": model,
        "provider": "Simulated",
        "choices": [{"index": 0, "finish_reason": reason, "native_finish_reason": reason, "message": message}],
        "usage": _usage(chat, line, model, message),
    }


def _call(wish: Wish, id: str) -> dict[str, Any]:
    text = wish.arguments if isinstance(wish.arguments, str) else msgspec.json.encode(wish.arguments or {}).decode()
    return {"id": id, "type": "function", "index": 0, "function": {"name": wish.name, "arguments": text}}


def _content(chat: Chat, line: Line) -> str:
    if line.text is not None:
        return line.text
    if line.data is not None:
        return msgspec.json.encode(line.data).decode()
    schema = (chat.response_format or {}).get("json_schema", {}).get("schema")
    if schema is not None:
        return msgspec.json.encode(_made(schema)).decode()
    asked = next((each["content"] for each in reversed(chat.messages) if each["role"] == "user"), "")
    return f"You said: {asked[:200]}"


def _made(schema: dict[str, Any]) -> Any:
    """The plainest value of a schema."""
    if "anyOf" in schema:
        return _made(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: _made(each) for name, each in schema.get("properties", {}).items()}
        case "string":
            return {"date": "2026-01-01", "time": "09:00:00", "date-time": "2026-01-01T09:00:00Z"}.get(
                schema.get("format", ""), "PT0S" if schema.get("format") == "duration" else "simulated"
            )
        case "integer" | "number":
            return 0
        case "boolean":
            return False
        case "array":
            return []
    return None


def _usage(chat: Chat, line: Line, model: str, message: dict[str, Any]) -> dict[str, Any]:
    asked, said = _tokens(chat.messages), _tokens(message)
    price = MODELS[model] if MODELS[model]["prompt"] != "-1" else _UNKNOWN
    cost = asked * Decimal(price["prompt"]) + said * Decimal(price["completion"]) if line.cost is None else line.cost
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said, "cost": cost}


def _tokens(said: Any) -> int:
    return -(-len(msgspec.json.encode(said)) // 4)
