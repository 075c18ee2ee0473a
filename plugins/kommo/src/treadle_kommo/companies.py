"""Actions on companies."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from treadle.sdk import Context, action
from treadle_kommo import entities, rest
from treadle_kommo.connection import Kommo
from treadle_kommo.records import Company


@action(effect="idempotent", reads=True, example={"company_id": 81001})
async def get_company(
    ctx: Context[Kommo], company_id: Annotated[int, Meta(description="The company's id.")]
) -> Company:
    """Read one company with its leads and contacts. A company that is not there is the error `not_found`."""
    params = [("with", "leads,contacts")]
    return entities.company(await rest.get_one(ctx, f"company {company_id}", f"/companies/{company_id}", params))


COMPANIES = (get_company,)
