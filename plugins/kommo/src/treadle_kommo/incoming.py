"""Incoming leads (Kommo's word is unsorted): taking one into a pipeline, or turning it down."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from treadle.sdk import Causes, Context, Pick, action
from treadle_kommo import rest, values
from treadle_kommo.connection import Kommo
from treadle_kommo.leads import PipelineName, Responsible
from treadle_kommo.stages import by_name
from treadle_kommo.triggers import IncomingLeadAccepted, IncomingLeadDeclined

Uid = Annotated[str, Meta(description="The uid of the incoming lead, from its event.")]


@action(
    effect="blind",
    causes=[Causes(IncomingLeadAccepted, uid="uid")],
    writes="kommo.incoming:{uid}",
    example={"uid": "40ab0000-0000-4000-8000-000000000001", "stage": "Initial contact"},
)
async def accept_incoming_lead(
    ctx: Context[Kommo],
    uid: Uid,
    stage: Annotated[
        str | None, Pick("stages", "pipeline"), Meta(description="Where it goes; the first stage unless given.")
    ] = None,
    pipeline: PipelineName = None,
    responsible: Responsible = None,
) -> None:
    """Take an incoming lead into its pipeline. One that was accepted or declined before is the error `not_found`."""
    body: dict[str, Any] = {}
    with rest.before_sending():
        if stage is not None:
            body["status_id"] = (await by_name(ctx, stage, pipeline)).status_id
        if responsible is not None:
            body["user_id"] = await values.user(ctx, responsible)
    await rest.call(ctx, "POST", f"/leads/unsorted/{uid}/accept", json=body)


@action(
    effect="blind",
    causes=[Causes(IncomingLeadDeclined, uid="uid")],
    writes="kommo.incoming:{uid}",
    example={"uid": "40ab0000-0000-4000-8000-000000000001"},
)
async def decline_incoming_lead(ctx: Context[Kommo], uid: Uid) -> None:
    """Turn an incoming lead down. One that was accepted or declined before is the error `not_found`."""
    body = {"user_id": ctx.connection.user_id} if ctx.connection.user_id is not None else {}
    await rest.call(ctx, "DELETE", f"/leads/unsorted/{uid}/decline", json=body)


INCOMING = (accept_incoming_lead, decline_incoming_lead)
