"""A Supabase project. Owns its settings, its headers, its test and the list of its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta

from treadle.sdk import Choice, Connection, Context, Secret
from treadle_supabase import rest


class Supabase(Connection, kind="supabase"):
    """A Supabase project, by its secret key (Settings, API keys)."""

    base_url: Annotated[str, Meta(description="The project's address, such as https://REF.supabase.co.")]
    service_role_key: Annotated[Secret, Meta(description="sb_secret_..., or the older service_role key.")]

    def authorize(self) -> Mapping[str, str]:
        """New keys are no tokens and go into `apikey` alone; the older ones are wanted in both headers."""
        key = self.service_role_key.reveal().strip()
        return {"apikey": key} if key.startswith("sb_") else {"apikey": key, "authorization": f"Bearer {key}"}

    async def test(self, ctx: Context[Supabase]) -> str:
        """Reads the list of tables. Raises `ActionFailed` with what the project says."""
        tables = await rest.tables(ctx)
        if tables is None:
            return "Connected. The project keeps the list of its tables to itself."
        return f"Connected. {len(tables)} tables and views can be reached."

    async def look_up(self, ctx: Context[Supabase]) -> Mapping[str, Sequence[Choice]]:
        """The tables that the key may see."""
        return {"tables": [Choice(name, name) for name in await rest.tables(ctx) or ()]}
