"""Conditions on what a delivery of Kommo does not carry, once per key, and a rule's own changes."""

from __future__ import annotations

from tests.acceptance.kommo_office import Office


def test_a_rule_does_not_hear_its_own_change_and_another_does(office: Office) -> None:
    lead = office.person("lead", name="Own", price=10)
    office.person("lead", id=lead, price=20)

    by_person, by_rule = (office.decided(each) for each in office.events("lead_updated", f"lead:{lead}", 2))

    run = office.run(by_person, "Raises its own lead")
    assert run["status"] == "done", run
    verdict = office.verdict(by_rule, "Raises its own lead")
    assert (verdict["outcome"], run["id"] in verdict["why"]) == ("suppressed", True)
    assert [office.logs(each, "Watches others raise") for each in (by_person, by_rule)] == [["20"], ["21"]]
    shown = office.home.run("events", "show", by_rule["id"]).stdout
    assert "own change" in shown
    assert office.api("GET", f"/leads/{lead}")["price"] == 21
    assert len(office.events("lead_updated", f"lead:{lead}")) == 2


def test_a_person_who_changes_the_lead_afterwards_is_heard(office: Office) -> None:
    lead = office.person("lead", name="Own", price=10)
    office.person("lead", id=lead, price=20)
    office.events("lead_updated", f"lead:{lead}", 2)

    office.person("lead", id=lead, price=30)

    later = office.events("lead_updated", f"lead:{lead}", 4)
    by_person = next(each for each in later if each["data"]["price"] == 30)
    assert office.run(by_person, "Raises its own lead")["status"] == "done"


def test_what_is_not_carried_is_read_once_for_all_rules_and_recorded(office: Office) -> None:
    before = len(office.requests("GET", "/leads/70001"))
    office.person("lead", id=70001, name="Sourced")

    event = next(each for each in office.events("lead_updated", "lead:70001") if each["data"]["name"] == "Sourced")
    decided = office.decided(event)

    assert office.logs(decided, "From the site") == ["Site"]
    assert office.logs(decided, "With a contact") == ["80001"]
    elsewhere = office.verdict(decided, "From elsewhere")
    assert (elsewhere["outcome"], '"Site"' in elsewhere["why"]) == ("filtered", True)
    assert (decided["data"]["source"], decided["data"]["main_contact_id"]) == ("Site", 80001)
    assert len(office.requests("GET", "/leads/70001")) == before + 1


def test_nothing_is_read_when_what_is_carried_decides(office: Office) -> None:
    lead = office.person("lead", name="Plain", price=1)
    office.person("lead", id=lead, price=2)

    verdict = office.verdict(office.event("lead_updated", f"lead:{lead}"), "Needs no reading")

    assert (verdict["outcome"], verdict["why"]) == (
        "filtered",
        "lead.price > 1000000 does not hold: lead.price is 2",
    )
    assert office.requests("GET", f"/leads/{lead}") == []


def test_once_per_lead(office: Office) -> None:
    lead = office.person("lead", name="Once")
    for price in (1, 2):
        office.person("lead", id=lead, price=price)

    first, second = (office.decided(each) for each in office.events("lead_updated", f"lead:{lead}", 2))

    assert sorted(office.verdict(each, "Greets once")["outcome"] for each in (first, second)) == ["fired", "suppressed"]
    late = next(each for each in (first, second) if office.verdict(each, "Greets once")["outcome"] == "suppressed")
    shown = office.home.run("events", "show", late["id"]).stdout
    assert f"the rule has fired for {lead} already" in shown
