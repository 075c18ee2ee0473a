"""The small world that the language's tests are checked against: plugins as data, one connected account."""

from __future__ import annotations

import msgspec

from treadle.dsl.catalogue import Account, ActionSpec, Catalogue, Cause, Choice, Param, PluginSpec, Shape, TriggerSpec
from treadle.dsl.typesystem import (
    BOOL,
    DATETIME,
    DURATION,
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
    "Deal": _record(
        "kommo.Deal", Field("id", INT), Field("name", TEXT), Field("fields", MapOf(JSON)), *_optional("stage")
    ),
    "Task": _record("kommo.Task", Field("id", INT), Field("lead", Optional(LEAD))),
}

_TRIGGERS = {
    "lead_created": LEAD,
    "lead_updated": LEAD,
    "contact_created": CONTACT,
    "lead_stage_changed": Named("kommo.LeadStageChanged"),
    "message_received": Named("kommo.Message"),
    "deal_closed": Named("kommo.Deal"),
    "task_created": Named("kommo.Task"),
}

_EXAMPLES = {"lead_created": b'{"id": 70001, "name": "Ana", "price": 900.5, "updated_at": "2026-01-05T09:00:00Z"}'}

_ENTITIES = {
    "lead_created": "kommo.lead:{id}",
    "lead_updated": "kommo.lead:{id}",
    "lead_stage_changed": "kommo.lead:{lead_id}",
}

_STAGE = Param("stage", TEXT, pick="stages", within="pipeline")
_PIPELINE = Param("pipeline", Optional(TEXT), required=False, pick="pipelines")
_FIELDS = Param("fields", Optional(MapOf(JSON)), required=False, pick="lead_fields")
_A_LEAD = "kommo.lead:{lead_id}"
_ACTIONS = (
    _action("get_lead", _params(lead_id=INT), LEAD, "idempotent", reads=True),
    _action("get_contact", _params(contact_id=INT), CONTACT, "idempotent", reads=True),
    _action("list_notes", _params({"limit": INT}, lead_id=INT), ListOf(JSON), "idempotent", reads=True),
    _action("create_lead", _params({"tags": ListOf(TEXT)}, name=TEXT), LEAD, "checkable", writes="kommo.lead:*"),
    _action("find_leads", _params({"stage": TEXT, "limit": INT}), ListOf(LEAD), "idempotent", reads=True),
    _action(
        "update_lead",
        (*_params({"price": NUMBER, "name": TEXT}, lead_id=INT), _FIELDS),
        LEAD,
        "idempotent",
        causes=(Cause("kommo.lead_updated", {"id": "lead_id", "price": "price", "name": "name"}),),
        writes=_A_LEAD,
    ),
    _action(
        "move_lead",
        (Param("lead_id", INT), _STAGE, _PIPELINE),
        None,
        "idempotent",
        timeout=20.0,
        causes=(
            Cause("kommo.lead_stage_changed", {"lead_id": "lead_id", "stage": "stage"}),
            Cause("kommo.lead_updated", {"id": "lead_id"}),
        ),
        writes=_A_LEAD,
    ),
    _action(
        "add_tags",
        _params(lead_id=INT, tags=ListOf(TEXT)),
        None,
        "idempotent",
        causes=(Cause("kommo.lead_updated", {"id": "lead_id"}),),
        writes=_A_LEAD,
        adds=True,
    ),
    _action("add_note", _params(lead_id=INT, text=TEXT), Named("kommo.Task"), "checkable", writes=_A_LEAD, adds=True),
    _action(
        "create_task",
        _params({"due": DATETIME}, lead_id=INT, text=TEXT),
        Named("kommo.Task"),
        "checkable",
        causes=(Cause("kommo.task_created"),),
        writes=_A_LEAD,
        adds=True,
    ),
    _action("send_message", _params(contact_id=INT, text=TEXT), None, "blind", messages=True),
)

KOMMO = PluginSpec(
    name="kommo",
    doc="A CRM.",
    triggers={
        name: TriggerSpec(
            name=name,
            doc=name,
            payload=payload,
            entity=_ENTITIES.get(name),
            example=msgspec.Raw(_EXAMPLES.get(name, b"{}")),
        )
        for name, payload in _TRIGGERS.items()
    },
    actions={each.name: each for each in _ACTIONS},
    records=_RECORDS,
    connects=True,
    shapes={"Deal.fields": Shape("lead_fields"), "Deal.stage": Shape("stages", "pipeline")},
)

_RESPONSE = _record("http.Response", Field("status", INT), Field("ok", BOOL), Field("json", JSON))
HTTP = PluginSpec(
    name="http",
    doc="Plain HTTP.",
    actions={
        "get": _action("get", _params(url=TEXT), Named("http.Response"), "idempotent", reads=True),
        "post": _action(
            "post",
            _params({"json": JSON, "headers": MapOf(TEXT), "idempotency_key": TEXT}, url=TEXT),
            Named("http.Response"),
            "blind",
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
    actions={
        "insert": _action("insert", _params(table=TEXT, rows=ListOf(JSON)), None, "idempotent"),
        "select_one": _action("select_one", _params(table=TEXT, match=MapOf(JSON)), JSON, "idempotent", reads=True),
    },
    records={"Row": _record("supabase.Row", Field("record", JSON), Field("old", Optional(JSON)))},
    connects=True,
    shapes={"Row.record": Shape("columns", "table"), "select_one": Shape("columns", "table")},
)

OPENROUTER = PluginSpec(
    name="openrouter",
    doc="Models.",
    actions={
        "complete": _action(
            "complete",
            (Param("model", TEXT, pick="models", tail=":@~"), Param("prompt", TEXT)),
            TEXT,
            "idempotent",
            timeout=120.0,
        )
    },
    connects=True,
    asks=Param("model", TEXT, pick="models", tail=":@~"),
)

_OWN = {
    "RunFailed": (Field("rule", TEXT), Field("failed_last_5_min", INT)),
    "NewError": (Field("rule", TEXT), Field("code", TEXT)),
    "WorkerLost": (Field("name", TEXT),),
    "JobSlow": (Field("rule", TEXT), Field("duration", DURATION)),
}
_OWN_TRIGGERS = {"run_failed": "RunFailed", "new_error": "NewError", "worker_lost": "WorkerLost", "job_slow": "JobSlow"}
TREADLE = PluginSpec(
    name="treadle",
    doc="The platform's own events.",
    triggers={
        name: TriggerSpec(name=name, doc=name, payload=Named(f"treadle.{record}"))
        for name, record in _OWN_TRIGGERS.items()
    },
    records={name: _record(f"treadle.{name}", *fields) for name, fields in _OWN.items()},
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

ROWS = Account(
    plugin="supabase",
    connection="rows",
    choices={
        "columns": (
            Choice("invoices.id", "id", "invoices", "int"),
            Choice("invoices.status", "status", "invoices", "text", ("state",)),
            Choice("invoices.paid_at", "paid_at", "invoices", "datetime?"),
            Choice("invoices.items", "items", "invoices", "json"),
        ),
    },
)

MODELS = Account(
    plugin="openrouter",
    connection="openrouter",
    choices={"models": tuple(Choice(each, each) for each in ("openai/gpt-4o-mini", "mistralai/mistral-small"))},
)

CATALOGUE = Catalogue(
    plugins={each.name: each for each in (KOMMO, HTTP, SUPABASE, OPENROUTER, TREADLE)},
    accounts={"main": ACCOUNT, "openrouter": MODELS, "rows": ROWS},
    zone="Europe/Madrid",
)
