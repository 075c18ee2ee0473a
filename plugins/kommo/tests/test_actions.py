"""Every action against the stand-in, with what Kommo does that surprises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from treadle.dsl.catalogue import Shape
from treadle.sdk import ActionFailed, InDoubt, NotSent
from treadle.sdk.schema import plugin_spec
from treadle_kommo import plugin
from treadle_kommo.simulator.simulation import Fault

DUE = datetime(2025, 12, 1, 9, 0, tzinfo=UTC)


# --- leads -----------------------------------------------------------------------------------------------------------


async def test_get_lead(world: Any) -> None:
    lead = await world.do("get_lead", lead_id=70001)
    assert (lead.name, lead.price, lead.source, lead.main_contact_id) == ("Ana Lopez", Decimal(900), "Site", 80001)
    assert (lead.stage, lead.pipeline) == ("Initial contact", "Sales")
    assert lead.fields == {"Plan": "Gold", "Segment": "gold"}


async def test_a_missing_lead_is_not_found(world: Any) -> None:
    with pytest.raises(ActionFailed) as failed:
        await world.do("get_lead", lead_id=5)
    assert failed.value.code == "not_found"
    assert "lead 5" in failed.value.message


async def test_add_tags_leaves_the_others(world: Any) -> None:
    ctx = world.ctx()
    for _ in range(2):
        await world.do("add_tags", ctx=ctx, lead_id=70002, tags=["vip", "import"])
    assert (await world.do("get_lead", lead_id=70002)).tags == ["import", "vip"]
    assert ctx.versions == [str(world.sim.account.now())] * 2


async def test_remove_tags(world: Any) -> None:
    await world.do("add_tags", lead_id=70002, tags=["vip"])
    for _ in range(2):
        await world.do("remove_tags", lead_id=70002, tags=["import", "never seen"])
    assert (await world.do("get_lead", lead_id=70002)).tags == ["vip"]
    with pytest.raises(ActionFailed):
        await world.do("remove_tags", lead_id=70002, tags=[])


async def test_the_responsible_user_by_name(world: Any) -> None:
    await world.do("update_lead", lead_id=70001, responsible="Sam")
    made = await world.do("create_lead", name="Walk-in", responsible="Automation")
    leads = world.sim.account.leads
    assert (leads[70001].responsible_user_id, leads[made.id].responsible_user_id) == (900030, 900020)
    with pytest.raises(ActionFailed):
        await world.do("update_lead", lead_id=70001, responsible="Nobody")


async def test_what_the_account_holds_has_types(world: Any) -> None:
    fields = {each.name: each.type for each in world.choices["lead_fields"]}
    assert (fields["Segment"], fields["Discount"], fields["Interests"]) == ("text?", "number?", "json")
    assert {each.name: each.type for each in world.choices["contact_fields"]}["Timezone"] == "text?"


async def test_writing_to_a_missing_lead_is_not_found(world: Any) -> None:
    with pytest.raises(ActionFailed) as failed:
        await world.do("add_tags", lead_id=5, tags=["vip"])
    assert failed.value.code == "not_found"


async def test_move_lead_by_name(world: Any) -> None:
    await world.do("move_lead", lead_id=70001, stage="Qualified")
    lead = await world.do("get_lead", lead_id=70001)
    assert (lead.stage, lead.stage_id, lead.pipeline_id) == ("Qualified", 5102, 5001)


async def test_move_lead_to_another_pipeline(world: Any) -> None:
    await world.do("move_lead", lead_id=70001, stage="Agreement")
    lead = await world.do("get_lead", lead_id=70001)
    assert (lead.stage, lead.pipeline) == ("Agreement", "Partners")


@pytest.mark.parametrize(("stage", "number"), [("Won", 142), ("Lost", 143), ("won", 142)])
async def test_move_lead_to_a_system_stage(world: Any, stage: str, number: int) -> None:
    await world.do("move_lead", lead_id=70001, stage=stage)
    lead = await world.do("get_lead", lead_id=70001)
    assert (lead.stage_id, lead.pipeline_id, lead.stage) == (number, 5001, stage.capitalize())
    assert world.sim.account.leads[70001].closed_at == world.sim.account.now()


async def test_an_ambiguous_stage_needs_its_pipeline(world: Any) -> None:
    with pytest.raises(ActionFailed):
        await world.do("move_lead", lead_id=70001, stage="Incoming leads")
    await world.do("move_lead", lead_id=70001, stage="Incoming leads", pipeline="Partners")
    assert world.sim.account.leads[70001].status_id == 5200


async def test_update_lead(world: Any) -> None:
    fields = {
        "Discount": 15,
        "Segment": "silver",
        "Comment": Decimal("1.50"),
        "Renewal": DUE,
        "Interests": ["Whitening"],
    }
    await world.do("update_lead", lead_id=70001, price=Decimal("1700.0"), name="Ana L.", fields=fields)
    lead = await world.do("get_lead", lead_id=70001)
    assert (lead.name, lead.price) == ("Ana L.", 1700)
    assert lead.fields["Discount"] == "15"
    assert lead.fields["Segment"] == "silver"
    assert lead.fields["Comment"] == "1.50"
    assert lead.fields["Renewal"] == int(DUE.timestamp())
    assert lead.fields["Interests"] == "Whitening"
    assert lead.fields["Plan"] == "Gold"


async def test_null_clears_a_field(world: Any) -> None:
    await world.do("update_lead", lead_id=70001, fields={"Plan": None})
    assert "Plan" not in (await world.do("get_lead", lead_id=70001)).fields


async def test_update_lead_with_nothing(world: Any) -> None:
    with pytest.raises(ActionFailed):
        await world.do("update_lead", lead_id=70001)
    assert world.paths("PATCH") == []


async def test_validation_errors_name_the_place(world: Any) -> None:
    with pytest.raises(ActionFailed) as failed:
        await world.do("update_lead", lead_id=70001, name="kept out", fields={"Segment": "platinum"})
    assert failed.value.code == "invalid"
    assert "custom_fields_values.0.values.0.value" in failed.value.message
    assert world.sim.account.leads[70001].name == "Ana Lopez"


async def test_a_field_that_is_not_there(world: Any) -> None:
    with pytest.raises(ActionFailed):
        await world.do("update_lead", lead_id=70001, fields={"Segmnt": "gold"})
    assert world.paths("PATCH") == []


async def test_find_leads_by_stage_and_text(world: Any) -> None:
    await world.do("move_lead", lead_id=70002, stage="New")
    assert [lead.id for lead in await world.do("find_leads", stage="New")] == [70002]
    assert [lead.id for lead in await world.do("find_leads", query="lopez")] == [70001]
    assert await world.do("find_leads", stage="Quote") == []
    assert [lead.id for lead in await world.do("find_leads", pipeline="Sales", query="gmbh")] == [70002]


async def test_find_won_leads_in_all_pipelines(world: Any) -> None:
    await world.do("move_lead", lead_id=70001, stage="Won")
    await world.do("move_lead", lead_id=70002, stage="Won", pipeline="Partners")
    assert {lead.id for lead in await world.do("find_leads", stage="Won")} == {70001, 70002}


async def test_find_leads_follows_pages_up_to_the_limit(world: Any) -> None:
    made = [{"name": f"Lead {number}"} for number in range(300)]
    for part in (made[:250], made[250:]):
        assert (await world.api("POST", "/api/v4/leads", json=part)).status_code == 200
    found = await world.do("find_leads", query="Lead", limit=260)
    assert len({lead.id for lead in found}) == 260
    assert len(world.paths("GET")) == 2
    assert len(await world.do("find_leads", query="Lead", limit=7)) == 7


async def test_create_lead(world: Any) -> None:
    made = await world.do(
        "create_lead", name="Signup", tags=["form"], stage="Quote", contact_id=80001, price=Decimal(5)
    )
    lead = await world.do("get_lead", lead_id=made.id)
    assert (lead.name, lead.tags, lead.stage, lead.main_contact_id) == ("Signup", ["form"], "Quote", 80001)


# --- contacts, notes, tasks ------------------------------------------------------------------------------------------


async def test_get_contact(world: Any) -> None:
    contact = await world.do("get_contact", contact_id=80001)
    assert (contact.first_name, contact.phone, contact.timezone) == ("Ana", "+34600000001", "Europe/Madrid")
    assert (contact.email, contact.lead_ids) == ("ana@example.com", [70001])


async def test_add_and_list_notes(world: Any) -> None:
    ctx = world.ctx()
    made = await world.do("add_note", ctx=ctx, lead_id=70001, text="One")
    await world.do("add_note", lead_id=70001, text="Two")
    assert [note.text for note in await world.do("list_notes", lead_id=70001)] == ["Two", "One"]
    assert [note.text for note in await world.do("list_notes", lead_id=70001, limit=1)] == ["Two"]
    assert await world.do("list_notes", lead_id=70002) == []
    assert ctx.versions == [f"note:{made.id}"]


async def test_create_task(world: Any) -> None:
    made = await world.do("create_task", lead_id=70001, text="Call", due=DUE, type="Meeting", responsible="Sam")
    task = world.sim.account.tasks[made.id]
    assert (task.text, task.task_type_id, task.responsible_user_id, task.entity_id) == ("Call", 2, 900030, 70001)
    assert task.complete_till == int(DUE.timestamp())


WRITES = [
    ("add_note", {"lead_id": 70001, "text": "Once"}),
    ("create_task", {"lead_id": 70001, "text": "A", "due": DUE}),
]


@pytest.mark.parametrize(("action", "arguments"), WRITES)
async def test_lookup_finds_what_arrived_although_the_answer_was_lost(world: Any, action: str, arguments: Any) -> None:
    ctx = world.ctx("the-effect")
    world.sim.faults.append(Fault(cut=True))
    with pytest.raises(InDoubt):
        await world.do(action, ctx=ctx, **arguments)
    world.clock.seconds += 600
    found = await world.look_up(action, ctx=world.ctx("the-effect"), **arguments)
    held = world.sim.account.notes if action == "add_note" else world.sim.account.tasks
    assert [found.id] == list(held)


@pytest.mark.parametrize(("action", "arguments"), WRITES)
async def test_lookup_finds_nothing_when_it_did_not_arrive(world: Any, action: str, arguments: Any) -> None:
    ctx = world.ctx("the-effect")
    assert await world.look_up(action, ctx=ctx, **arguments) is None
    world.sim.faults.append(Fault(500))
    with pytest.raises(InDoubt):
        await world.do(action, ctx=ctx, **arguments)
    assert await world.look_up(action, ctx=ctx, **arguments) is None


@pytest.mark.parametrize(("action", "arguments"), WRITES)
async def test_lookup_does_not_take_what_is_not_its_own(world: Any, action: str, arguments: Any) -> None:
    await world.do(action, **arguments)  # the same content, made by another step
    kind, row = ("note", {"entity_id": 70001, "note_type": "common", "params": {"text": "Once"}})
    if action == "create_task":
        kind, row = (
            "task",
            {"entity_type": "leads", "entity_id": 70001, "text": "A", "complete_till": int(DUE.timestamp())},
        )
    await world.api("POST", f"/_test/person/{kind}", json=row)
    ctx = world.ctx("the-effect")
    world.sim.faults.append(Fault(500))
    with pytest.raises(InDoubt):
        await world.do(action, ctx=ctx, **arguments)
    assert await world.look_up(action, ctx=ctx, **arguments) is None


async def test_lookup_does_not_take_an_older_note(world: Any) -> None:
    await world.api("POST", "/api/v4/leads/70001/notes", json=[{"note_type": "common", "params": {"text": "Once"}}])
    world.clock.seconds += timedelta(hours=1).total_seconds()
    ctx = world.ctx("the-effect")
    world.sim.faults.append(Fault(500))
    with pytest.raises(InDoubt):
        await world.do("add_note", ctx=ctx, lead_id=70001, text="Once")
    assert await world.look_up("add_note", ctx=ctx, lead_id=70001, text="Once") is None


# --- messages --------------------------------------------------------------------------------------------------------


async def test_send_message(world: Any) -> None:
    ctx = world.ctx()
    sent = await world.do("send_message", ctx=ctx, contact_id=80001, text="Hello")
    assert sent.talk_id == 191
    assert [(message.text, message.type) for message in world.sim.account.messages] == [("Hello", "outgoing")]
    assert ctx.versions == [f"message:{sent.id}"]


async def test_send_message_without_an_open_talk(world: Any) -> None:
    await world.api("POST", "/api/v4/talks/191/close", json={"force_close": True})
    with pytest.raises(ActionFailed) as failed:
        await world.do("send_message", contact_id=80001, text="Hello")
    assert failed.value.code == "no_open_talk"


async def test_a_doubt_before_the_message_is_no_doubt_about_it(world: Any) -> None:
    world.sim.faults.append(Fault(500))
    with pytest.raises(NotSent):
        await world.do("send_message", contact_id=80001, text="Hello")
    assert world.sim.account.messages == []


async def test_a_lost_answer_to_the_message_is_in_doubt(world: Any) -> None:
    ctx = world.ctx()
    real = ctx.http.send

    async def send(method: str, url: str, **more: Any) -> Any:
        if method == "POST":
            world.sim.faults.append(Fault(cut=True))
        return await real(method, url, **more)

    ctx.http.send = send
    with pytest.raises(InDoubt):
        await world.do("send_message", ctx=ctx, contact_id=80001, text="Hello")
    assert len(world.sim.account.messages) == 1


# --- answers of all kinds --------------------------------------------------------------------------------------------


async def test_429_tells_how_long_to_wait(world: Any) -> None:
    world.sim.faults.append(Fault(429, retry_after=300))
    with pytest.raises(InDoubt) as doubt:
        await world.do("get_lead", lead_id=70001)
    assert (doubt.value.code, doubt.value.retry_after) == ("rate_limited", 300)


@pytest.mark.parametrize(("status", "code"), [(402, "payment_required"), (403, "blocked"), (404, "not_found")])
async def test_answers_that_are_not_json(world: Any, status: int, code: str) -> None:
    world.sim.faults.append(Fault(status))
    with pytest.raises(ActionFailed) as failed:
        await world.do("get_lead", lead_id=70001)
    assert failed.value.code == code


async def test_a_wrong_token(world: Any) -> None:
    world.sim.account.token = "another"
    with pytest.raises(ActionFailed) as failed:
        await world.do("get_lead", lead_id=70001)
    assert failed.value.code == "unauthorized"


# --- the connection --------------------------------------------------------------------------------------------------


async def test_the_connection_test(world: Any) -> None:
    sentence = await world.connection.test(world.ctx())
    assert sentence == "Connected to Acme (acme, account 31000111) as user 900020."
    world.connection.user_id = None
    assert "user_id=900020" in await world.connection.test(world.ctx())
    world.connection.account_id = 5
    with pytest.raises(ActionFailed):
        await world.connection.test(world.ctx())


async def test_the_look_up(world: Any) -> None:
    stages = {(each.id, each.name, each.within) for each in world.choices["stages"]}
    assert ("142", "Won", None) in stages
    assert ("5103", "Quote", "Sales") in stages
    assert [each.name for each in world.choices["stages"]].count("Incoming leads") == 2
    assert [each.name for each in world.choices["users"]] == ["Ann", "Automation", "Sam"]
    assert "Segment" in [each.name for each in world.choices["lead_fields"]]
    assert "Timezone" in [each.name for each in world.choices["contact_fields"]]
    assert [each.name for each in world.choices["tags"]] == ["import"]
    assert [each.name for each in world.choices["task_types"]] == ["Follow-up", "Meeting"]


async def test_the_look_up_follows_pages(world: Any) -> None:
    await world.api("POST", "/api/v4/leads/tags", json=[{"name": f"tag {number}"} for number in range(250)])
    await world.api("POST", "/api/v4/leads/tags", json=[{"name": f"more {number}"} for number in range(30)])
    assert len((await world.connection.look_up(world.ctx()))["tags"]) == 281


async def test_the_look_up_without_the_right_to_see_users(world: Any) -> None:
    world.sim.account.users[900020].is_admin = False
    assert (await world.connection.look_up(world.ctx()))["users"] == []


# --- what webhooks do not carry --------------------------------------------------------------------------------------


async def test_a_lead_is_completed_when_needed(world: Any, receive: Any) -> None:
    event = receive(plugin.simulator.deliveries["lead_add"][1]).events[0]
    loaded = await event.trigger().load(world.ctx(), event.data)
    assert (loaded.source, loaded.main_contact_id, loaded.stage) == ("Site", 80001, "Initial contact")
    assert (loaded.id, loaded.price, loaded.updated_at) == (event.data.id, event.data.price, event.data.updated_at)


async def test_a_lead_that_is_gone_keeps_its_fields_missing(world: Any, receive: Any) -> None:
    event = receive(plugin.simulator.deliveries["lead_add"][1]).events[0]
    del world.sim.account.leads[70001]
    loaded = await event.trigger().load(world.ctx(), event.data)
    assert (loaded.source, loaded.main_contact_id, loaded.pipeline) == (None, None, "Sales")


async def test_a_change_of_stage_gets_its_names(world: Any, receive: Any) -> None:
    event = receive(
        plugin.simulator.deliveries["lead_status"][1].replace(b"status_id%5D=142", b"status_id%5D=5102")
    ).events[0]
    loaded = await event.trigger().load(world.ctx(), event.data)
    assert (loaded.stage, loaded.old_stage, loaded.pipeline) == ("Qualified", "Qualified", "Sales")
    assert world.sim.seen == []


async def test_x9_that_a_lead_is_won_is_believed_when_the_account_says_so_too(world: Any, receive: Any) -> None:
    won = receive(plugin.simulator.deliveries["lead_status"][1]).events[0]
    updated = plugin.triggers["lead_updated"]
    said = msgspec.convert({"id": 70001, "stage_id": 142}, updated.payload)
    gone = msgspec.structs.replace(won.data, lead_id=7)
    for trigger, data in ((won.trigger, won.data), (won.trigger, gone), (updated, said)):
        with pytest.raises(ActionFailed) as refused:
            await trigger().load(world.ctx(), data)
        assert refused.value.code == "not_confirmed"
    await world.ctx().http.send("PATCH", "/api/v4/leads/70001", json={"status_id": 142, "pipeline_id": 5001})
    assert (await won.trigger().load(world.ctx(), won.data)).stage == "Won"
    assert (await updated().load(world.ctx(), said)).stage == "Won"


async def test_a_contact_is_completed_when_needed(world: Any, receive: Any) -> None:
    event = receive(plugin.simulator.deliveries["contact_update"][1]).events[0]
    loaded = await event.trigger().load(world.ctx(), event.data)
    assert (loaded.first_name, loaded.last_name) == ("Ana", "Lopez")


async def test_what_an_event_put_in_by_hand_says_is_not_overwritten(world: Any) -> None:
    by_hand: dict[str, dict[str, Any]] = {
        "lead_created": {"id": 70001, "source": "Fair", "main_contact_id": 3},
        "lead_stage_changed": {"lead_id": 70001, "stage": "Quote"},
        "contact_updated": {"id": 80001, "first_name": "Nan"},
    }
    for name, given in by_hand.items():
        trigger = plugin.triggers[name]
        loaded = await trigger().load(world.ctx(), msgspec.convert(given, trigger.payload))
        assert {key: getattr(loaded, key) for key in given} == given


@pytest.mark.parametrize(
    ("name", "given"),
    [("message_received", {"contact_id": 3, "text": "x"}), ("task_created", {"id": 1}), ("note_added", {"id": 1})],
)
def test_events_put_in_by_hand_may_be_short(name: str, given: dict[str, Any]) -> None:
    msgspec.convert(given, plugin.triggers[name].payload)


# --- the declarations ------------------------------------------------------------------------------------------------


def test_every_declaration_can_be_read_by_the_language() -> None:
    spec = plugin_spec(plugin)
    assert len(spec.triggers) == 17
    assert spec.shapes["Lead.fields"] == Shape("lead_fields")
    assert spec.shapes["Contact.fields"] == Shape("contact_fields")
    assert set(spec.actions) >= {"get_lead", "find_leads", "get_contact", "update_lead", "move_lead", "add_tags"}
    assert set(spec.actions) >= {"add_note", "create_task", "send_message", "list_notes"}
    for declared in (*spec.triggers.values(), *spec.actions.values()):
        assert declared.doc.endswith(".")
    lead = spec.records["Lead"]
    assert {field.name for field in lead.fields if not field.carried} >= {"source", "main_contact_id", "stage"}


def test_every_example_is_a_payload_and_every_action_has_one() -> None:
    for trigger in plugin.triggers.values():
        msgspec.convert(trigger.example, trigger.payload, strict=False)
    for action in plugin.actions.values():
        assert action.example, action.name
        assert action.reads or action.name == "create_lead" or action.writes, action.name


def test_effect_classes() -> None:
    classes = {name: action.effect for name, action in plugin.actions.items() if not action.reads}
    assert classes == {
        "update_lead": "idempotent",
        "move_lead": "idempotent",
        "add_tags": "idempotent",
        "remove_tags": "idempotent",
        "accept_incoming_lead": "blind",
        "decline_incoming_lead": "blind",
        "create_contact": "blind",
        "update_contact": "idempotent",
        "link_contact": "idempotent",
        "unlink_contact": "idempotent",
        "add_note": "checkable",
        "add_contact_note": "checkable",
        "complete_task": "idempotent",
        "update_task": "idempotent",
        "close_talk": "idempotent",
        "create_task": "checkable",
        "create_lead": "blind",
        "send_message": "blind",
    }
    assert plugin.actions["send_message"].messages
