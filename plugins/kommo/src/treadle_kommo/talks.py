"""Writing to clients in their chats. Owns finding the talk to answer in."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from treadle.sdk import ActionFailed, Causes, Context, InDoubt, action
from treadle_kommo import entities, rest
from treadle_kommo.connection import Kommo
from treadle_kommo.records import Message, SentMessage
from treadle_kommo.triggers import MessageSent


@action(
    effect="blind",
    messages=True,
    causes=[Causes(MessageSent, contact_id="contact_id", text="text")],
    writes="kommo.contact:{contact_id}",
    adds=True,
    example={"contact_id": 80001, "text": "Thanks for writing!"},
)
async def send_message(
    ctx: Context[Kommo],
    contact_id: Annotated[int, Meta(description="Who gets it.")],
    text: Annotated[str, Meta(description="Plain text.")],
) -> SentMessage:
    """Write to a contact in the chat that is open with them, the most recent one if there are several.

    Needs Kommo's Chats API add-on. A contact without an open chat is the error `no_open_talk`. Kommo cannot tell
    whether a lost request arrived, so it is never sent twice.
    """
    with rest.before_sending():
        talk_id = await _open_talk(ctx, contact_id)
    answer = await rest.call(ctx, "POST", f"/talks/{talk_id}/send_message", json={"text": text})
    if not isinstance(answer, dict) or "id" not in answer:
        raise InDoubt("Kommo's answer does not name the message.", code="bad_answer")
    ctx.wrote(f"message:{answer['id']}")
    return SentMessage(id=answer["id"], talk_id=talk_id)


@action(effect="idempotent", reads=True, example={"contact_id": 80001, "limit": 20})
async def list_messages(
    ctx: Context[Kommo],
    contact_id: Annotated[int, Meta(description="Whose chat.")],
    limit: Annotated[int, Meta(description="At most so many, the last ones.")] = 50,
) -> list[Message]:
    """Read the last messages of the chat that is open with a contact, oldest first. Needs Kommo's Chats API add-on.

    A contact without an open chat is the error `no_open_talk`.
    """
    talk_id = await _open_talk(ctx, contact_id)
    found = [json async for json in rest.each(ctx, f"/talks/{talk_id}/messages", "messages")]
    ordered = sorted(found, key=lambda json: json.get("created_at") or 0)
    return [entities.message(json, contact_id, talk_id) for json in ordered[-limit:]]


@action(effect="idempotent", writes="kommo.talk:{talk_id}", example={"talk_id": 191})
async def close_talk(ctx: Context[Kommo], talk_id: Annotated[int, Meta(description="The talk's id.")]) -> None:
    """Close a chat without asking the client for a rating. Closing it again is harmless."""
    await rest.call(ctx, "POST", f"/talks/{talk_id}/close", json={"force_close": True})


TALKS = (send_message, list_messages, close_talk)


async def _open_talk(ctx: Context[Kommo], contact_id: int) -> int:
    params = [("filter[contact_id][]", str(contact_id)), ("filter[only_in_work]", "1")]
    talks = [talk async for talk in rest.each(ctx, "/talks", "talks", params=params) if talk.get("is_in_work")]
    if not talks:
        raise ActionFailed(
            f"No chat is open with contact {contact_id}; the client has to write first.", code="no_open_talk"
        )
    return int(max(talks, key=lambda talk: talk.get("updated_at") or 0)["talk_id"])
