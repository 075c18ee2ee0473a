"""The stand-in's chats: talks, their messages, sending one, and a contact who writes."""

from __future__ import annotations

from typing import Any

from treadle_kommo.simulator import checks, entities, hal, hook_items
from treadle_kommo.simulator.asgi import Reply, Request, Route, json_reply
from treadle_kommo.simulator.simulation import Simulation
from treadle_kommo.simulator.state import Account, Message, Talk

PATH = "/api/v4/talks"


def listed(sim: Simulation, request: Request, user_id: int) -> Reply:
    """GET /talks."""
    only = "1" in (*request.params("only_in_work"), *request.params("filter[only_in_work]"))
    found = [
        talk
        for talk in sim.account.talks.values()
        if entities.kept(request, "contact_id", talk.contact_id)
        and entities.kept(request, "entity_id", talk.lead_id)
        and (talk.is_in_work or not only)
    ]
    return hal.page(sim.base_url, request, "talks", found, lambda talk: rendered(sim.account, talk))


def one(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """GET /talks/{id}."""
    talk = sim.account.talks.get(id)
    return hal.problem(404, "Talk not found") if talk is None else json_reply(rendered(sim.account, talk))


def close(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """POST /talks/{id}/close."""
    talk = sim.account.talks.get(id)
    if talk is None:
        return hal.problem(404, "Talk not found")
    talk.is_in_work, talk.updated_at = False, sim.account.now()
    sim.sender.announce("update_talk", "talk", "update", [hook_items.talk(talk)])
    return Reply(status=202)


def messages(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """GET /talks/{id}/messages."""
    found = [message for message in sim.account.messages if message.talk_id == id]
    return hal.page(sim.base_url, request, "messages", found, _message)


def send(sim: Simulation, request: Request, user_id: int, id: int) -> Reply:
    """POST /talks/{id}/send_message."""
    row = checks.one(request)
    checks.ensure(sim.account, [row], checks.present("text"), checks.typed(text=str))
    talk = sim.account.talks.get(id)
    if talk is None:
        return hal.problem(404, "Entity not found")
    if not talk.is_in_work:
        return hal.problem(422, "Talk is closed")
    message = _write(sim, talk, "outgoing", row["text"], "bot", "Bot")
    sim.sender.announce("add_outgoing_message", "outgoing_message", "add", [hook_items.message(message, talk)])
    return json_reply({"id": message.id}, 202)


def client_writes(sim: Simulation, contact_id: int, text: str, origin: str) -> Message:
    """A contact writes: into the open talk, or a new one is opened. Raises `KeyError` for an unknown contact."""
    account = sim.account
    contact = account.contacts[contact_id]
    open_talks = (talk for talk in account.talks.values() if talk.contact_id == contact_id and talk.is_in_work)
    talk = next(open_talks, None) or _opened(sim, contact_id, origin)
    message = _write(sim, talk, "incoming", text, "external", contact.first_name or contact.name)
    sim.sender.announce("add_message", "message", "add", [hook_items.message(message, talk)])
    return message


def _opened(sim: Simulation, contact_id: int, origin: str) -> Talk:
    account, now = sim.account, sim.account.now()
    lead = next((lead.id for lead in account.leads.values() if contact_id in lead.contacts), None)
    number, chat_id = account.next_id("talk"), account.uuid()
    talk = Talk(
        id=number, chat_id=chat_id, contact_id=contact_id, lead_id=lead, origin=origin, created_at=now, updated_at=now
    )
    account.talks[talk.id] = talk
    sim.sender.announce("add_talk", "talk", "add", [hook_items.talk(talk)])
    return talk


def _write(sim: Simulation, talk: Talk, type: str, text: str, author_type: str, author_name: str) -> Message:
    account = sim.account
    message = Message(
        id=account.uuid(),
        talk_id=talk.id,
        type=type,
        text=text,
        author_type=author_type,
        author_name=author_name,
        created_at=account.now(),
    )
    account.messages.append(message)
    talk.updated_at = message.created_at
    return message


def rendered(account: Account, talk: Talk) -> dict[str, Any]:
    """The REST object."""
    return {
        "talk_id": talk.id,
        "created_at": talk.created_at,
        "updated_at": talk.updated_at,
        "rate": 0,
        "contact_id": talk.contact_id,
        "chat_id": talk.chat_id,
        "entity_id": talk.lead_id,
        "entity_type": "lead" if talk.lead_id else None,
        "is_in_work": talk.is_in_work,
        "is_read": talk.is_read,
        "status": "in_work" if talk.is_in_work else "closed",
        "origin": talk.origin,
        "account_id": account.id,
        "_embedded": {"contacts": [{"id": talk.contact_id}], "leads": [{"id": talk.lead_id}] if talk.lead_id else []},
    }


def _message(message: Message) -> dict[str, Any]:
    author = {"id": f"aaac{message.id[4:]}", "type": message.author_type, "name": message.author_name}
    return {
        "id": message.id,
        "type": message.type,
        "message_type": "text",
        "text": message.text,
        "author": author,
        "delivery_status": "delivered",
        "created_at": message.created_at,
    }


ROUTES = (
    Route("GET", PATH, listed),
    Route("GET", f"{PATH}/{{id}}", one),
    Route("POST", f"{PATH}/{{id}}/close", close),
    Route("GET", f"{PATH}/{{id}}/messages", messages),
    Route("POST", f"{PATH}/{{id}}/send_message", send),
)
