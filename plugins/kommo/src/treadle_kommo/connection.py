"""A Kommo account. Owns its settings, its credentials, its test and what it offers for picking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import Accepted, Choice, Connection, Context, Delivery, OAuth, Refused, Secret, Trigger
from treadle_kommo import account, hooks

CONSENT = OAuth(
    authorize_url="{consent_url}", token_url="{base_url}/oauth2/access_token", body="json", parameters={"mode": "popup"}
)


class Kommo(
    Connection,
    kind="kommo",
    rate="7/s",
    oauth=CONSENT,
    example={"base_url": "https://acme.kommo.com", "access_token": "eyJ0...", "user_id": 900010},
):
    """A Kommo (or amoCRM) account, reached with a long-lived token of a private integration, or by consent.

    An administrator makes an integration under Settings, Integrations, Create integration, Keys and scopes. Let a user
    of its own own it: changes by that user are how Treadle knows its own. For consent give `client_id` and
    `client_secret` in place of the token, and connect the account after.
    """

    base_url: Annotated[str, Meta(description="The account's own address, such as https://acme.kommo.com.")]
    access_token: Annotated[Secret | None, Meta(description="The long-lived token. Kommo shows it once.")] = None
    client_id: Annotated[str | None, Meta(description="The integration's id, for connecting by consent.")] = None
    client_secret: Annotated[Secret | None, Meta(description="The integration's secret key.")] = None
    consent_url: Annotated[str, Meta(description="Where people consent; amoCRM has https://www.amocrm.ru/oauth.")] = (
        "https://www.kommo.com/oauth"
    )
    user_id: Annotated[int | None, Meta(description="The user who owns the token; the test names it.")] = None
    account_id: Annotated[int | None, Meta(description="When given, deliveries of other accounts are refused.")] = None

    def __post_init__(self) -> None:
        if not self.access_token and not (self.client_id and self.client_secret):
            raise ValueError("give access_token, or client_id and client_secret for connecting by consent")

    def authorize(self) -> Mapping[str, str]:
        """The bearer header."""
        return {"authorization": f"Bearer {self.access_token.reveal()}"} if self.access_token else {}

    async def test(self, ctx: Context[Kommo]) -> str:
        """Reads the account. Raises `ActionFailed` with what Kommo says."""
        return await account.describe(ctx, self.user_id, self.account_id)

    async def look_up(self, ctx: Context[Kommo]) -> Mapping[str, Sequence[Choice]]:
        """Pipelines, stages, users, tags, custom fields and task types."""
        return await account.choices(ctx)

    def receive(self, delivery: Delivery, triggers: Sequence[type[Trigger[Any, Any]]]) -> Accepted[Any] | Refused:
        """Reads a webhook body once, into all its events."""
        return hooks.decode(delivery, triggers)
