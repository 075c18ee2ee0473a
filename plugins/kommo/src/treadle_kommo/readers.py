"""Which item of a webhook is read how: the one table of groups and actions.

Every reader is pure and raises `Doubt` when the item makes no sense or no trigger hears of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from treadle_kommo.company_readers import decided, incoming, removed
from treadle_kommo.entity_readers import contact, lead, stage_change
from treadle_kommo.feed_readers import bare_add, message, message_sent, note, task_changed, task_created
from treadle_kommo.leaves import Item
from treadle_kommo.readings import Reading

READERS: Mapping[tuple[str, str], Callable[[Item], Reading]] = {
    ("leads", "add"): lead("lead_created"),
    ("leads", "update"): lead("lead_updated"),
    ("leads", "responsible"): lead("lead_updated"),
    ("leads", "status"): stage_change,
    ("leads", "delete"): removed("lead"),
    ("leads", "note"): note,
    ("contacts", "add"): contact("contact_created"),
    ("contacts", "update"): contact("contact_updated"),
    ("contacts", "responsible"): contact("contact_updated"),
    ("contacts", "delete"): removed("contact"),
    ("contacts", "note"): note,
    ("companies", "note"): note,
    ("customers", "note"): note,
    ("task", "add"): task_created,
    ("task", "update"): task_changed,
    ("message", "add"): message,
    ("outgoing_message", "add"): message_sent,
    ("", "add"): bare_add,
    ("unsorted", "add"): incoming,
    ("unsorted", "delete"): decided,
}
"""By group and action of the body. What is not here has no trigger and is kept unread."""
