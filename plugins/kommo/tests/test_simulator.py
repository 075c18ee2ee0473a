"""The stand-in keeps to Kommo's documented behaviour, quirks included."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import uvicorn

from treadle_kommo import forms, plugin
from treadle_kommo.simulator import create_app, settings
from treadle_kommo.simulator.samples import DELIVERIES

LEADS = "/api/v4/leads"


async def subscribe(world: Any, url: str, *events: str) -> None:
    answer = await world.api("POST", "/api/v4/webhooks", json={"destination": url, "settings": list(events)})
    assert answer.status_code == 200


# --- REST ------------------------------------------------------------------------------------------------------------


async def test_bearer_token(world: Any) -> None:
    answer = await world.api("GET", LEADS, headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Unauthorized"


async def test_empty_is_204_with_nothing(world: Any) -> None:
    for path in (f"{LEADS}/5", f"{LEADS}?query=nobody", "/api/v4/tasks", f"{LEADS}/70001/notes", "/api/v4/webhooks"):
        answer = await world.api("GET", path)
        assert (answer.status_code, answer.content) == (204, b""), path
        assert "content-type" not in answer.headers


async def test_unknown_paths_and_methods(world: Any) -> None:
    assert (await world.api("GET", "/api/v4/nothing")).status_code == 404
    assert (await world.api("DELETE", LEADS)).status_code == 405
    assert (await world.api("GET", f"{LEADS}/abc")).status_code == 404


async def test_pages(world: Any) -> None:
    await world.api("POST", LEADS, json=[{"name": f"L{number}"} for number in range(100)])
    first = (await world.api("GET", f"{LEADS}?limit=50&order[id]=asc")).json()
    assert (first["_page"], len(first["_embedded"]["leads"])) == (1, 50)
    assert first["_links"]["next"]["href"].startswith("https://acme.kommo.test/api/v4/leads?limit=50")
    last = (await world.api("GET", f"{LEADS}?limit=50&page=3&order[id]=asc")).json()
    assert "next" not in last["_links"]
    assert len(last["_embedded"]["leads"]) == 2
    assert (await world.api("GET", f"{LEADS}?limit=251")).status_code == 400
    assert (await world.api("GET", f"{LEADS}?page=9")).status_code == 204
    assert len((await world.api("GET", LEADS)).json()["_embedded"]["leads"]) == 50


async def test_with_is_what_brings_contacts(world: Any) -> None:
    plain = (await world.api("GET", f"{LEADS}/70001")).json()
    assert "contacts" not in plain["_embedded"]
    more = (await world.api("GET", f"{LEADS}/70001?with=contacts,source")).json()
    assert more["_embedded"]["contacts"] == [{"id": 80001, "is_main": True}]
    assert more["_embedded"]["source"]["name"] == "Site"
    select = more["custom_fields_values"][0]
    assert select["values"] == [{"value": "Gold", "enum_id": 501, "enum_code": None}]


async def test_writes_are_thin_and_echo_the_request_id(world: Any) -> None:
    answer = (await world.api("POST", LEADS, json=[{"name": "A", "request_id": "r1"}, {"name": "B"}])).json()
    first, second = answer["_embedded"]["leads"]
    assert (first["request_id"], second["request_id"]) == ("r1", "1")
    assert (first["id"], second["id"]) == (70003, 70004)
    assert set(first) == {"id", "request_id", "_links"}
    patched = (await world.api("PATCH", f"{LEADS}/70003", json={"price": 5})).json()
    assert patched["updated_at"] == world.sim.account.now()


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"{}", 400), (b"[]", 400), (b"", 400), (b"{", 400), (b"[1]", 400), (b"[" * 5000, 400), (b"\xff", 400)],
)
async def test_bodies_that_are_no_list(world: Any, sent: bytes, status: int) -> None:
    answer = await world.api("POST", LEADS, content=sent)
    assert answer.status_code == status
    assert answer.json()["status"] == status


async def test_more_than_250(world: Any) -> None:
    answer = await world.api("POST", LEADS, json=[{"name": "x"}] * 251)
    assert (answer.status_code, answer.json()["detail"]) == (422, "Limit 250 per page")


@pytest.mark.parametrize(
    ("row", "path", "code"),
    [
        ({"price": "900"}, "price", "InvalidType"),
        ({"price": True}, "price", "InvalidType"),
        ({"status_id": 5}, "status_id", "NotSupportedChoice"),
        ({"status_id": 5201, "pipeline_id": 5001}, "status_id", "NotSupportedChoice"),
        ({"pipeline_id": 5}, "pipeline_id", "NotSupportedChoice"),
        ({"responsible_user_id": 5}, "responsible_user_id", "NotSupportedChoice"),
        (
            {"custom_fields_values": [{"field_id": 5, "values": [{"value": "x"}]}]},
            "custom_fields_values.0.field_id",
            "NotSupportedChoice",
        ),
        (
            {"custom_fields_values": [{"field_id": 11, "values": [{"value": "Lead"}]}]},
            "custom_fields_values.0.values.0.value",
            "NotSupportedChoice",
        ),
        (
            {"custom_fields_values": [{"field_id": 15, "values": [{"value": 5}]}]},
            "custom_fields_values.0.values.0.value",
            "InvalidType",
        ),
        ({"custom_fields_values": {}}, "custom_fields_values", "InvalidType"),
    ],
)
async def test_one_wrong_thing_rejects_all(world: Any, row: dict[str, Any], path: str, code: str) -> None:
    answer = await world.api("POST", LEADS, json=[{"name": "fine"}, row])
    assert answer.status_code == 400
    wrong = answer.json()["validation-errors"]
    assert [(each["request_id"], each["errors"][0]["path"], each["errors"][0]["code"]) for each in wrong] == [
        ("1", path, code)
    ]
    assert set(world.sim.account.leads) == {70001, 70002}


async def test_tags_replace_and_deltas(world: Any) -> None:
    async def tags(patch: dict[str, Any]) -> list[str]:
        await world.api("PATCH", f"{LEADS}/70002", json=patch)
        lead = (await world.api("GET", f"{LEADS}/70002")).json()
        return [tag["name"] for tag in lead["_embedded"]["tags"]]

    assert await tags({"tags_to_add": [{"name": "a"}, {"id": 1}]}) == ["import", "a"]
    assert await tags({"tags_to_delete": [{"name": "import"}]}) == ["a"]
    assert await tags({"_embedded": {"tags": [{"name": "b"}]}}) == ["b"]
    assert await tags({"price": 1}) == ["b"]
    assert await tags({"_embedded": {"tags": None}}) == []


async def test_field_values_read_back_as_kommo_gives_them(world: Any) -> None:
    values = [
        {"field_id": 14, "values": [{"value": 12.5}]},
        {"field_id": 11, "values": [{"enum_id": 502}]},
        {"field_id": 12, "values": [{"value": "2025-12-01T00:00:00+00:00"}]},
        {"field_code": "REFERRER", "values": [{"value": "https://e.example"}]},
    ]
    await world.api("PATCH", f"{LEADS}/70001", json={"custom_fields_values": values})
    lead = (await world.api("GET", f"{LEADS}/70001")).json()
    read = {each["field_name"]: each["values"][0] for each in lead["custom_fields_values"]}
    assert read["Discount"] == {"value": "12.5"}
    assert read["Plan"] == {"value": "Silver", "enum_id": 502, "enum_code": None}
    assert read["Renewal"] == {"value": 1764547200}
    assert read["Segment"]["value"] == "gold"


async def test_a_phone_without_a_type_gets_one(world: Any) -> None:
    row = {"first_name": "Luz", "custom_fields_values": [{"field_code": "PHONE", "values": [{"value": "+34611"}]}]}
    made = (await world.api("POST", "/api/v4/contacts", json=[row])).json()["_embedded"]["contacts"][0]
    contact = (await world.api("GET", f"/api/v4/contacts/{made['id']}")).json()
    assert contact["custom_fields_values"][0]["values"] == [{"value": "+34611", "enum_id": 601, "enum_code": "WORK"}]
    found = (await world.api("GET", "/api/v4/contacts?query=34611")).json()
    assert [each["id"] for each in found["_embedded"]["contacts"]] == [made["id"]]


async def test_closing_and_reopening(world: Any) -> None:
    await world.api("PATCH", f"{LEADS}/70001", json={"status_id": 143})
    assert world.sim.account.leads[70001].closed_at is not None
    await world.api("PATCH", f"{LEADS}/70001", json={"status_id": 5101})
    assert world.sim.account.leads[70001].closed_at is None


async def test_tasks(world: Any) -> None:
    assert (await world.api("POST", "/api/v4/tasks", json=[{"text": "x"}])).status_code == 400
    row = {"text": "Call", "complete_till": 1764000000, "entity_id": 70001, "entity_type": "leads"}
    await world.api("POST", "/api/v4/tasks", json=[row])
    assert (await world.api("GET", "/api/v4/tasks/90001")).json()["result"] == []
    assert (await world.api("GET", f"{LEADS}/70001")).json()["closest_task_at"] == 1764000000
    done = {"is_completed": True, "result": {"text": "ok"}}
    assert (await world.api("PATCH", "/api/v4/tasks/90001", json=done)).json()["_embedded"]["tasks"][0]["id"] == 90001
    assert (await world.api("GET", "/api/v4/tasks/90001")).json()["result"] == {"text": "ok"}


async def test_seven_a_second(world: Any) -> None:
    world.sim.per_second = 7
    answers = [await world.api("GET", f"{LEADS}/70001") for _ in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 7 + [429]
    assert answers[-1].json()["retry_after"] >= 1
    world.clock.seconds += 1.01
    assert (await world.api("GET", f"{LEADS}/70001")).status_code == 200


# --- webhooks --------------------------------------------------------------------------------------------------------


async def test_subscriptions_are_keyed_by_destination(world: Any) -> None:
    await subscribe(world, "https://a.example/x", "add_lead", "update_lead")
    await subscribe(world, "https://a.example/x", "status_lead")
    hooks = (await world.api("GET", "/api/v4/webhooks")).json()["_embedded"]["webhooks"]
    assert [(hook["destination"], hook["settings"]) for hook in hooks] == [("https://a.example/x", ["status_lead"])]
    gone = await world.api("DELETE", "/api/v4/webhooks", json={"destination": "https://a.example/x"})
    assert gone.status_code == 204
    again = await world.api("DELETE", "/api/v4/webhooks", json={"destination": "https://a.example/x"})
    assert again.status_code == 404


@pytest.mark.parametrize(
    "row",
    [
        {"destination": "nonsense", "settings": ["add_lead"]},
        {"destination": "https://a.example", "settings": ["lead_add"]},
        {"destination": "https://a.example"},
    ],
)
async def test_wrong_subscriptions(world: Any, row: dict[str, Any]) -> None:
    assert (await world.api("POST", "/api/v4/webhooks", json=row)).status_code == 400


async def test_a_webhook_looks_like_kommos(world: Any, receiver: Any) -> None:
    await subscribe(world, receiver.url, "update_lead")
    await world.api("PATCH", f"{LEADS}/70002", json={"tags_to_add": [{"name": "vip"}]})
    await world.sim.sender.settle()
    headers, body = receiver.requests[0]
    assert headers["user-agent"] == "amoCRM-Webhooks/3.0"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert headers["x-amocrm-requestid"]
    assert body.startswith(
        b"account%5Bsubdomain%5D=acme&account%5Bid%5D=31000111&account%5B_links%5D%5Bself%5D=https%3A%2F%2Facme.kommo.com"
    )
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    assert fields["leads[update][0][tags][1][name]"] == "vip"
    assert fields["leads[update][0][modified_user_id]"] == "900020"
    assert "leads[update][0][custom_fields]" not in fields


async def test_a_stage_change_is_told_twice(world: Any, receiver: Any, receive: Any) -> None:
    await subscribe(world, receiver.url, "status_lead", "update_lead")
    await world.do("move_lead", lead_id=70001, stage="Qualified")
    await world.sim.sender.settle()
    events = [event for body in receiver.bodies for event in receive(body, user_id=900020).events]
    assert {event.trigger.name for event in events} == {"lead_stage_changed", "lead_updated"}
    assert all(event.by_us for event in events)
    assert {event.version for event in events} == {str(world.sim.account.now())}


async def test_our_write_and_its_webhook_have_one_version(world: Any, receiver: Any, receive: Any) -> None:
    await subscribe(world, receiver.url, "update_lead", "note_lead", "add_task", "add_outgoing_message", "add_lead")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("add_tags", {"lead_id": 70001, "tags": ["x"]}),
        ("add_note", {"lead_id": 70001, "text": "x"}),
        ("create_task", {"lead_id": 70001, "text": "x", "due": world.clock.now()}),
        ("send_message", {"contact_id": 80001, "text": "x"}),
    ]
    for action, arguments in calls:
        ctx = world.ctx()
        receiver.requests.clear()
        await world.do(action, ctx=ctx, **arguments)
        await world.sim.sender.settle()
        event = receive(receiver.bodies[0], user_id=900020).events[0]
        template = plugin.actions[action].writes
        assert template is not None
        assert (event.entity, event.version) == (template.format(**arguments), ctx.versions[0]), action
        assert event.by_us, action
        assert event.trigger in [cause.trigger for cause in plugin.actions[action].causes]


async def test_several_leads_in_one_body(world: Any, receiver: Any, receive: Any) -> None:
    await subscribe(world, receiver.url, "add_lead")
    await world.api("POST", LEADS, json=[{"name": "A"}, {"name": "B"}, {"name": "C"}])
    await world.sim.sender.settle()
    assert len(receiver.bodies) == 1
    assert [event.data.name for event in receive(receiver.bodies[0]).events] == ["A", "B", "C"]


async def test_people_act(world: Any, receiver: Any, receive: Any) -> None:
    await subscribe(
        world, receiver.url, "add_lead", "update_lead", "add_message", "add_task", "update_task", "note_lead",
        "add_contact", "update_contact",
    )  # fmt: skip
    task = {"text": "Call", "complete_till": 1764000000, "entity_id": 70001, "entity_type": "leads"}
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("lead", {"name": "Walk-in", "price": 50}, "lead_created"),
        ("lead", {"id": 70001, "price": 1000}, "lead_updated"),
        ("message", {"contact_id": 80001, "text": "Thursday please"}, "message_received"),
        ("task", task, "task_created"),
        ("task", {"id": 90001, "is_completed": True, "result": {"text": "done"}}, "task_completed"),
        ("note", {"entity_id": 70001, "note_type": "common", "params": {"text": "x"}}, "note_added"),
        ("contact", {"first_name": "Luz"}, "contact_created"),
        ("contact", {"id": 80001, "first_name": "Anna"}, "contact_updated"),
    ]
    for kind, row, trigger in steps:
        receiver.requests.clear()
        answer = await world.api("POST", f"/_test/person/{kind}", json=row, headers={"authorization": ""})
        assert answer.status_code == 200, answer.text
        await world.sim.sender.settle()
        event = receive(receiver.bodies[0], user_id=900020).events[0]
        assert event.trigger.name == trigger
        assert not event.by_us


async def test_contact_bodies_carry_the_quirks(world: Any, receiver: Any) -> None:
    await subscribe(world, receiver.url, "update_contact")
    values = [
        {"field_id": 25, "values": [{"value": 316483200}]},
        {"field_id": 26, "values": [{"value": "Chat"}]},
    ]
    await world.api("PATCH", "/api/v4/contacts/80001", json={"custom_fields_values": values})
    await world.sim.sender.settle()
    tree: Any = forms.parse(receiver.bodies[0])
    item = tree["contacts"]["update"][0]
    fields = {field["name"]: field["values"] for field in item["custom_fields"]}
    assert fields["Birthday"] == "12.01.1980"
    assert fields["Channel"] == {"value": "Chat", "enum": "612"}
    assert fields["Phone"] == [{"value": "+34600000001", "enum": "601"}]
    assert item["linked_leads_id"] == {"70001": {"ID": "70001"}}
    assert item["old_responsible_user_id"] == item["responsible_user_id"]


async def test_a_contact_writes_after_the_talk_was_closed(world: Any) -> None:
    await world.api("POST", "/api/v4/talks/191/close")
    assert (await world.api("POST", "/api/v4/talks/191/send_message", json={"text": "x"})).status_code == 422
    await world.api("POST", "/_test/person/message", json={"contact_id": 80001, "text": "me again"})
    assert (await world.do("send_message", contact_id=80001, text="Hi")).talk_id == 192


async def test_a_deaf_destination_holds_nobody_up(world: Any) -> None:
    await subscribe(world, "http://127.0.0.1:1/closed", "update_lead")
    assert (await world.api("PATCH", f"{LEADS}/70001", json={"price": 1})).status_code == 200
    sent = (await world.api("GET", "/_test/deliveries")).json()
    assert [(each["status"], bool(each["error"])) for each in sent] == [(0, True)]


# --- orders of tests -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DELIVERIES)
async def test_deliver_sends_the_exact_bytes(world: Any, receiver: Any, name: str) -> None:
    answer = await world.api("POST", "/_test/deliver", json={"name": name, "to": receiver.url})
    assert (answer.json()["status"], answer.json()["answer"]) == (202, '{"accepted":1}')
    assert receiver.bodies == [DELIVERIES[name][1]]


async def test_deliver_an_unknown_one(world: Any) -> None:
    answer = await world.api("POST", "/_test/deliver", json={"name": "nope", "to": "http://127.0.0.1:1/"})
    assert answer.status_code == 404
    assert "lead_add_big" in answer.json()["detail"]


async def test_effects_are_the_writes_with_their_marks(world: Any) -> None:
    ctx = world.ctx("effect-of-mine")
    await world.do("add_tags", ctx=ctx, lead_id=70002, tags=["vip"])
    await world.do("get_lead", lead_id=70002)
    effects = (await world.api("GET", "/_test/effects")).json()
    assert effects == [{"effect_id": "effect-of-mine", "method": "PATCH", "path": "/api/v4/leads/70002", "status": 200}]
    assert len((await world.api("GET", "/_test/requests")).json()) == 2


async def test_faults_then_back_to_normal(world: Any) -> None:
    await world.api("POST", "/_test/faults", json={"count": 2, "status": 504})
    answers = [(await world.api("GET", f"{LEADS}/70001")).status_code for _ in range(3)]
    assert answers == [504, 504, 200]
    assert (await world.api("POST", "/_test/faults", json={"count": "x"})).status_code == 400


async def test_reset(world: Any) -> None:
    await world.do("add_tags", lead_id=70002, tags=["vip"])
    await world.api("POST", "/_test/reset")
    assert (await world.do("get_lead", lead_id=70002)).tags == ["import"]
    assert len(world.sim.seen) == 1


async def test_rate_by_order(world: Any) -> None:
    await world.api("POST", "/_test/ratelimit", json={"per_second": 1})
    assert [(await world.api("GET", LEADS)).status_code for _ in range(2)] == [200, 429]
    await world.api("POST", "/_test/ratelimit", json={"per_second": None})
    assert [(await world.api("GET", LEADS)).status_code for _ in range(20)] == [200] * 20


@asynccontextmanager
async def _served() -> AsyncIterator[str]:
    """The stand-in on a real socket."""
    app = create_app("http://stand-in.test")
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    listener = socket.create_server(("127.0.0.1", 0))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await running


async def test_a_cut_answer_on_a_real_socket() -> None:
    token = settings("")["access_token"]
    async with (
        _served() as url,
        httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}"}) as client,
    ):
        await client.post("/_test/faults", json={"cut": True})
        with pytest.raises(httpx.RemoteProtocolError):
            await client.patch(f"{LEADS}/70001", json={"price": 1234})
        assert (await client.get(f"{LEADS}/70001")).json()["price"] == 1234
        effects = (await client.get("/_test/effects")).json()
        assert [effect["status"] for effect in effects] == [0]
