"""A Kommo account. Owns its settings, its credentials, its test and what it offers for picking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import Accepted, Choice, Connection, Context, Delivery, Refused, Secret, Trigger
from treadle_kommo import account, hooks


class Kommo(Connection, kind="kommo", rate="7/s"):
    """A Kommo (or amoCRM) account, reached with a long-lived token of a private integration.

    An administrator makes one under Settings, Integrations, Create integration, Keys and scopes. Let a user of its own
    own the integration: changes by that user are how Treadle knows its own.
    """

    base_url: Annotated[str, Meta(description="The account's own address, such as https://acme.kommo.com.")]
    access_token: Annotated[Secret, Meta(description="The long-lived token. Kommo shows it once.")]
    user_id: Annotated[int | None, Meta(description="The user who owns the token; the test names it.")] = None
    account_id: Annotated[int | None, Meta(description="When given, deliveries of other accounts are refused.")] = None

    def authorize(self) -> Mapping[str, str]:
        """The bearer header."""
        return {"authorization": f"Bearer {self.access_token.reveal()}"}

    async def test(self, ctx: Context[Kommo]) -> str:
        """Reads the account. Raises `ActionFailed` with what Kommo says."""
        return await account.describe(ctx, self.user_id, self.account_id)

    async def look_up(self, ctx: Context[Kommo]) -> Mapping[str, Sequence[Choice]]:
        """Pipelines, stages, users, tags, custom fields and task types."""
        return await account.choices(ctx)

    def receive(self, delivery: Delivery, triggers: Sequence[type[Trigger[Any, Any]]]) -> Accepted[Any] | Refused:
        """Reads a webhook body once, into all its events."""
        return hooks.decode(delivery, triggers)
