"""From a real Kommo delivery to a recorded run, as its user does it: real processes, the command line, the API."""

from __future__ import annotations

import json
from pathlib import Path

from tests.acceptance.conftest import SAMPLES, Kommo
from tests.acceptance.processes import Home


def test_the_big_lead_is_tagged_and_the_small_one_says_why_not(home: Home, kommo: Kommo) -> None:
    small = home.deliver(kommo.hook, (SAMPLES / "lead_add.form").read_bytes())
    big = home.deliver(kommo.hook, (SAMPLES / "lead_add_big.form").read_bytes())

    assert (small.status, big.status) == (202, 202)
    assert (big.json["accepted"], big.json["duplicates"]) == (1, 0)
    filtered = home.event(small.json["events"][0], "filtered")
    (why,) = filtered["explanation"]
    assert why["rule"] == "Tag big deals"
    assert "lead.price" in why["why"]
    assert "900" in why["why"]
    run = home.run_of(home.event(big.json["events"][0], "fired"))
    (step,) = [step for step in run["steps"] if step["what"] == "kommo.add_tags"]
    assert (step["state"], step["input"]) == ("done", {"lead_id": 70002, "tags": ["vip"]})
    assert step["source"]["line"] == 8
    assert step["id"] in {effect["effect_id"] for effect in kommo.effects()}


def test_the_same_delivery_again_is_a_duplicate(home: Home, kommo: Kommo) -> None:
    body = (SAMPLES / "lead_add_big.form").read_bytes()
    first = home.deliver(kommo.hook, body).json

    again = home.deliver(kommo.hook, body).json

    assert (again["accepted"], again["duplicates"]) == (0, 1)
    assert again["events"] == first["events"]


def test_the_command_line_shows_what_the_api_knows(home: Home, kommo: Kommo) -> None:
    event_id = home.deliver(kommo.hook, (SAMPLES / "lead_add_big.form").read_bytes()).json["events"][0]
    event = home.event(event_id, "fired")
    home.run_of(event)

    shown = home.json("events", "show", event_id)
    (listed,) = home.json("events", "list")
    run = home.json("runs", "show", event["runs"][0])

    assert (shown["id"], shown["trigger"], shown["outcome"]) == (event_id, "kommo.lead_created", "fired")
    assert shown["data"]["price"] == 25000
    assert (listed["id"], listed["trigger"]) == (event_id, "kommo.lead_created")
    assert run["rule"] == "Tag big deals"


def test_an_event_put_in_by_hand(home: Home, kommo: Kommo, tmp_path: Path) -> None:
    event = tmp_path / "lead.json"
    event.write_text(json.dumps({"id": 70001, "name": "Ana", "price": 20000}))

    sent = home.json("send", "kommo.lead_created", str(event))

    home.run_of(home.event(sent["events"][0], "fired"))
    assert [effect["path"] for effect in kommo.effects()] == ["/api/v4/leads/70001"]


def test_a_broken_file_keeps_what_was_live(home: Home, kommo: Kommo) -> None:
    home.write_rule("vip.rule", "use kommo\n\nrule broken\n  when\n")
    home.write_rule("other.rule", 'use kommo\n\nrule "Log"\n  when kommo.lead_created as lead\n  do\n    log "seen"\n')

    def both_live() -> bool:
        event_id = home.json("send", "kommo.lead_created", str(event))["events"][0]
        return len(home.api(f"/events/{event_id}")["explanation"]) == 2

    event = home.folder / "lead.json"
    event.write_text(json.dumps({"id": 70001, "name": "Ana", "price": 20000}))
    from tests.acceptance.processes import until

    until("the new rule is live beside the last good one", both_live, pause=0.3)


def test_stopping_leaves_no_process(home: Home, kommo: Kommo) -> None:
    import signal

    from tests.acceptance.processes import until

    simulator, platform = home.started
    platform.send_signal(signal.SIGTERM)
    simulator.send_signal(signal.SIGTERM)

    assert platform.wait(30) == 0
    assert simulator.wait(30) == 0
    until("nothing is left", lambda: not home.living(), within=10)
