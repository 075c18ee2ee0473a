"""Webhook bodies to events: the samples, every body of Kommo's documentation, its quirks, and doubts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from treadle.sdk import Delivery, Refused, Secret
from treadle_kommo import forms
from treadle_kommo.connection import Kommo
from treadle_kommo.simulator.samples import DELIVERIES
from treadle_kommo.triggers import TRIGGERS

Receive = Callable[..., Any]
ACCOUNT: forms.Tree = {"subdomain": "acme", "id": "31000111", "_links": {"self": "https://acme.kommo.com"}}
AT = datetime(2025, 11, 23, 10, 0, tzinfo=UTC)


def body(**groups: Any) -> bytes:
    return forms.encode({"account": ACCOUNT, **groups})


def lead(**changes: str) -> dict[str, Any]:
    return {
        "id": "70001",
        "name": "Order 12",
        "status_id": "5102",
        "price": "900",
        "responsible_user_id": "900010",
        "last_modified": "1763892000",
        "modified_user_id": "900010",
        "created_user_id": "900010",
        "date_create": "1763892000",
        "pipeline_id": "5001",
        "account_id": "31000111",
        "created_at": "1763892000",
        "updated_at": "1763892000",
        **changes,
    }


def task(**changes: Any) -> dict[str, Any]:
    return {
        "id": "90001",
        "element_id": "70001",
        "element_type": "2",
        "task_type": "1",
        "date_create": "2025-11-23 10:00:00",
        "text": "Call",
        "status": "0",
        "account_id": "31000111",
        "created_user_id": "900010",
        "last_modified": "2025-11-23 10:00:00",
        "responsible_user_id": "900010",
        "complete_till": "2025-11-24 20:59:00",
        "created_at": "1763892000",
        "updated_at": "1763892000",
        "complete_before": "1764017940",
        **changes,
    }


def one(answer: Any, trigger: str) -> Any:
    """The only event of a delivery, which left nothing unread."""
    assert [event.trigger.name for event in answer.events] == [trigger]
    assert answer.unread == ()
    return answer.events[0]


# --- the samples ---------------------------------------------------------------------------------------------------


def test_sample_lead_add_big(receive: Receive) -> None:
    event = one(receive(DELIVERIES["lead_add_big"][1]), "lead_created")
    assert (event.data.id, event.data.name, event.data.price) == (70002, "Big Deal GmbH", Decimal(25000))
    assert (event.data.tags, event.data.stage_id, event.data.pipeline_id) == (["import"], 5101, 5001)
    assert (event.entity, event.version, event.by_us) == ("kommo.lead:70002", "lead:70002", False)
    assert event.data.updated_at == AT


def test_sample_lead_add(receive: Receive) -> None:
    event = one(receive(DELIVERIES["lead_add"][1]), "lead_created")
    assert (event.data.id, event.data.price, event.data.source) == (70001, 900, None)


def test_sample_lead_status(receive: Receive) -> None:
    event = one(receive(DELIVERIES["lead_status"][1]), "lead_stage_changed")
    assert (event.data.lead_id, event.data.stage_id, event.data.old_stage_id) == (70001, 142, 5102)
    assert event.data.stage is None  # the account is asked
    assert event.entity == "kommo.lead:70001"


def test_sample_lead_update_fields(receive: Receive) -> None:
    event = one(receive(DELIVERIES["lead_update_fields"][1]), "lead_updated")
    assert event.data.fields == {"Plan": "Gold", "Renewal": 1792540800}


def test_sample_contact_update(receive: Receive) -> None:
    event = one(receive(DELIVERIES["contact_update"][1]), "contact_updated")
    assert (event.data.id, event.data.phone, event.data.email) == (80001, "+34600000001", "ana@example.com")
    assert event.data.fields == {"Phone": "+34600000001", "Email": "ana@example.com"}
    assert event.entity == "kommo.contact:80001"


def test_sample_message_add(receive: Receive) -> None:
    event = one(receive(DELIVERIES["message_add"][1]), "message_received")
    assert (event.data.contact_id, event.data.text) == (80001, "Hi! Is Thursday free?")
    assert (event.data.talk_id, event.data.lead_id, event.data.origin) == (191, 70001, "telegram")
    assert event.data.author_kind == "external"
    assert event.key == "message_received:b26b0c55-0000-4000-8000-000000000001"


# --- leads and contacts --------------------------------------------------------------------------------------------


def test_every_field_form_that_kommo_sends(receive: Receive) -> None:
    custom = [
        {"id": "12", "name": "Renewal", "values": ["1729717200"]},
        {"id": "26", "name": "Channel", "values": {"value": "Phone", "enum": "611"}},
        {"id": "25", "name": "Birthday", "values": "12.01.1980"},
        {"id": "16", "name": "Newsletter", "values": [{"value": "1"}]},
        {"id": "17", "name": "Interests", "values": [{"value": "A", "enum": "1"}, {"value": "B", "enum": "2"}]},
        {"id": "11", "name": "Plan", "values": [{"value": "Gold", "enum": "501"}]},
        {"id": "19", "name": "Plan", "values": [{"value": "Other"}]},
        {"id": "32", "name": "Files", "values": [{"value": {"file_uuid": "u"}}]},
        {"id": "33", "name": "Empty"},
    ]
    event = one(receive(body(leads={"update": [{**lead(), "custom_fields": custom}]})), "lead_updated")
    assert event.data.fields == {
        "Renewal": 1729717200,
        "Channel": "Phone",
        "Birthday": "12.01.1980",
        "Newsletter": "1",
        "Interests": ["A", "B"],
        "Plan": "Gold",
        "Plan #19": "Other",
        "Files": {"file_uuid": "u"},
    }


def test_a_responsible_change_that_is_told_twice_is_one_event(receive: Receive) -> None:
    update = one(receive(body(leads={"update": [lead()]})), "lead_updated")
    responsible = one(receive(body(leads={"responsible": [lead(old_responsible_user_id="900030")]})), "lead_updated")
    assert update.key == responsible.key


def test_two_edits_in_one_second_are_two_events(receive: Receive) -> None:
    first, second = (one(receive(body(leads={"update": [lead(price=price)]})), "lead_updated") for price in "12")
    assert first.key != second.key


def test_the_same_delivery_again_has_the_same_keys(receive: Receive) -> None:
    sent = body(leads={"update": [lead()], "delete": [{"id": "70001"}]})
    first, again = receive(sent), receive(sent)
    assert [event.key for event in first.events] == [event.key for event in again.events]
    assert [unread.key for unread in first.unread] == [unread.key for unread in again.unread]


def test_own_changes_are_told_by_the_user(receive: Receive) -> None:
    sent = body(leads={"update": [lead(modified_user_id="900020")]})
    assert receive(sent, user_id=900020).events[0].by_us
    assert not receive(sent, user_id=900010).events[0].by_us
    assert not receive(sent).events[0].by_us


def test_a_change_by_somebody_else_in_the_second_of_ours_has_a_version_of_its_own(receive: Receive) -> None:
    def version(user: str) -> str | None:
        sent = body(leads={"update": [lead(modified_user_id=user)]})
        return one(receive(sent, user_id=900020), "lead_updated").version

    assert version("900020") == lead()["updated_at"]
    assert version("900010") not in (None, lead()["updated_at"])


def test_completing_a_task_is_not_the_change_that_made_it(receive: Receive) -> None:
    made = one(receive(body(task={"add": [task()]})), "task_created")
    completed = one(receive(body(task={"update": [task(status="1", action_close="1")]})), "task_completed")
    assert made.version == "task:90001"
    assert completed.version != made.version


def test_a_robot_is_nobody_of_ours(receive: Receive) -> None:
    assert not receive(body(leads={"update": [lead(modified_user_id="0")]}), user_id=900020).events[0].by_us


def test_digital_pipeline_move_without_name_and_price(receive: Receive) -> None:
    sent = (
        b"leads[status][0][id]=70001&leads[status][0][status_id]=5102&leads[status][0][pipeline_id]=5001"
        b"&leads[status][0][old_status_id]=5101&leads[status][0][old_pipeline_id]=5002"
        b"&account[id]=31000111&account[subdomain]=acme"
    )
    event = one(receive(sent), "lead_stage_changed")
    assert (event.data.stage_id, event.data.old_stage_id, event.data.old_pipeline_id) == (5102, 5101, 5002)
    assert (event.data.name, event.data.price, event.version, event.data.stage) == (None, None, None, None)


def test_digital_pipeline_add_is_no_lead_of_price_zero(receive: Receive) -> None:
    answer = receive(body(leads={"add": [{"id": "70001", "status_id": "5101", "pipeline_id": "5001"}]}))
    assert answer.events == ()
    assert answer.unread[0].group == "leads.add"
    assert "Digital Pipeline" in answer.unread[0].reason


def test_an_empty_price_is_zero(receive: Receive) -> None:
    assert one(receive(body(leads={"add": [lead(price="")]})), "lead_created").data.price == 0


def test_price_with_a_fraction_is_exact(receive: Receive) -> None:
    assert one(receive(body(leads={"add": [lead(price="0.10")]})), "lead_created").data.price == Decimal("0.10")


def contact(**changes: Any) -> dict[str, Any]:
    return {
        "id": "80001",
        "name": "Ana",
        "responsible_user_id": "900010",
        "date_create": "1763892000",
        "last_modified": "1763892000",
        "created_user_id": "900010",
        "modified_user_id": "900010",
        "account_id": "31000111",
        "custom_fields": [
            {"id": "21", "name": "Phone", "values": [{"value": "15550001", "enum": "601"}], "code": "PHONE"},
            {"id": "24", "name": "Timezone", "values": [{"value": "Europe/Madrid"}]},
        ],
        "linked_leads_id": {"70001": {"ID": "70001"}, "70002": {"ID": "70002"}},
        "created_at": "1763892000",
        "updated_at": "1763892000",
        "type": "contact",
        **changes,
    }


@pytest.mark.parametrize(
    ("action", "trigger"),
    [("add", "contact_created"), ("update", "contact_updated"), ("responsible", "contact_updated")],
)
def test_contacts(receive: Receive, action: str, trigger: str) -> None:
    event = one(receive(body(contacts={action: [contact()]})), trigger)
    assert (event.data.phone, event.data.timezone) == ("15550001", "Europe/Madrid")
    assert event.data.lead_ids == [70001, 70002]


def test_companies_under_the_key_of_contacts(receive: Receive) -> None:
    answer = receive(body(contacts={"add": [contact(), contact(id="81001", type="company")]}))
    assert [(event.trigger.name, event.entity) for event in answer.events] == [
        ("contact_created", "kommo.contact:80001"),
        ("company_created", "kommo.company:81001"),
    ]
    assert answer.events[1].data.lead_ids == [70001, 70002]


# --- tasks, notes, messages ----------------------------------------------------------------------------------------


def test_task_created(receive: Receive) -> None:
    event = one(receive(body(task={"add": [task()]})), "task_created")
    assert (event.data.text, event.data.lead_id, event.data.entity_type) == ("Call", 70001, "lead")
    assert event.data.due == datetime(2025, 11, 24, 20, 59, tzinfo=UTC)
    assert event.entity == "kommo.lead:70001"
    assert not event.data.is_completed


def test_task_completed(receive: Receive) -> None:
    done = task(status="1", action_close="1", result={"id": "5", "text": "Talked"})
    event = one(receive(body(task={"update": [done]})), "task_completed")
    assert event.data.is_completed
    assert event.data.result == "Talked"


def test_task_one_level_too_deep(receive: Receive) -> None:
    nested = [[task(status="1", action_close="1")]]
    assert one(receive(body(task={"update": nested})), "task_completed").data.id == 90001


@pytest.mark.parametrize(
    "change",
    [{"action_close": "0", "old_text": "x"}, {"old_responsible_user_id": "1", "main_user": "2"}, {"status": "1"}],
)
def test_other_changes_to_a_task_are_kept(receive: Receive, change: dict[str, str]) -> None:
    answer = receive(body(task={"update": [task(**change)]}))
    assert answer.events == ()
    assert [unread.group for unread in answer.unread] == ["task.update"]


def test_task_of_a_contact_and_of_nothing(receive: Receive) -> None:
    answer = receive(
        body(task={"add": [task(element_type="1", element_id="80001"), task(id="2", element_type="", element_id="")]})
    )
    assert [event.entity for event in answer.events] == ["kommo.contact:80001", "kommo.task:2"]
    assert answer.events[0].data.contact_id == 80001


def note(**changes: str) -> dict[str, Any]:
    return {
        "note": {
            "id": "95001",
            "text": "hello",
            "attachement": "",
            "date_create": "2025-11-23 10:05:00",
            "note_type": "4",
            "element_type": "2",
            "element_id": "70001",
            "catalog_id": "0",
            "group_id": "0",
            "timestamp_x": "2025-11-23 10:05:03",
            "account_id": "31000111",
            "metadata": '{"event_source":{"id":900010,"author_name":"Ann","type":1}}',
            "created_by": "900010",
            "modified_by": "900010",
            "main_user_id": "900010",
            "created_at": "1763892300",
            "updated_at": "1763892303",
            **changes,
        }
    }


def test_note_of_a_lead(receive: Receive) -> None:
    event = one(receive(body(leads={"note": [note()]})), "note_added")
    assert (event.data.text, event.data.kind, event.data.lead_id) == ("hello", "common", 70001)
    assert (event.data.author_name, event.data.attachment) == ("Ann", None)
    assert (event.key, event.entity) == ("note_added:95001", "kommo.lead:70001")


def test_note_with_a_file_and_broken_metadata(receive: Receive) -> None:
    sent = note(note_type="5", attachement="offer.pdf", metadata="{oops")
    event = one(receive(body(leads={"note": [sent]})), "note_added")
    assert (event.data.kind, event.data.attachment, event.data.author_name) == ("attachment", "offer.pdf", None)


@pytest.mark.parametrize(("number", "kind"), [("1", "contact"), ("3", "company")])
def test_notes_under_contacts(receive: Receive, number: str, kind: str) -> None:
    sent = {**note(element_type=number, element_id="8"), "type": kind}
    event = one(receive(body(contacts={"note": [sent]})), "note_added")
    assert (event.data.entity_type, event.data.entity_id, event.data.lead_id) == (kind, 8, None)
    assert event.entity == f"kommo.{kind}:8"


def message(**changes: Any) -> dict[str, Any]:
    return {
        "id": "b26b",
        "chat_id": "f743",
        "talk_id": "191",
        "contact_id": "80001",
        "text": "Hi!",
        "created_at": "1763895600",
        "message_type": "text",
        "element_type": "2",
        "entity_type": "lead",
        "element_id": "70001",
        "entity_id": "70001",
        "type": "incoming",
        "author": {"id": "aaac", "type": "external", "name": "Ana", "avatar_url": "https://a.example"},
        "origin": "telegram",
        **changes,
    }


def test_message_without_its_group(receive: Receive) -> None:
    assert one(receive(body(add=[message()])), "message_received").data.text == "Hi!"


def test_review_under_the_same_bare_key(receive: Receive) -> None:
    answer = receive(body(add=[{"id": "1", "type": "waba", "is_on_review": "1"}]))
    assert answer.events == ()
    assert answer.unread[0].group == "add"


def test_media_message(receive: Receive) -> None:
    sent = message(
        text="",
        message_type="voice",
        attachment={"type": "voice", "link": "https://files.example/v.ogg", "file_name": "v.ogg"},
    )
    data = one(receive(body(message={"add": [sent]})), "message_received").data
    assert (data.text, data.kind, data.attachment.file_name) == ("", "voice", "v.ogg")


def test_message_before_there_is_a_lead(receive: Receive) -> None:
    bare = {key: value for key, value in message().items() if not key.startswith(("entity", "element"))}
    assert one(receive(body(message={"add": [bare]})), "message_received").data.lead_id is None


def test_message_about_a_contact(receive: Receive) -> None:
    sent = message(entity_type="contact", entity_id="80001")
    assert one(receive(body(message={"add": [sent]})), "message_received").data.lead_id is None


@pytest.mark.parametrize(("author", "by_us"), [("internal", False), ("bot", True)])
def test_message_sent(receive: Receive, author: str, by_us: bool) -> None:
    sent = message(type="outgoing", author={"id": "x", "type": author, "name": "Ann"}, origin="waba")
    event = one(receive(body(outgoing_message={"add": [sent]})), "message_sent")
    assert (event.data.author_kind, event.by_us, event.version) == (author, by_us, "message:b26b")


def test_outgoing_in_the_group_of_incoming(receive: Receive) -> None:
    one(receive(body(message={"add": [message(type="outgoing")]})), "message_sent")


# --- kept, though no trigger hears of it -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "name"),
    [
        ({"leads": {"restore": [lead()]}}, "leads.restore"),
        ({"contacts": {"restore": [contact()]}}, "contacts.restore"),
        ({"task": {"delete": [{"id": "90001"}]}}, "task.delete"),
        ({"talk": {"update": [{"talk_id": "191", "is_in_work": "0"}]}}, "talk.update"),
        ({"talk": {"add": [{"talk_id": "191", "is_in_work": "1"}]}}, "talk.add"),
        ({"catalogs": {"add": [{"id": "347", "catalog_id": "32908", "type": "catalog"}]}}, "catalogs.add"),
        ({"contacts": {"delete": [{"id": "81001", "type": "company"}]}}, "companies.delete"),
        ({"unsorted": {"delete": [{"action": "merged", "uid": "f575"}]}}, "unsorted.delete"),
        ({"unsorted": {"update": [{"uid": "f575"}]}}, "unsorted.update"),
        ({"customers": {"update": [{"id": "5"}]}}, "customers.update"),
        ({"something": {"new": [{"id": "5"}]}}, "something.new"),
        ({"something": "flat"}, "something"),
    ],
)
def test_unheard_groups_are_kept(receive: Receive, groups: dict[str, Any], name: str) -> None:
    answer = receive(body(**groups))
    assert answer.events == ()
    assert [unread.group for unread in answer.unread] == [name]
    assert answer.unread[0].reason.endswith(".")


def test_several_items_and_groups_in_one_body(receive: Receive) -> None:
    answer = receive(
        body(leads={"add": [lead(), lead(id="70002")], "status": [lead()]}, unsorted={"add": [{"category": "forms"}]})
    )
    assert [event.trigger.name for event in answer.events] == ["lead_created", "lead_created", "lead_stage_changed"]
    assert [event.data.id for event in answer.events[:2]] == [70001, 70002]
    assert len({event.key for event in answer.events}) == 3
    assert len(answer.unread) == 1


def test_eleven_items_keep_their_order(receive: Receive) -> None:
    items = {str(index): lead(id=str(index + 1)) for index in reversed(range(11))}
    answer = receive(forms.encode({"leads": {"add": items}}))
    assert [event.data.id for event in answer.events] == list(range(1, 12))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"id": "seven"}, "id"),
        ({"id": ""}, "id"),
        ({"id": "9" * 30}, "id"),
        ({"id": "٣"}, "id"),
        ({"price": "lots"}, "price"),
        ({"price": "1e400"}, "price"),
        ({"updated_at": "99999999999999"}, "updated_at"),
        ({"updated_at": "-5"}, "updated_at"),
        ({"name": {"first": "x"}}, "name"),
    ],
)
def test_a_doubt_about_one_item_loses_no_neighbour(receive: Receive, changes: dict[str, Any], word: str) -> None:
    answer = receive(body(leads={"add": [lead(), lead(**changes), lead(id="70003")]}))
    assert [event.data.id for event in answer.events] == [70001, 70003]
    assert len(answer.unread) == 1
    assert word in answer.unread[0].reason.lower()
    assert answer.unread[0].data["status_id"] == "5102"


@pytest.mark.parametrize("node", [{"add": "x"}, {"add": {"x": lead()}}, {"add": ["x"]}, {"add": [["x"]]}])
def test_bodies_of_a_strange_shape_are_kept(receive: Receive, node: Any) -> None:
    answer = receive(body(leads=node))
    assert answer.events == ()
    assert [unread.group for unread in answer.unread] == ["leads.add"]


# --- refused ----------------------------------------------------------------------------------------------------------


def test_another_account(receive: Receive) -> None:
    sent = body(leads={"add": [lead()]})
    assert receive(sent, account_id=31000111).events
    refused = receive(sent, account_id=5)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.status) == ("wrong_account", 400)


@pytest.mark.parametrize("sent", [b"", b"&&"])
def test_nothing_at_all(receive: Receive, sent: bytes) -> None:
    assert receive(sent).code == "form_empty"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", None])
def test_not_a_form(content_type: str | None) -> None:
    connection = Kommo(base_url="https://x.kommo.com", access_token=Secret("t"))
    headers = {"content-type": content_type} if content_type else {}
    delivery = Delivery(connection=connection, headers=headers, body=b"a=1", received_at=AT)
    refused = connection.receive(delivery, TRIGGERS)
    assert isinstance(refused, Refused)
    assert refused.status == 415


def test_malformed(receive: Receive) -> None:
    assert receive(b"leads[add][0][id]=%zz").code == "form_bad_percent"
    assert receive(b"a" + b"[x]" * 200 + b"=1").status == 400


def test_too_many_items(receive: Receive) -> None:
    sent = b"&".join(b"leads[add][%d][id]=%d" % (number, number) for number in range(1001))
    assert receive(sent).code == "form_too_many_items"


# --- companies, incoming leads, deletions ----------------------------------------------------------------------------


def test_an_incoming_lead(receive: Receive) -> None:
    data = {"leads": [{"name": "Site order", "pipeline_id": "5001"}]}
    item = {"uid": "4278", "category": "forms", "source_data": {"form_name": "Main", "from": "Site"}, "data": data}
    item |= {"pipeline_id": "5001", "lead_id": "70003", "created_at": "1760006000"}
    event = one(receive(body(unsorted={"add": [item]})), "incoming_lead_added")
    assert (event.data.uid, event.data.category, event.data.lead_id) == ("4278", "forms", 70003)
    assert (event.data.name, event.data.source, event.data.pipeline_id) == ("Site order", "Main", 5001)
    assert event.entity == "kommo.incoming:4278"


@pytest.mark.parametrize(
    ("action", "trigger"), [("accept", "incoming_lead_accepted"), ("decline", "incoming_lead_declined")]
)
def test_a_decision_about_an_incoming_lead(receive: Receive, action: str, trigger: str) -> None:
    item = {"action": action, "uid": "f575", f"{action}_result": {"leads": ["70003"]}, "category": "mail"}
    item |= {"created_at": "1760006500", "modified_user_id": "900010"}
    event = one(receive(body(unsorted={"delete": [item]}), user_id=900010), trigger)
    assert (event.data.uid, event.data.lead_id, event.data.decided_by, event.by_us) == ("f575", 70003, 900010, True)


def test_deletions(receive: Receive) -> None:
    gone = {"id": "70001", "status_id": "5102", "pipeline_id": "5001"}
    event = one(receive(body(leads={"delete": [gone]})), "lead_deleted")
    assert (event.data.id, event.data.stage_id, event.entity) == (70001, 5102, "kommo.lead:70001")
    one(receive(body(contacts={"delete": [{"id": "80001", "type": "contact"}]})), "contact_deleted")
