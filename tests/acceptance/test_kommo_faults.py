"""Kommo in trouble: too many requests, errors, lost answers; what each effect class makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.acceptance.kommo_office import Office, steps

TAGS: dict[str, Any] = {"method": "PATCH", "path": "/leads/"}


def _run(office: Office, rule: str, name: str) -> tuple[int, dict[str, Any]]:
    lead = office.person("lead", name=name)
    return lead, office.run(office.event("lead_created", f"lead:{lead}"), rule)


@pytest.mark.parametrize(
    ("how", "statuses"),
    [
        pytest.param({"status": 429, "retry_after": 1}, [429, 200], id="too many requests"),
        pytest.param({"status": 500}, [500, 200], id="server error"),
        pytest.param({"status": 504}, [504, 200], id="gateway error"),
        pytest.param({"cut": True}, [0, 200], id="answer lost"),
    ],
)
def test_an_idempotent_action_is_repeated(office: Office, how: dict[str, Any], statuses: list[int]) -> None:
    office.fault(**TAGS, **how)

    lead, run = _run(office, "Tags in trouble", f"Tags {statuses[0]}")

    assert run["status"] == "done", run
    step = steps(run)["add_tags"]
    assert (step["tries"], office.received(step)) == (2, statuses)
    assert [tag["name"] for tag in office.api("GET", f"/leads/{lead}")["_embedded"]["tags"]] == ["vip"]


@pytest.mark.parametrize(
    ("how", "statuses"),
    [
        pytest.param({"cut": True}, [0], id="the answer is lost"),
        pytest.param({"status": 500}, [500, 200], id="it never arrived"),
    ],
)
def test_a_note_is_there_once(office: Office, how: dict[str, Any], statuses: list[int]) -> None:
    office.fault(method="POST", path="/notes", **how)

    lead, run = _run(office, "Notes in trouble", f"Notes {statuses[0]}")

    assert run["status"] == "done", run
    notes = office.api("GET", f"/leads/{lead}/notes")["_embedded"]["notes"]
    assert [(each["id"], each["params"]["text"]) for each in notes] == [
        (steps(run)["add_note"]["output"]["id"], "noted")
    ]
    assert office.received(steps(run)["add_note"]) == statuses


def test_a_task_is_there_once(office: Office) -> None:
    office.fault(method="POST", path="/tasks", cut=True)

    lead, run = _run(office, "Tasks in trouble", "Tasks")

    assert run["status"] == "done", run
    step = steps(run)["create_task"]
    tasks = office.api("GET", f"/tasks?filter[entity_id][]={lead}")["_embedded"]["tasks"]
    assert [each["id"] for each in tasks] == [step["output"]["id"]]
    assert office.received(step) == [0]


@pytest.mark.parametrize("how", [{"cut": True}, {"status": 500}], ids=["answer lost", "server error"])
def test_a_message_that_may_have_arrived_is_unknown_and_never_sent_again(office: Office, how: dict[str, Any]) -> None:
    office.fault(method="POST", path="/send_message", **how)

    _, run = _run(office, "Messages in trouble", f"Messages {how}")

    step = steps(run)["send_message"]
    assert (run["status"], step["state"], step["tries"]) == ("unknown", "unknown", 1)
    assert len(office.received(step)) == 1
    listed = office.home.json("runs", "list", "--status", "unknown")
    assert run["id"] in [each["id"] for each in listed]
    shown = office.home.run("runs", "show", run["id"]).stdout
    assert "unknown" in shown
    assert step["error"]["message"][:20] in " ".join(shown.split())


def test_a_message_that_surely_was_not_sent_is_sent_later(office: Office) -> None:
    office.fault(method="GET", path="/talks", status=500)

    _, run = _run(office, "Messages in trouble", "Messages later")

    step = steps(run)["send_message"]
    assert (run["status"], step["tries"], office.received(step)) == ("done", 2, [202])
