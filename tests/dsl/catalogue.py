"""The small world that the language's tests are checked against: plugins as data, one connected account."""

from __future__ import annotations

from treadle.dsl.catalogue import Account, ActionSpec, Catalogue, Choice, Param, PluginSpec, TriggerSpec
from treadle.dsl.typesystem import (
    BOOL,
    DATETIME,
    INT,
    JSON,
    NUMBER,
    TEXT,
    Field,
    ListOf,
    MapOf,
    Named,
    Optional,
    Record,
    Type,
)

LEAD, CONTACT = Named("kommo.Lead"), Named("kommo.Contact")


def _record(name: str, *fields: Field) -> Record:
    return Record(fields, name)


def _later(name: str, type: Type) -> Field:
    return Field(name, type, carried=False)


def _optional(*names: str, type: Type = TEXT) -> tuple[Field, ...]:
    return tuple(Field(name, Optional(type)) for name in names)


def _params(optional: dict[str, Type] | None = None, /, **required: Type) -> tuple[Param, ...]:
    given = tuple(Param(name, of) for name, of in required.items())
    return given + tuple(Param(name, Optional(of), required=False) for name, of in (optional or {}).items())


def _action(name: str, params: tuple[Param, ...], returns: Type | None, effect: str, **more: object) -> ActionSpec:
    return ActionSpec(name=name, doc=name, params=params, returns=returns, effect=effect, **more)  # type: ignore[arg-type]


_RECORDS = {
    "Lead": _record(
        "kommo.Lead",
        Field("id", INT),
        Field("name", TEXT),
        Field("price", NUMBER),
        Field("updated_at", DATETIME),
        Field("tags", ListOf(TEXT)),
        _later("source", Optional(TEXT)),
        _later("main_contact_id", Optional(INT)),
        _later("fields", MapOf(JSON)),
    ),
    "Contact": _record("kommo.Contact", Field("id", INT), *_optional("first_name", "last_name", "phone", "timezone")),
    "LeadStageChanged": _record("kommo.LeadStageChanged", Field("lead_id", INT), Field("stage", TEXT)),
    "Message": _record("kommo.Message", Field("contact_id", INT), Field("text", TEXT)),
    "Task": _record("kommo.Task", Field("id", INT), Field("lead", Optional(LEAD))),
}

_TRIGGERS = {
    "lead_created": LEAD,
    "lead_updated": LEAD,
    "contact_created": CONTACT,
    "lead_stage_changed": Named("kommo.LeadStageChanged"),
    "message_received": Named("kommo.Message"),
    "task_created": Named("kommo.Task"),
}

_STAGE = Param("stage", TEXT, pick="stages", within="pipeline")
_PIPELINE = Param("pipeline", Optional(TEXT), required=False, pick="pipelines")
_FIELDS = Param("fields", Optional(MapOf(JSON)), required=False, pick="lead_fields")
_ACTIONS = (
    _action("get_lead", _params(lead_id=INT), LEAD, "idempotent", reads=True),
    _action("get_contact", _params(contact_id=INT), CONTACT, "idempotent", reads=True),
    _action("find_leads", _params({"stage": TEXT, "limit": INT}), ListOf(LEAD), "idempotent", reads=True),
    _action("update_lead", (*_params({"price": NUMBER, "name": TEXT}, lead_id=INT), _FIELDS), LEAD, "idempotent"),
    _action("move_lead", (Param("lead_id", INT), _STAGE, _PIPELINE), None, "idempotent", timeout=20.0),
    _action("add_tags", _params(lead_id=INT, tags=ListOf(TEXT)), None, "idempotent"),
    _action("add_note", _params(lead_id=INT, text=TEXT), Named("kommo.Task"), "checkable"),
    _action("create_task", _params({"due": DATETIME}, lead_id=INT, text=TEXT), Named("kommo.Task"), "checkable"),
    _action("send_message", _params(contact_id=INT, text=TEXT), None, "blind", messages=True),
)

KOMMO = PluginSpec(
    name="kommo",
    doc="A CRM.",
    triggers={name: TriggerSpec(name=name, doc=name, payload=payload) for name, payload in _TRIGGERS.items()},
    actions={each.name: each for each in _ACTIONS},
    records=_RECORDS,
    connects=True,
)

_RESPONSE = _record("http.Response", Field("status", INT), Field("ok", BOOL), Field("json", JSON))
HTTP = PluginSpec(
    name="http",
    doc="Plain HTTP.",
    actions={
        "get": _action("get", _params(url=TEXT), Named("http.Response"), "idempotent", reads=True),
        "post": _action(
            "post", _params({"json": JSON, "headers": MapOf(TEXT)}, url=TEXT), Named("http.Response"), "blind"
        ),
    },
    records={"Response": _RESPONSE},
)

SUPABASE = PluginSpec(
    name="supabase",
    doc="Rows.",
    triggers={
        "row_inserted": TriggerSpec(
            name="row_inserted", doc="", payload=Named("supabase.Row"), params=(Param("table", TEXT, pick="tables"),)
        )
    },
    actions={"insert": _action("insert", _params(table=TEXT, rows=ListOf(JSON)), None, "idempotent")},
    records={"Row": _record("supabase.Row", Field("record", JSON), Field("old", Optional(JSON)))},
    connects=True,
)

ACCOUNT = Account(
    plugin="kommo",
    connection="main",
    choices={
        "stages": (
            Choice("0", "New", "Sales"),
            Choice("1", "Qualified", "Sales", formerly=("Accepted",)),
            Choice("2", "Won"),
            Choice("3", "Lost"),
            Choice("4", "Waiting", "Sales"),
            Choice("5", "Waiting", "Partners"),
        ),
        "pipelines": (Choice("10", "Sales"), Choice("11", "Partners")),
        "lead_fields": (
            Choice("20", "Segment", type="text?"),
            Choice("21", "Discount", type="number?", formerly=("Rebate",)),
            Choice("22", "Interests", type="json"),
        ),
    },
)

CATALOGUE = Catalogue(
    plugins={each.name: each for each in (KOMMO, HTTP, SUPABASE)}, accounts={"main": ACCOUNT}, zone="Europe/Madrid"
)
