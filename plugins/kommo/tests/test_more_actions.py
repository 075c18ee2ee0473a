"""Contacts, links, companies, incoming leads, tasks and chats against the stand-in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from treadle.sdk import ActionFailed
from treadle_kommo.simulator.state import Entity, Unsorted

DUE = datetime(2025, 12, 1, 9, 0, tzinfo=UTC)
UID = "40ab0000-0000-4000-8000-000000000001"


# --- contacts --------------------------------------------------------------------------------------------------------


async def test_a_contact_is_made_found_and_changed(world: Any) -> None:
    fields = {"Timezone": "Europe/Madrid"}
    ctx = world.ctx()
    made = await world.do(
        "create_contact", ctx=ctx, first_name="Luz", phone="+34611", email="luz@x.example", fields=fields, tags=["form"]
    )
    assert ctx.versions == [f"contact:{made.id}"]
    (found,) = await world.do("find_contacts", query="+34611")
    assert (found.id, found.first_name, found.email, found.timezone) == (
        made.id,
        "Luz",
        "luz@x.example",
        "Europe/Madrid",
    )
    assert found.tags == ["form"]
    for _ in range(2):
        await world.do("update_contact", contact_id=made.id, last_name="Diaz", phone="+34622", responsible="Sam")
    changed = await world.do("get_contact", contact_id=made.id)
    assert (changed.last_name, changed.phone, changed.email) == ("Diaz", "+34622", "luz@x.example")
    assert changed.responsible_user_id == 900030
    assert await world.do("find_contacts", query="nobody at all") == []


async def test_a_contact_of_nothing(world: Any) -> None:
    for action, arguments in (("create_contact", {"tags": ["x"]}), ("update_contact", {"contact_id": 80001})):
        with pytest.raises(ActionFailed):
            await world.do(action, **arguments)
    with pytest.raises(ActionFailed) as failed:
        await world.do("update_contact", contact_id=5, first_name="x")
    assert failed.value.code == "not_found"


async def test_contacts_are_linked_and_taken_off(world: Any) -> None:
    made = await world.do("create_contact", first_name="Luz")
    for _ in range(2):
        await world.do("link_contact", lead_id=70001, contact_id=made.id, main=True)
    lead = await world.do("get_lead", lead_id=70001)
    assert (lead.main_contact_id, lead.contact_ids) == (made.id, [made.id, 80001])
    for _ in range(2):
        await world.do("unlink_contact", lead_id=70001, contact_id=made.id)
    assert (await world.do("get_lead", lead_id=70001)).contact_ids == [80001]
    await world.do("link_contact", lead_id=70002, contact_id=80001)
    assert (await world.do("get_lead", lead_id=70002)).contact_ids == [80001]


@pytest.mark.parametrize("arguments", [{"lead_id": 5, "contact_id": 80001}, {"lead_id": 70001, "contact_id": 5}])
async def test_a_link_of_what_is_not_there(world: Any, arguments: Any) -> None:
    with pytest.raises(ActionFailed):
        await world.do("link_contact", **arguments)


async def test_a_note_on_a_contact_is_looked_up(world: Any) -> None:
    ctx = world.ctx()
    made = await world.do("add_contact_note", ctx=ctx, contact_id=80001, text="Prefers mornings.")
    found = await world.look_up("add_contact_note", ctx=ctx, contact_id=80001, text="Prefers mornings.")
    assert found.id == made.id
    assert await world.look_up("add_contact_note", ctx=world.ctx(), contact_id=80001, text="x") is None


# --- companies -------------------------------------------------------------------------------------------------------


async def test_get_company(world: Any) -> None:
    account, now = world.sim.account, world.sim.account.now()
    account.companies[81001] = Entity(
        id=81001, name="Acme", responsible_user_id=900010, created_by=0, updated_by=0, created_at=now, updated_at=now
    )
    account.leads[70001].companies.append(81001)
    account.contacts[80001].companies.append(81001)
    company = await world.do("get_company", company_id=81001)
    assert (company.name, company.lead_ids, company.contact_ids) == ("Acme", [70001], [80001])
    with pytest.raises(ActionFailed) as failed:
        await world.do("get_company", company_id=5)
    assert failed.value.code == "not_found"


# --- incoming leads --------------------------------------------------------------------------------------------------


@pytest.fixture
async def incoming(world: Any) -> int:
    """A request that waits; the number of its lead."""
    made = await world.do("create_lead", name="Site form", stage="Incoming leads", pipeline="Sales")
    world.sim.account.unsorted[UID] = Unsorted(
        uid=UID, category="forms", pipeline_id=5001, lead_id=made.id, source_name="Site", created_at=1
    )
    return int(made.id)


@pytest.mark.parametrize(("arguments", "stage"), [({}, 5101), ({"stage": "Qualified", "responsible": "Sam"}, 5102)])
async def test_accept_an_incoming_lead(world: Any, incoming: int, arguments: Any, stage: int) -> None:
    await world.do("accept_incoming_lead", uid=UID, **arguments)
    lead = world.sim.account.leads[incoming]
    assert lead.status_id == stage
    assert lead.responsible_user_id == (900030 if arguments else 900020)
    with pytest.raises(ActionFailed) as failed:
        await world.do("accept_incoming_lead", uid=UID)
    assert failed.value.code == "not_found"


async def test_decline_an_incoming_lead(world: Any, incoming: int) -> None:
    await world.do("decline_incoming_lead", uid=UID)
    assert incoming not in world.sim.account.leads
    with pytest.raises(ActionFailed):
        await world.do("decline_incoming_lead", uid=UID)


# --- tasks and chats -------------------------------------------------------------------------------------------------


async def test_tasks_are_listed_changed_and_completed(world: Any) -> None:
    first = await world.do("create_task", lead_id=70001, text="Call", due=DUE)
    second = await world.do("create_task", lead_id=70001, text="Write", due=DUE)
    ctx = world.ctx()
    for _ in range(2):
        await world.do("complete_task", ctx=ctx, task_id=first.id, result="done")
    assert ctx.versions[0] == f"task:{first.id}:completed"
    await world.do("update_task", task_id=second.id, text="Write to Ana", responsible="Sam")
    tasks = {each.id: each for each in await world.do("list_tasks", lead_id=70001)}
    assert (tasks[first.id].is_completed, tasks[first.id].result, tasks[first.id].due) == (True, "done", DUE)
    assert (tasks[second.id].text, tasks[second.id].responsible_user_id, tasks[second.id].lead_id) == (
        "Write to Ana", 900030, 70001,
    )  # fmt: skip
    assert [each.id for each in await world.do("list_tasks", lead_id=70001, completed=False)] == [second.id]
    for action, arguments in (("complete_task", {"task_id": 5}), ("update_task", {"task_id": second.id})):
        with pytest.raises(ActionFailed):
            await world.do(action, **arguments)


async def test_messages_of_the_open_chat(world: Any) -> None:
    await world.do("send_message", contact_id=80001, text="one")
    world.clock.seconds += 1
    await world.do("send_message", contact_id=80001, text="two")
    messages = await world.do("list_messages", contact_id=80001)
    assert [(each.text, each.author_kind, each.contact_id) for each in messages] == [
        ("one", "bot", 80001),
        ("two", "bot", 80001),
    ]
    assert [each.text for each in await world.do("list_messages", contact_id=80001, limit=1)] == ["two"]
    for _ in range(2):
        await world.do("close_talk", talk_id=191)
    with pytest.raises(ActionFailed) as failed:
        await world.do("list_messages", contact_id=80001)
    assert failed.value.code == "no_open_talk"
