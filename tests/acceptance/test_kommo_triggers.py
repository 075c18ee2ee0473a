"""Every trigger of Kommo, fired by people and heard by a rule; bodies with several items; own changes."""

from __future__ import annotations

from tests.acceptance.kommo_office import Office, steps
from tests.acceptance.processes import until


def test_leads(office: Office) -> None:
    lead = office.person("lead", name="Heard", price=5)
    office.person("lead", id=lead, price=6)

    assert office.logs(office.event("lead_created", f"lead:{lead}"), "Hears lead_created") == [f"{lead} 5"]
    assert office.logs(office.event("lead_updated", f"lead:{lead}"), "Hears lead_updated") == [f"{lead} 6"]


def test_stages(office: Office) -> None:
    lead = office.person("lead", name="Moved")
    office.person("lead", id=lead, status_id=5103)

    event = office.event("lead_stage_changed", f"lead:{lead}")

    assert office.logs(event, "Hears lead_stage_changed") == ["Initial contact > Quote in Sales"]
    data = office.decided(event)["data"]
    assert (data["stage"], data["old_stage"], data["changed_by"]) == ("Quote", "Initial contact", 900010)


def test_contacts(office: Office) -> None:
    phone = {"field_code": "PHONE", "values": [{"value": "+34600000777", "enum_code": "WORK"}]}
    contact = office.person("contact", first_name="Eva", last_name="Ruiz", custom_fields_values=[phone])
    office.person("contact", id=contact, name="Eva Sanz", last_name="Sanz")

    created, updated = (office.event(name, f"contact:{contact}") for name in ("contact_created", "contact_updated"))

    assert office.logs(created, "Hears contact_created") == ["Eva +34600000777"]
    assert office.logs(updated, "Hears contact_updated") == ["Sanz"]


def test_messages_of_both_directions(office: Office) -> None:
    contact = office.person("contact", name="Writer")
    office.client_writes(contact, "Is Thursday free?")

    answered = office.run(office.event("message_received", f"contact:{contact}"), "Hears message_received")
    sent = office.event("message_sent", f"contact:{contact}")

    step = steps(answered)["send_message"]
    assert (answered["status"], step["input"]) == ("done", {"contact_id": contact, "text": "Thursday it is."})
    assert (step["output"]["id"], office.received(step)) == (sent["data"]["id"], [202])
    assert office.logs(sent, "Hears message_sent") == ["bot on telegram"]


def test_a_rule_does_not_answer_its_own_message(office: Office) -> None:
    contact = office.person("contact", name="Echo")
    office.client_writes(contact, "Echo")

    run = office.run(office.event("message_received", f"contact:{contact}"), "Answers everything")
    verdict = office.verdict(office.event("message_sent", f"contact:{contact}"), "Answers everything")

    assert (verdict["outcome"], run["id"] in verdict["why"]) == ("suppressed", True)


def test_tasks(office: Office) -> None:
    task = office.person("task", text="Call Eva", entity_id=70001, entity_type="leads", complete_till=1900000000)
    office.person("task", id=task, is_completed=True, result={"text": "Agreed"})

    assert office.logs(_about(office, "task_created", task), "Hears task_created") == ["lead 70001"]
    assert office.logs(_about(office, "task_completed", task), "Hears task_completed") == ["Agreed"]


def test_a_person_who_completes_the_task_of_a_rule_is_heard_by_that_rule(office: Office) -> None:
    lead = office.person("lead", name="Chained")
    task = office.person("task", text="Chain", entity_id=lead, entity_type="leads", complete_till=1900000000)
    office.person("task", id=task, is_completed=True)
    second = steps(office.run(office.event("task_completed", f"lead:{lead}"), "Chains tasks"))["create_task"]
    office.person("task", id=second["output"]["id"], is_completed=True)

    _, completed = office.events("task_completed", f"lead:{lead}", 2)

    assert office.run(completed, "Chains tasks")["status"] == "done"


def test_notes(office: Office) -> None:
    lead = office.person("lead", name="Noted")
    office.person("note", entity_id=lead, note_type="common", params={"text": "Likes tea"})

    assert office.logs(office.event("note_added", f"lead:{lead}"), "Hears note_added") == [f"Ann on lead {lead}"]


def test_several_items_in_one_body_become_several_events(office: Office) -> None:
    made = office.api("POST", "/leads", [{"name": "Heard", "price": 1}, {"name": "Heard", "price": 2}])
    first, second = (each["id"] for each in made["_embedded"]["leads"])

    events = [office.event("lead_created", f"lead:{lead}") for lead in (first, second)]

    assert [office.logs(event, "Hears lead_created") for event in events] == [[f"{first} 1"], [f"{second} 2"]]


def test_what_no_trigger_hears_is_kept_and_shown_beside_its_neighbours(office: Office) -> None:
    answer = office.deliver(
        [
            ("catalogs[add][0][id]", "347"),
            ("leads[add][0][id]", "78001"),
            ("leads[add][0][name]", "Neighbour"),
            ("leads[add][0][updated_at]", "1763892000"),
            ("leads[add][1][id]", "seven"),
            ("leads[add][1][name]", "Broken"),
            ("contacts[restore][0][id]", "80009"),
        ]
    )

    events = [office.home.api(f"/events/{each}") for each in answer.json["events"]]
    listed = office.home.run("events", "list", "--trigger", "kommo.unread")
    shown = office.home.run("events", "show", events[1]["id"])

    assert [(each["outcome"], each["data"].get("group"), each["reason"]) for each in events] == [
        ("filtered", None, None),
        ("unread", "catalogs.add", "No trigger hears of it."),
        ("unread", "leads.add", "Id is not a whole number."),
        ("unread", "contacts.restore", "No trigger hears of it."),
    ]
    assert listed.stdout.count("unread") >= 3
    assert "catalogs.add" in shown.stdout
    assert "No trigger hears of it." in shown.stdout


def _about(office: Office, trigger: str, task: int) -> dict[str, object]:
    """The event about a task; its entity is the lead, which others have tasks on."""

    def look() -> dict[str, object] | None:
        found = office.events(trigger, "lead:70001")
        return next((each for each in found if each["data"]["id"] == task), None)

    return dict(until(f"{trigger} of {task}", look))
