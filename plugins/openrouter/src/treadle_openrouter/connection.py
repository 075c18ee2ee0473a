"""An OpenRouter key. Owns its settings, its header, its test and the list of models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta
from msgspec.structs import astuple

from treadle.sdk import ActionFailed, Choice, Connection, Context, Secret
from treadle_openrouter import answers
from treadle_openrouter.records import Key, Model


class OpenRouter(Connection, kind="openrouter", example={"api_key": "sk-or-v1-0000"}):
    """An OpenRouter account, by an inference key (Settings, Keys). Management keys cannot ask models."""

    api_key: Annotated[Secret, Meta(description="Starts with sk-or-.")]
    base_url: Annotated[str, Meta(description="Another address for the EU or US data region.")] = (
        "https://openrouter.ai/api/v1"
    )

    def authorize(self) -> Mapping[str, str]:
        """The bearer header. Pasted keys often bring quotes or a line end along."""
        return {"authorization": f"Bearer {self.api_key.reveal().strip(_PASTED)}"}

    async def test(self, ctx: Context[OpenRouter]) -> str:
        """Reads the key's limits; costs nothing. Raises `ActionFailed` with what OpenRouter says."""
        found = await answers.call(ctx, "GET", "/key")
        key = answers.read(found.get("data"), Key)
        if key.is_management_key:
            raise ActionFailed("This is a management key; it cannot ask models.", code="wrong_key")
        left = "no limit" if key.limit_remaining is None else f"{key.limit_remaining:.2f} USD left"
        return f"Connected with the key {key.label}, {left}."

    async def look_up(self, ctx: Context[OpenRouter]) -> Mapping[str, Sequence[Choice]]:
        """The models, by the slugs that requests name them with, and what they cost."""
        found = await answers.call(ctx, "GET", "/models")
        models = sorted(answers.read(found.get("data"), list[Model]), key=lambda each: each.id)
        priced = [Choice(" ".join((each.id, *astuple(each.pricing))), each.id) for each in models]
        return {"models": [Choice(each.id, each.id) for each in models], PRICES: priced}


PRICES = "_prices"
"""The kind of choices that tell prices: the id is the slug, and behind it those of tokens in, tokens out, a request."""

_PASTED = " \t\r\n\"'"
