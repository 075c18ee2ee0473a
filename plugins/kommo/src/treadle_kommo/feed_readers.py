"""Items about tasks, notes and messages, read. Owns their quirks: a note inside a note, a task one level too deep."""

from __future__ import annotations

import msgspec

from treadle_kommo import leaves
from treadle_kommo.codes import ENTITY_TYPES, NOTE_KINDS
from treadle_kommo.forms import items
from treadle_kommo.leaves import Doubt, Item
from treadle_kommo.readings import Reading
from treadle_kommo.records import Attachment, Message, Note, Task


def task_created(item: Item) -> Reading:
    """A new task."""
    return _task(_unwrapped(item), "task_created", "created_user_id")


def task_changed(item: Item) -> Reading:
    """A change to a task; its completion is the one that is heard."""
    item = _unwrapped(item)
    if item.get("action_close") != "1" or item.get("status") != "1":
        raise Doubt("of changes to a task only its completion has a trigger")
    return _task(item, "task_completed", "modified_by", "modified_user_id", "main_user")


def _task(item: Item, trigger: str, *who: str) -> Reading:
    kind, entity = _entity(item)
    task = Task(
        id=leaves.required(item, "id"),
        text=leaves.text(item, "text") or "",
        is_completed=item.get("status") == "1",
        entity_type=kind,
        entity_id=entity,
        lead_id=entity if kind == "lead" else None,
        contact_id=entity if kind == "contact" else None,
        task_type_id=leaves.integer(item, "task_type"),
        due=leaves.moment(item, "complete_before"),
        result=leaves.text(leaves.group(item, "result"), "text"),
        responsible_user_id=leaves.integer(item, "responsible_user_id"),
        created_by=leaves.integer(item, "created_user_id"),
        created_at=leaves.moment(item, "created_at"),
        updated_at=leaves.moment(item, "updated_at"),
    )
    return Reading(
        trigger=trigger,
        data=task,
        about=f"kommo.{kind}:{entity}" if entity else f"kommo.task:{task.id}",
        version=f"task:{task.id}" if trigger == "task_created" else f"task:{task.id}:completed",
        user=leaves.link(item, *who),
        key=f"{task.id}:{item.get('updated_at', '')}:{item.get('status', '')}",
    )


def note(item: Item) -> Reading:
    """A note, one level deeper than other items."""
    inner = item.get("note", item)
    if not isinstance(inner, dict):
        raise Doubt("note is not a group")
    kind, entity = _entity(inner)
    if entity is None:
        raise Doubt("element_id is missing")
    number = leaves.text(inner, "note_type") or ""
    note = Note(
        id=leaves.required(inner, "id"),
        text=leaves.text(inner, "text") or "",
        kind=NOTE_KINDS.get(number, number),
        entity_type=kind,
        entity_id=entity,
        lead_id=entity if kind == "lead" else None,
        contact_id=entity if kind == "contact" else None,
        attachment=leaves.text(inner, "attachement") or leaves.text(inner, "attachment"),
        author_name=_author_name(inner),
        created_by=leaves.integer(inner, "created_by"),
        created_at=leaves.moment(inner, "created_at"),
        updated_at=leaves.moment(inner, "updated_at", "created_at"),
    )
    return Reading(
        trigger="note_added",
        data=note,
        about=f"kommo.{kind}:{entity}",
        version=f"note:{note.id}",
        user=note.created_by,
        key=str(note.id),
    )


def bare_add(item: Item) -> Reading:
    """An item of a body without a group."""
    # Kommo's reference shows a message under a top-level "add"; reviews of chat templates come under the same key.
    if "chat_id" not in item and "talk_id" not in item:
        raise Doubt("this is no message, and no trigger hears of it")
    return message(item)


def message(item: Item) -> Reading:
    """A message; its own `type` tells the direction."""
    uuid = leaves.text(item, "id")
    if uuid is None:
        raise Doubt("id is missing")
    author = leaves.group(item, "author")
    entity_type = leaves.text(item, "entity_type") or ENTITY_TYPES.get(leaves.text(item, "element_type") or "")
    message = Message(
        id=uuid,
        contact_id=leaves.required(item, "contact_id"),
        text=leaves.text(item, "text") or "",
        kind=leaves.text(item, "message_type") or "text",
        talk_id=leaves.integer(item, "talk_id"),
        chat_id=leaves.text(item, "chat_id"),
        lead_id=leaves.link(item, "entity_id", "element_id") if entity_type == "lead" else None,
        origin=leaves.text(item, "origin"),
        author_name=leaves.text(author, "name"),
        author_kind=leaves.text(author, "type"),
        attachment=_attachment(leaves.group(item, "attachment")),
        created_at=leaves.moment(item, "created_at"),
    )
    sent = item.get("type") == "outgoing"
    return Reading(
        trigger="message_sent" if sent else "message_received",
        data=message,
        about=f"kommo.contact:{message.contact_id}",
        version=f"message:{uuid}",
        key=uuid,
        bot=sent and message.author_kind == "bot",
    )


def message_sent(item: Item) -> Reading:
    """A message out of a group that only holds outgoing ones."""
    return message({**item, "type": "outgoing"})


def _entity(item: Item) -> tuple[str, int | None]:
    number = leaves.text(item, "element_type")
    return ENTITY_TYPES.get(number or "", number or ""), leaves.link(item, "element_id") or None


def _unwrapped(item: Item) -> Item:
    """Some accounts send a task one level deeper, `task[update][0][0][id]`."""
    inner = [child for key, child in items(dict(item)) if key == "0"]
    return inner[0] if "id" not in item and inner and isinstance(inner[0], dict) else item


def _author_name(note: Item) -> str | None:
    try:
        return msgspec.json.decode(leaves.text(note, "metadata") or "{}", type=_Metadata).event_source.author_name
    except msgspec.DecodeError:
        return None  # the note is told without it; the metadata is Kommo's own and undocumented


def _attachment(item: Item) -> Attachment | None:
    if not item:
        return None
    return Attachment(
        kind=leaves.text(item, "type"), url=leaves.text(item, "link"), file_name=leaves.text(item, "file_name")
    )


class _Source(msgspec.Struct):
    author_name: str | None = None


class _Metadata(msgspec.Struct):
    event_source: _Source = msgspec.field(default_factory=_Source)
