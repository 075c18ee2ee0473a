"""The account that the stand-in starts with: acme, 31000111, with everything that the sample deliveries name."""

from __future__ import annotations

from collections.abc import Callable

from treadle_kommo.simulator.state import (
    Account,
    Contact,
    Enum,
    Field,
    Lead,
    Pipeline,
    Stage,
    Tag,
    Talk,
    User,
    Value,
)

TOKEN = "kommo-simulator-long-lived-token"
ADMIN, AUTOMATION, SELLER = 900010, 900020, 900030
_CREATED = 1763892000


def seeded(base_url: str, clock: Callable[[], float]) -> Account:
    """A fresh account. Its token belongs to a user of its own, so that people's changes are not taken for ours."""
    return Account(
        id=31000111,
        name="Acme",
        subdomain="acme",
        base_url=base_url.rstrip("/"),
        token=TOKEN,
        token_user=AUTOMATION,
        person=ADMIN,
        clock=clock,
        users={
            ADMIN: User(ADMIN, "Ann", "ann@acme.example", is_admin=True),
            AUTOMATION: User(AUTOMATION, "Automation", "automation@acme.example", is_admin=True),
            SELLER: User(SELLER, "Sam", "sam@acme.example"),
        },
        pipelines={5001: _sales(), 5002: _partners()},
        fields={"leads": _by_id(_lead_fields()), "contacts": _by_id(_contact_fields())},
        tags={"leads": {1: Tag(1, "import")}, "contacts": {}},
        sources={3650: "Site", 3651: "Instagram"},
        task_types={1: "Follow-up", 2: "Meeting"},
        leads={70001: _ana_lead(), 70002: _big_lead()},
        contacts={80001: _ana()},
        talks={191: _talk()},
    )


def _by_id(fields: list[Field]) -> dict[int, Field]:
    return {field.id: field for field in fields}


def _sales() -> Pipeline:
    names = ["Initial contact", "Qualified", "Quote", "New"]
    return _pipeline(5001, "Sales", names, is_main=True)


def _partners() -> Pipeline:
    return _pipeline(5002, "Partners", ["First talk", "Agreement"], is_main=False)


def _pipeline(id: int, name: str, names: list[str], *, is_main: bool) -> Pipeline:
    first = 5000 + (id - 5000) * 100
    own = [Stage(first + number, each, 10 * (number + 1)) for number, each in enumerate(names, start=1)]
    system = [Stage(142, "Closed - won", 10000), Stage(143, "Closed - lost", 11000)]
    return Pipeline(id, name, is_main, [Stage(first, "Incoming leads", 10, type=1), *own, *system])


def _lead_fields() -> list[Field]:
    return [
        Field(11, "Plan", "select", enums=[Enum(501, "Gold"), Enum(502, "Silver")]),
        Field(12, "Renewal", "date"),
        Field(13, "Segment", "select", enums=[Enum(511, "gold"), Enum(512, "silver"), Enum(513, "agent")]),
        Field(14, "Discount", "numeric"),
        Field(15, "Comment", "textarea"),
        Field(16, "Newsletter", "checkbox"),
        Field(17, "Interests", "multiselect", enums=[Enum(521, "Whitening"), Enum(522, "Implants")]),
        Field(31, "Referrer", "tracking_data", code="REFERRER"),
    ]


def _contact_fields() -> list[Field]:
    phone = [Enum(601, "WORK", "WORK"), Enum(603, "MOB", "MOB"), Enum(604, "HOME", "HOME"), Enum(605, "OTHER", "OTHER")]
    email = [Enum(602, "WORK", "WORK"), Enum(606, "PRIV", "PRIV"), Enum(607, "OTHER", "OTHER")]
    return [
        Field(21, "Phone", "multitext", "PHONE", phone),
        Field(22, "Email", "multitext", "EMAIL", email),
        Field(23, "Position", "text", "POSITION"),
        Field(24, "Timezone", "text"),
        Field(25, "Birthday", "birthday"),
        Field(26, "Channel", "radiobutton", enums=[Enum(611, "Phone"), Enum(612, "Chat")]),
    ]


def _ana_lead() -> Lead:
    return Lead(
        id=70001,
        name="Ana Lopez",
        price=900,
        status_id=5101,
        pipeline_id=5001,
        responsible_user_id=ADMIN,
        created_by=ADMIN,
        updated_by=ADMIN,
        created_at=_CREATED,
        updated_at=_CREATED,
        values={11: [Value("Gold", Enum(501, "Gold"))], 13: [Value("gold", Enum(511, "gold"))]},
        contacts=[80001],
        source_id=3650,
    )


def _big_lead() -> Lead:
    return Lead(
        id=70002,
        name="Big Deal GmbH",
        price=25000,
        status_id=5101,
        pipeline_id=5001,
        responsible_user_id=ADMIN,
        created_by=ADMIN,
        updated_by=ADMIN,
        created_at=_CREATED,
        updated_at=_CREATED,
        tags=[1],
    )


def _ana() -> Contact:
    return Contact(
        id=80001,
        name="Ana Lopez",
        first_name="Ana",
        last_name="Lopez",
        responsible_user_id=ADMIN,
        created_by=ADMIN,
        updated_by=ADMIN,
        created_at=_CREATED,
        updated_at=_CREATED + 500,
        values={
            21: [Value("+34600000001", Enum(601, "WORK", "WORK"))],
            22: [Value("ana@example.com", Enum(602, "WORK", "WORK"))],
            24: [Value("Europe/Madrid")],
        },
    )


def _talk() -> Talk:
    return Talk(
        id=191,
        chat_id="f7430000-0000-4000-8000-000000000001",
        contact_id=80001,
        lead_id=70001,
        origin="telegram",
        created_at=_CREATED,
        updated_at=_CREATED,
    )
