"""What OpenRouter answers, as far as it is read, and what rules see of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta, Struct


class Completion(Struct, frozen=True, kw_only=True):
    """The text of a model and what it took."""

    text: str
    model: Annotated[str, Meta(description="The model that answered; a fallback or a dated name of the one asked.")]
    finish_reason: Annotated[str | None, Meta(description="stop, or length when max_tokens cut the text.")] = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Annotated[Decimal | None, Meta(description="US dollars charged to the account.")] = None


class Key(Struct):
    """What `GET /key` tells about the key."""

    label: str = ""
    limit_remaining: Decimal | None = None
    is_management_key: bool = False


class Pricing(Struct, frozen=True):
    """What a model costs in US dollars a token, and a request; `-1` where that depends."""

    prompt: str = "-1"
    completion: str = "-1"
    request: str = "0"


class Model(Struct):
    """One of `GET /models`, as far as it is read."""

    id: str
    pricing: Pricing = Pricing()


class Problem(Struct):
    """An error, in a body of its own, in a choice, or inside an answer with status 200."""

    message: str = ""
    code: int | str | None = None
    metadata: dict[str, Any] | None = None
    http_status: int | None = None

    @property
    def status(self) -> int | None:
        """The HTTP status that it stands for."""
        return self.code if isinstance(self.code, int) else self.http_status


class Function(Struct, frozen=True):
    """What the model wants called. Without arguments the text is empty, null or missing."""

    name: str = ""
    arguments: str | None = None


class Wanted(Struct, frozen=True):
    """A call of a tool that the model wants made."""

    id: str = ""
    function: Function = Function()


class Said(Struct, frozen=True):
    """A model's message."""

    content: str | None = None
    refusal: str | None = None
    tool_calls: list[Wanted] | None = None
    reasoning_details: list[Any] | None = None


class Option(Struct):
    """One choice of an answer; there is one unless more were asked for."""

    message: Said = Said()
    finish_reason: str | None = None
    error: Problem | None = None


class Usage(Struct):
    """What was counted and charged."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal | None = None


class Chat(Struct):
    """The answer of `POST /chat/completions`."""

    model: str = ""
    choices: list[Option] | None = None
    usage: Usage | None = None
    error: Problem | None = None
