"""Every action of Kommo called by a rule: what the account received, what the history says."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from tests.acceptance.kommo_office import Office, steps


def test_reads_bring_records(office: Office) -> None:
    lead = office.person("lead", name="Reads")

    run = office.run(office.event("lead_created", f"lead:{lead}"), "Reads")

    assert run["status"] == "done", run
    made = steps(run)
    assert made["get_lead"]["input"] == {"lead_id": 70001}
    ana = made["get_lead"]["output"]
    assert (ana["id"], ana["stage"], ana["pipeline"], ana["contact_ids"]) == (
        70001,
        "Initial contact",
        "Sales",
        [80001],
    )
    assert (ana["source"], ana["fields"]) == ("Site", {"Plan": "Gold", "Segment": "gold"})
    assert made["find_leads"]["input"] == {
        "query": "Big Deal", "stage": "Initial contact", "pipeline": "Sales", "limit": 5,
    }  # fmt: skip
    assert [each["id"] for each in made["find_leads"]["output"]] == [70002]
    contact = made["get_contact"]["output"]
    assert (contact["id"], contact["first_name"], contact["email"]) == (80001, "Ana", "ana@example.com")
    (newest,) = made["list_notes"]["output"]
    assert (newest["text"], newest["lead_id"], newest["kind"]) == ("second", lead, "common")
    assert run["steps"][-1]["input"] == "Initial contact 1 +34600000001 second"


def test_writes_change_the_account(office: Office) -> None:
    lead = office.person("lead", name="Writes", price=1)

    event = office.event("lead_created", f"lead:{lead}")
    run = office.run(event, "Writes")

    assert run["status"] == "done", run
    made = steps(run)
    assert made["update_lead"]["input"] == {
        "lead_id": lead, "name": "Written", "price": 1700, "fields": {"Plan": "Silver", "Discount": 15},
    }  # fmt: skip
    assert made["move_lead"]["input"] == {"lead_id": lead, "stage": "Qualified"}
    assert made["add_tags"]["output"]["id"] == lead
    now = office.api("GET", f"/leads/{lead}")
    assert (now["name"], now["price"], now["status_id"], now["pipeline_id"]) == ("Written", 1700, 5102, 5001)
    assert {each["field_name"]: each["values"][0]["value"] for each in now["custom_fields_values"]} == {
        "Plan": "Silver", "Discount": "15",
    }  # fmt: skip
    assert [tag["name"] for tag in now["_embedded"]["tags"]] == ["import", "vip"]
    (note,) = office.api("GET", f"/leads/{lead}/notes")["_embedded"]["notes"]
    assert (note["id"], note["params"]) == (made["add_note"]["output"]["id"], {"text": "Prefers mornings."})
    task = office.api("GET", f"/tasks/{made['create_task']['output']['id']}")
    due = datetime.fromisoformat(event["data"]["updated_at"]).astimezone(UTC).timestamp() + 86400
    assert (task["text"], task["task_type_id"], task["responsible_user_id"], task["complete_till"]) == (
        "Visit", 2, 900030, due,
    )  # fmt: skip
    assert [office.received(step) for step in made.values()] == [[200]] * 5


def test_a_lead_is_created(office: Office) -> None:
    run = office.run(office.event("lead_created", f"lead:{office.person('lead', name='Creates')}"), "Creates")

    assert run["status"] == "done", run
    number = steps(run)["create_lead"]["output"]["id"]
    made = office.api("GET", f"/leads/{number}?with=contacts")
    assert (made["name"], made["price"], made["status_id"], made["pipeline_id"]) == ("Created", 10, 5202, 5002)
    assert [tag["name"] for tag in made["_embedded"]["tags"]] == ["form"]
    assert made["_embedded"]["contacts"] == [{"id": 80001, "is_main": True}]
    assert run["steps"][-1]["input"] == f"made {number}"


def test_a_rule_does_not_hear_the_lead_that_it_created_and_another_does(office: Office) -> None:
    first = office.event("lead_created", f"lead:{office.person('lead', name='Clone')}")
    run = office.run(first, "Clones")

    clone = steps(run)["create_lead"]["output"]["id"]
    heard = office.event("lead_created", f"lead:{clone}")
    assert office.logs(heard, "Sees clones") == [str(clone)]
    verdict = office.verdict(heard, "Clones")
    assert (verdict["outcome"], run["id"] in verdict["why"]) == ("suppressed", True)


def test_won_is_the_system_stage(office: Office) -> None:
    lead = office.person("lead", name="Wins")

    run = office.run(office.event("lead_created", f"lead:{lead}"), "Wins")

    assert run["status"] == "done", run
    assert office.api("GET", f"/leads/{lead}")["status_id"] == 142


def test_a_stage_that_does_not_exist_fails_with_a_suggestion(office: Office) -> None:
    lead = office.person("lead", name="Qualifeid")

    run = office.run(office.event("lead_created", f"lead:{lead}"), "Moves by a name")

    assert (run["status"], "Qualified" in run["error"]["message"], "Qualifeid" in run["error"]["message"]) == (
        "failed", True, True,
    )  # fmt: skip
    assert steps(run)["move_lead"]["state"] == "failed"
    assert office.received(steps(run)["move_lead"]) == []


def test_a_lead_that_is_gone_is_not_found(office: Office) -> None:
    office.deliver(
        [("leads[add][0][id]", "79999"), ("leads[add][0][name]", "Gone"), ("leads[add][0][updated_at]", "1763892000")]
    )

    event = office.event("lead_created", "lead:79999")

    for rule in ("Reads what is gone", "Changes what is gone"):
        run = office.run(event, rule)
        assert (run["status"], run["error"]["code"]) == ("failed", "not_found")
        assert "79999" in run["error"]["message"]


def test_a_wrong_token_says_so(office: Office) -> None:
    fields = [f"base_url={office.kommo.url}", "access_token=-"]
    added = office.home.run("connections", "add", "kommo", *fields, "--name", "kommo-other", stdin="not-the-token\n")
    assert added.returncode == 0, added.stderr

    tested = office.home.run("connections", "test", "kommo-other")
    lead = office.person("lead", name="Locked out")
    run = office.run(office.event("lead_created", f"lead:{lead}"), "Calls with a wrong token")

    assert tested.returncode != 0
    assert "Invalid user name or password" in tested.stdout + tested.stderr
    assert (run["status"], run["error"]["code"]) == ("failed", "unauthorized")
    assert "not-the-token" not in tested.stdout + tested.stderr + json.dumps(run)


def test_the_connection_introduces_itself_and_the_doctor_is_content(office: Office) -> None:
    tested = office.home.run("connections", "test", "kommo-main")
    doctor = office.home.run("doctor")

    assert (tested.returncode, tested.stdout.strip()) == (
        0, "Connected to Acme (acme, account 31000111) as user 900020.",
    )  # fmt: skip
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "kommo" in doctor.stdout
