"""What the simulated account holds. Owns the shapes and the counters; no rules, no HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct, field


class Enum(Struct):
    """One option of a custom field."""

    id: int
    value: str
    code: str | None = None


class Field(Struct):
    """A custom field's definition."""

    id: int
    name: str
    type: str
    code: str | None = None
    enums: list[Enum] = []


class Value(Struct):
    """One value of a custom field."""

    value: Any
    enum: Enum | None = None


class Stage(Struct):
    """A stage of a pipeline; type 1 holds incoming leads."""

    id: int
    name: str
    sort: int
    type: int = 0


class Pipeline(Struct):
    """A pipeline with its stages in order, the two system stages last."""

    id: int
    name: str
    is_main: bool
    stages: list[Stage]


class User(Struct):
    """A user of the account."""

    id: int
    name: str
    email: str
    is_admin: bool = False


class Entity(Struct, kw_only=True):
    """What leads and contacts have in common. Times are Unix seconds; `values` are custom fields by id."""

    id: int
    name: str
    responsible_user_id: int
    created_by: int
    updated_by: int
    created_at: int
    updated_at: int
    values: dict[int, list[Value]] = field(default_factory=dict)
    tags: list[int] = field(default_factory=list)
    companies: list[int] = field(default_factory=list)


class Lead(Entity, kw_only=True):
    """A lead; the first of `contacts` is the main one."""

    price: int
    status_id: int
    pipeline_id: int
    loss_reason_id: int | None = None
    closed_at: int | None = None
    contacts: list[int] = field(default_factory=list)
    source_id: int | None = None


class Contact(Entity, kw_only=True):
    """A person."""

    first_name: str = ""
    last_name: str = ""


class Unsorted(Struct, kw_only=True):
    """A request that waits, and the lead that stands for it."""

    uid: str
    category: str
    pipeline_id: int
    lead_id: int
    source_name: str
    created_at: int


class Note(Struct, kw_only=True):
    """A note; `entity_type` is the word of the route."""

    id: int
    entity_type: str
    entity_id: int
    note_type: str
    params: dict[str, Any]
    responsible_user_id: int
    created_by: int
    updated_by: int
    created_at: int
    updated_at: int


class Task(Struct, kw_only=True):
    """A task; `entity_type` is `leads`, `contacts` or None."""

    id: int
    entity_type: str | None
    entity_id: int | None
    text: str
    task_type_id: int
    complete_till: int
    responsible_user_id: int
    created_by: int
    updated_by: int
    created_at: int
    updated_at: int
    duration: int = 0
    is_completed: bool = False
    result: str | None = None


class Tag(Struct):
    """A tag of the leads or of the contacts."""

    id: int
    name: str
    color: str | None = None


class Talk(Struct, kw_only=True):
    """A conversation with a contact in one channel."""

    id: int
    chat_id: str
    contact_id: int
    lead_id: int | None
    origin: str
    created_at: int
    updated_at: int
    is_in_work: bool = True
    is_read: bool = False


class Message(Struct, kw_only=True):
    """One message; `author_type` is external, internal or bot."""

    id: str
    talk_id: int
    type: str
    text: str
    author_type: str
    author_name: str
    created_at: int


class Webhook(Struct, kw_only=True):
    """A subscription; the destination is its key."""

    id: int
    destination: str
    settings: list[str]
    sort: int
    created_by: int
    created_at: int
    updated_at: int
    disabled: bool = False


class Account(Struct, kw_only=True):
    """Everything there is. `clock` gives Unix seconds."""

    id: int
    name: str
    subdomain: str
    base_url: str
    token: str
    token_user: int
    person: int
    clock: Callable[[], float]
    users: dict[int, User] = field(default_factory=dict)
    pipelines: dict[int, Pipeline] = field(default_factory=dict)
    fields: dict[str, dict[int, Field]] = field(default_factory=dict)
    tags: dict[str, dict[int, Tag]] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    task_types: dict[int, str] = field(default_factory=dict)
    leads: dict[int, Lead] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    companies: dict[int, Entity] = field(default_factory=dict)
    unsorted: dict[str, Unsorted] = field(default_factory=dict)
    notes: dict[int, Note] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    talks: dict[int, Talk] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    counters: dict[str, Iterator[int]] = field(default_factory=dict)

    def now(self) -> int:
        """The present second."""
        return int(self.clock())

    def next_id(self, kind: str) -> int:
        """The next id of that kind, the same sequence in every run."""
        return next(self.counters.setdefault(kind, itertools.count(_FIRST[kind])))

    def uuid(self) -> str:
        """A UUID that is the same in every run."""
        return f"c0de0000-0000-4000-8000-{self.next_id('uuid'):012d}"

    def tag(self, kind: str, name: str) -> Tag:
        """The tag of that name in the dictionary of leads or contacts, made when there is none."""
        tags = self.tags.setdefault(kind, {})
        found = next((tag for tag in tags.values() if tag.name == name), None)
        if found is None:
            found = Tag(self.next_id("tag"), name)
            tags[found.id] = found
        return found


_FIRST = {
    "lead": 70003,
    "contact": 80002,
    "note": 95001,
    "task": 90001,
    "tag": 2,
    "talk": 192,
    "webhook": 1,
    "uuid": 1,
}
