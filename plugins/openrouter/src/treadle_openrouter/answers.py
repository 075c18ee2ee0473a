"""OpenRouter's answers: errors by status, errors inside a 200, and bodies that lack what they should have.

Owns what each proves. A completion changes nothing in the world, so everything that may pass is `InDoubt`, which the
runtime tries again; what will not pass is `ActionFailed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from treadle.sdk import ActionFailed, Context, InDoubt, Reply, ToolCall
from treadle_openrouter.records import Chat, Completion, Option, Problem, Usage

if TYPE_CHECKING:
    from treadle_openrouter.connection import OpenRouter

T = TypeVar("T")

_CODES = {
    400: "invalid",
    401: "unauthorized",
    402: "payment_required",
    403: "forbidden",
    404: "no_endpoint",
    413: "too_large",
    422: "invalid",
}
_PASSING = {408, 429, 500, 502, 503, 504, 524, 529}
_SEEN = (*_CODES, 408, 409, 412, 429, 500, 502, 503, 504, 524, 529)


async def call(ctx: Context[OpenRouter], method: str, path: str, *, json: Any = None) -> Mapping[str, Any]:
    """One request; its JSON object. Raises `InDoubt` and `ActionFailed` with OpenRouter's own words."""
    answer = await ctx.http.send(method, path, json=json, accept=_SEEN)
    if answer.status >= 400:
        retry_after = answer.headers.get("retry-after", "")
        raise failure(
            _problem(answer.body), answer.status, float(retry_after) if retry_after.isdecimal() else None, ctx
        )
    found = answer.json()
    if not isinstance(found, Mapping):
        raise InDoubt("OpenRouter's answer is not an object.", code="bad_answer")
    return found


def completion(found: Mapping[str, Any], ctx: Context[OpenRouter]) -> Completion:
    """The completion inside an answer with status 200. Raises what the answer really says."""
    chat, choice = _first(found, ctx)
    if not choice.message.content:
        raise InDoubt("The model answered with nothing.", code="empty_answer")
    usage = chat.usage or Usage()
    return Completion(
        text=choice.message.content,
        model=chat.model,
        finish_reason=choice.finish_reason,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cost=usage.cost,
    )


def reply(found: Mapping[str, Any], ctx: Context[OpenRouter]) -> Reply:
    """What the model said to an agent, by an answer with status 200. Raises what the answer really says."""
    chat, choice = _first(found, ctx)
    said, usage = choice.message, chat.usage or Usage()
    wanted = said.tool_calls or ()
    if not said.content and not wanted and choice.finish_reason != "length":
        raise InDoubt("The model answered with nothing.", code="empty_answer")
    return Reply(
        text=said.content or "",
        calls=tuple(ToolCall(each.id, each.function.name, each.function.arguments or "{}") for each in wanted),
        model=chat.model,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cost=usage.cost,
        cut=choice.finish_reason == "length",
        kept=said.reasoning_details or None,
    )


def _first(found: Mapping[str, Any], ctx: Context[OpenRouter]) -> tuple[Chat, Option]:
    """The answer and its one choice. Raises what it really says."""
    nested = found.get("provider")
    if "choices" not in found and isinstance(nested, Mapping):  # some providers' answers came wrapped in their name
        found = nested
    chat = read(found, Chat)
    if chat.error is not None:
        raise failure(chat.error, chat.error.status, None, ctx)
    if not chat.choices:
        raise InDoubt("OpenRouter's answer holds no text.", code="empty_answer")
    choice = chat.choices[0]
    if choice.error is not None or choice.finish_reason == "error":
        problem = choice.error or Problem("the provider failed while it answered", 502)
        raise failure(problem, problem.status, None, ctx)
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise ActionFailed(f"The model refused: {choice.message.refusal or 'filtered content'}", code="refused")
    return chat, choice


def failure(
    problem: Problem, status: int | None, retry_after: float | None, ctx: Context[OpenRouter]
) -> ActionFailed | InDoubt:
    """What an error proves."""
    said = f"OpenRouter: {problem.message or f'status {status}'}"
    if status is None or status in _PASSING or status >= 500:
        wait = retry_after if retry_after is not None else _until_reset(problem, ctx)
        return InDoubt(said, code="rate_limited" if status == 429 else "unavailable", retry_after=wait, status=status)
    return ActionFailed(said, code=_CODES.get(status, "refused"), status=status)


def read(found: Any, type: type[T]) -> T:
    """Plain data as `type`, unknown fields ignored. Raises `InDoubt` when it does not fit."""
    try:
        return msgspec.convert(found, type, strict=False)
    except msgspec.ValidationError as error:
        raise InDoubt(f"OpenRouter's answer has an unexpected shape: {error}", code="bad_answer") from error


def _problem(body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Chat).error or Problem()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Problem()


def _until_reset(problem: Problem, ctx: Context[OpenRouter]) -> float | None:
    """Seconds until a used-up daily limit begins again, which the metadata tell in milliseconds."""
    headers = (problem.metadata or {}).get("headers")
    reset = str(headers.get("X-RateLimit-Reset", "")) if isinstance(headers, Mapping) else ""
    if not (reset.isascii() and reset.isdecimal() and len(reset) < 16):
        return None
    return max(0.0, int(reset) / 1000 - ctx.clock.now().timestamp())
