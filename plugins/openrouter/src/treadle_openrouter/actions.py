"""Asking a model."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import Context, Cost, action
from treadle_openrouter import answers
from treadle_openrouter.asking import NAMES
from treadle_openrouter.connection import OpenRouter
from treadle_openrouter.records import Completion


@action(
    effect="idempotent",
    example={"model": "openai/gpt-4o-mini", "prompt": "In five words: what is a lead?"},
    timeout=120.0,
    cost=Cost(field="cost"),
)
async def complete(
    ctx: Context[OpenRouter],
    model: Annotated[str, NAMES, Meta(description="A model such as openai/gpt-4o-mini.")],
    prompt: str,
    system: Annotated[str | None, Meta(description="Instructions that stand before the prompt.")] = None,
    fallbacks: Annotated[
        list[str] | None, NAMES, Meta(description="Models to try in turn when the first cannot.")
    ] = None,
    max_tokens: Annotated[int, Meta(description="The longest answer, in tokens.")] = 1024,
    temperature: Annotated[Decimal | None, Meta(description="0 to 2.")] = None,
) -> Completion:
    """Ask a model once and take its text. Asking again changes nothing, but is charged again."""
    messages = [{"role": "system", "content": system}] if system is not None else []
    request: dict[str, Any] = {
        "model": model,
        "messages": [*messages, {"role": "user", "content": prompt}],
        "max_completion_tokens": max_tokens,
    }
    if fallbacks:
        request["models"] = fallbacks
    if temperature is not None:
        request["temperature"] = temperature
    return answers.completion(await answers.call(ctx, "POST", "/chat/completions", json=request), ctx)


ACTIONS = (complete,)
