"""Models for agents: a question as a request of chat completions, and what the models cost."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from treadle.sdk import Context, Message, Models, Pick, Price, Question, Reply, Tool, ToolCall
from treadle_openrouter import answers
from treadle_openrouter.connection import PRICES, OpenRouter

NAMES = Pick("models", tail=":@~")
"""Models by their slug; a variant (`:nitro`), a preset (`@preset/x`) or a family (`~vendor/x-latest`) is not listed."""


async def ask(ctx: Context[OpenRouter], question: Question) -> Reply:
    """Ask once; OpenRouter goes on to the next model by itself when one cannot."""
    return answers.reply(await answers.call(ctx, "POST", "/chat/completions", json=request(question)), ctx)


async def prices(ctx: Context[OpenRouter]) -> Mapping[str, Price]:
    """By slug, as last looked up; without those that depend on what a router chooses."""
    found = {}
    for each in await ctx.catalogue.all(PRICES):
        price = _price(each.id.split(" ")[1:])
        if price is not None:
            found[each.name] = price
    return found


def request(question: Question) -> dict[str, Any]:
    """The body of the request."""
    instructions = [{"role": "system", "content": question.instructions}] if question.instructions else []
    made: dict[str, Any] = {
        "model": question.models[0],
        "messages": [*instructions, *map(_message, question.messages)],
        "max_completion_tokens": question.most_tokens,
    }
    if len(question.models) > 1:
        made["models"] = list(question.models[1:])
    if question.tools:
        made["tools"] = [_tool(each) for each in question.tools]
    if question.schema is not None:
        schema = {"name": "answer", "strict": question.strict, "schema": question.schema}
        made["response_format"] = {"type": "json_schema", "json_schema": schema}
    return made


def _message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.call, "content": message.text}
    made: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.calls:
        made["tool_calls"] = [_called(each) for each in message.calls]
    if message.kept is not None:
        made["reasoning_details"] = message.kept
    return made


def _called(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _tool(tool: Tool) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.doc, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _price(told: list[str]) -> Price | None:
    try:
        prompt, completion, request = map(Decimal, told)
    except (InvalidOperation, ValueError):
        return None
    return Price(prompt, completion, request) if min(prompt, completion, request) >= 0 else None


MODELS = Models(ask=ask, prices=prices, names=NAMES)
