"""Language models that agents ask: what a plugin declares so that it can be asked, and what goes in and comes out.

Owns the shapes. The platform keeps the conversation, runs the tools and bounds turns, time and money; a plugin only
puts one question to its service and reads the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from treadle.sdk.action import Pick


class Tool(msgspec.Struct, frozen=True):
    """What the model may call: a name of letters, digits, `_` and `-`, and its parameters as JSON Schema."""

    name: str
    doc: str
    parameters: dict[str, Any]


class ToolCall(msgspec.Struct, frozen=True):
    """A call that the model wants made. `arguments` is the text that it wrote, which ought to be a JSON object."""

    id: str
    name: str
    arguments: str = "{}"


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing said. `calls` are those of the assistant, `call` is the id that a tool's text answers.

    `kept` is what the plugin gave as `Reply.kept` with this message of the assistant; it must be sent back as it was.
    """

    role: Literal["user", "assistant", "tool"]
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    call: str | None = None
    kept: Any = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question to a model. `models` are names in the order in which they are to be tried.

    `instructions` is the system part, the only text that is to be trusted. With a `schema` (JSON Schema of an object)
    the answer is to be JSON of it; `strict` says that the schema is closed, as services ask for that enforce one.
    `most_tokens` bounds the answer and is always to be sent.
    """

    models: tuple[str, ...]
    instructions: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    schema: dict[str, Any] | None = None
    strict: bool = False
    most_tokens: int = 2048


class Reply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the model said: a text, calls of tools, or both. `cost` is in US dollars, None when nobody told.

    `cut` is true when the text ends where it does because `most_tokens` were reached.
    """

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal | None = None
    cut: bool = False
    kept: Any = None


class Price(msgspec.Struct, frozen=True):
    """What a model costs, in US dollars a token, and a request."""

    prompt: Decimal
    completion: Decimal
    request: Decimal = Decimal(0)


class Models(msgspec.Struct, frozen=True, kw_only=True):
    """`Plugin(models=...)`: the plugin's connections can be asked by agents.

    `ask(ctx, question)` puts one question and answers a `Reply`. It is asked again when the answer is lost, so it must
    change nothing; it raises as actions do. `prices(ctx)` answers what models cost, by name, from what the account's
    look-up brought; a model that is not among them counts as one without a known price. `names` says what the names of
    models are compared with, as for a parameter.
    """

    ask: Callable[..., Awaitable[Reply]]
    prices: Callable[[Any], Awaitable[Mapping[str, Price]]] | None = None
    names: Pick | None = None
