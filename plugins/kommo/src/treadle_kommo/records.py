"""The things that rules see: leads, contacts, notes, tasks, messages and changes of stage.

Owns their shapes, one for webhooks and REST alike. A field marked `not_carried` is not in a webhook's body; the trigger
reads it when a rule needs it. The defaults are for events that a person puts in by hand; a webhook that lacks what it
must have is not read at all.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct, field

from treadle.sdk import Pick, not_carried

_FIELDS = Meta(
    description="Custom fields by name: one value, or a list where there are several. Webhooks write every value as "
    "text and dates as Unix seconds."
)
LeadFields: TypeAlias = Annotated[dict[str, Any], Pick("lead_fields"), _FIELDS]
ContactFields: TypeAlias = Annotated[dict[str, Any], Pick("contact_fields"), _FIELDS]
StageName: TypeAlias = Annotated[str | None, not_carried, Pick("stages", "pipeline")]
PipelineName: TypeAlias = Annotated[str | None, not_carried, Pick("pipelines")]
UserId: TypeAlias = Annotated[int | None, Meta(description="A user; 0 is a robot of the account.")]


def _now() -> datetime:
    return datetime.now(UTC)


class Lead(Struct, frozen=True, kw_only=True):
    """A lead (a deal)."""

    id: int
    name: str = ""
    price: Annotated[Decimal, Meta(description="The budget, in the account's currency; 0 when none is given.")] = (
        Decimal(0)
    )
    updated_at: datetime = field(default_factory=_now)
    created_at: datetime | None = None
    pipeline_id: int | None = None
    stage_id: int | None = None
    pipeline: Annotated[PipelineName, Meta(description="The pipeline's name.")] = None
    stage: Annotated[StageName, Meta(description="The stage's name; the two system stages are Won and Lost.")] = None
    responsible_user_id: UserId = None
    created_by: UserId = None
    updated_by: UserId = None
    tags: list[str] = []
    fields: LeadFields = {}
    source: Annotated[str | None, not_carried, Meta(description="The name of the lead's source.")] = None
    main_contact_id: Annotated[int | None, not_carried] = None
    contact_ids: Annotated[list[int], not_carried] = []
    company_id: Annotated[int | None, not_carried] = None


class Contact(Struct, frozen=True, kw_only=True):
    """A person."""

    id: int
    name: str = ""
    updated_at: datetime = field(default_factory=_now)
    created_at: datetime | None = None
    first_name: Annotated[str | None, not_carried] = None
    last_name: Annotated[str | None, not_carried] = None
    phone: Annotated[str | None, Meta(description="The first phone number.")] = None
    email: Annotated[str | None, Meta(description="The first e-mail address.")] = None
    timezone: Annotated[
        str | None, Meta(description='The custom field "Timezone", if the account has one: a name like Europe/Madrid.')
    ] = None
    responsible_user_id: UserId = None
    created_by: UserId = None
    updated_by: UserId = None
    tags: list[str] = []
    fields: ContactFields = {}
    lead_ids: list[int] = []
    company_id: Annotated[int | None, not_carried] = None


class Company(Struct, frozen=True, kw_only=True):
    """A company."""

    id: int
    name: str = ""
    updated_at: datetime = field(default_factory=_now)
    created_at: datetime | None = None
    phone: Annotated[str | None, Meta(description="The first phone number.")] = None
    email: Annotated[str | None, Meta(description="The first e-mail address.")] = None
    responsible_user_id: UserId = None
    created_by: UserId = None
    updated_by: UserId = None
    tags: list[str] = []
    fields: Annotated[dict[str, Any], _FIELDS] = {}
    lead_ids: list[int] = []
    contact_ids: Annotated[list[int], not_carried] = []


class Removed(Struct, frozen=True, kw_only=True):
    """A lead or a contact that was deleted."""

    id: int
    stage_id: int | None = None
    pipeline_id: int | None = None


class Incoming(Struct, frozen=True, kw_only=True):
    """A request that waits among the incoming leads until somebody accepts or declines it."""

    uid: str
    category: Annotated[str, Meta(description="forms, mail, chats or sip (a call).")] = ""
    lead_id: Annotated[int | None, Meta(description="The lead that stands for it.")] = None
    name: Annotated[str | None, Meta(description="The lead's name.")] = None
    pipeline_id: int | None = None
    source: Annotated[str | None, Meta(description="What it came from, such as the name of the form.")] = None
    created_at: datetime | None = None


class Decided(Struct, frozen=True, kw_only=True):
    """An incoming lead that was accepted or declined."""

    uid: str
    category: str = ""
    lead_id: int | None = None
    decided_by: UserId = None
    created_at: datetime | None = None


class StageChange(Struct, frozen=True, kw_only=True):
    """A lead went from one stage to another."""

    lead_id: int
    stage_id: int | None = None
    old_stage_id: int | None = None
    pipeline_id: int | None = None
    old_pipeline_id: int | None = None
    stage: Annotated[StageName, Meta(description="The new stage's name; the two system stages are Won and Lost.")] = (
        None
    )
    old_stage: Annotated[str | None, not_carried, Pick("stages"), Meta(description="The name of the stage before.")] = (
        None
    )
    pipeline: Annotated[PipelineName, Meta(description="The name of the pipeline it is in now.")] = None
    name: str | None = None
    price: Decimal | None = None
    responsible_user_id: UserId = None
    changed_by: UserId = None
    changed_at: datetime | None = None


class Attachment(Struct, frozen=True, kw_only=True):
    """A file that came with a message or a note."""

    kind: str | None = None
    url: str | None = None
    file_name: str | None = None


class Message(Struct, frozen=True, kw_only=True):
    """One message of a chat with a contact."""

    contact_id: int
    id: str = ""
    text: Annotated[str, Meta(description="Empty when the message is a picture, a voice note or a file.")] = ""
    kind: Annotated[
        str, Meta(description="text, picture, voice, file, video, audio, sticker, location or contact.")
    ] = "text"
    talk_id: int | None = None
    chat_id: str | None = None
    lead_id: int | None = None
    origin: Annotated[str | None, Meta(description="The channel, such as telegram or waba (WhatsApp).")] = None
    author_name: str | None = None
    author_kind: Annotated[str | None, Meta(description="external (the client), internal (a user) or bot.")] = None
    attachment: Attachment | None = None
    created_at: datetime | None = None


class Task(Struct, frozen=True, kw_only=True):
    """A task for a user, mostly on a lead or a contact."""

    id: int
    text: str = ""
    is_completed: bool = False
    entity_type: Annotated[str, Meta(description="lead, contact, company or customer; empty for none.")] = ""
    entity_id: int | None = None
    lead_id: int | None = None
    contact_id: int | None = None
    task_type_id: int | None = None
    due: datetime | None = None
    result: str | None = None
    responsible_user_id: UserId = None
    created_by: UserId = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Note(Struct, frozen=True, kw_only=True):
    """A note in the feed of a lead, a contact or a company."""

    id: int
    text: str = ""
    kind: Annotated[str, Meta(description="common for what a person writes; call_in, attachment and so on.")] = "common"
    entity_type: Annotated[str, Meta(description="lead, contact, company or customer.")] = ""
    entity_id: int | None = None
    lead_id: int | None = None
    contact_id: int | None = None
    attachment: str | None = None
    author_name: str | None = None
    created_by: UserId = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Written(Struct, frozen=True, kw_only=True):
    """What a write was answered with."""

    id: int
    updated_at: datetime | None = None


class SentMessage(Struct, frozen=True, kw_only=True):
    """A message that Kommo took on. Whether it was delivered shows in the chat."""

    id: str
    talk_id: int
