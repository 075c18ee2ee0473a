"""A Supabase project. Owns its settings, its headers, its test, its tables and who reads its webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import Accepted, Choice, Connection, Context, Delivery, Refused, Secret, Trigger
from treadle_supabase import rest, schema, webhooks


class Supabase(
    Connection,
    kind="supabase",
    example={"base_url": "https://abcd.supabase.co", "service_role_key": "sb_secret_0000"},
):
    """A Supabase project, by its secret key (Settings, API keys)."""

    base_url: Annotated[str, Meta(description="The project's address, such as https://REF.supabase.co.")]
    service_role_key: Annotated[Secret, Meta(description="sb_secret_..., or the older service_role key.")]
    webhook_secret: Annotated[
        Secret | None,
        Meta(
            description="When given, database webhooks must carry it: as the header X-Webhook-Secret, or as "
            "Authorization: Bearer. The address has a secret of its own in any case."
        ),
    ] = None

    def authorize(self) -> Mapping[str, str]:
        """New keys are no tokens and go into `apikey` alone; the older ones are wanted in both headers."""
        key = self.service_role_key.reveal().strip()
        return {"apikey": key} if key.startswith("sb_") else {"apikey": key, "authorization": f"Bearer {key}"}

    async def test(self, ctx: Context[Supabase]) -> str:
        """Reads the list of tables. Raises `ActionFailed` with what the project says."""
        described = await rest.description(ctx)
        if described is None:
            return "Connected. The project keeps the list of its tables to itself."
        return f"Connected. {len(described)} tables and views can be reached."

    async def look_up(self, ctx: Context[Supabase]) -> Mapping[str, Sequence[Choice]]:
        """The tables that the key may see, and their columns with types."""
        return schema.choices(await rest.description(ctx) or {})

    def receive(self, delivery: Delivery, triggers: Sequence[type[Trigger[Any, Any]]]) -> Accepted[Any] | Refused:
        """Reads a database webhook."""
        return webhooks.read(delivery, triggers)
