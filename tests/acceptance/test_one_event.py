"""From a real Kommo delivery to a recorded run, as its user does it: real processes, the command line, the API."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.conftest import SAMPLES, Kommo, connected
from tests.acceptance.processes import Home, home_in, until


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One installation for all of this page; the tests follow one another."""
    with home_in(tmp_path_factory.mktemp("one")) as made:
        yield made


@pytest.fixture(scope="module")
def kommo(home: Home) -> Kommo:
    """The platform of that installation, connected to a simulated account."""
    return connected(home)


def test_two_leads_from_their_delivery_to_the_command_line(home: Home, kommo: Kommo) -> None:
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

    again = home.deliver(kommo.hook, (SAMPLES / "lead_add_big.form").read_bytes()).json
    assert (again["accepted"], again["duplicates"], again["events"]) == (0, 1, big.json["events"])

    (event_id,) = again["events"]
    shown = home.json("events", "show", event_id)
    listed = {each["id"]: each["trigger"] for each in home.json("events", "list")}
    assert (shown["id"], shown["trigger"], shown["outcome"]) == (event_id, "kommo.lead_created", "fired")
    assert shown["data"]["price"] == 25000
    assert listed[event_id] == "kommo.lead_created"
    assert home.json("runs", "show", run["id"])["rule"] == "Tag big deals"


def test_an_event_put_in_by_hand(home: Home, kommo: Kommo, tmp_path: Path) -> None:
    event = tmp_path / "lead.json"
    event.write_text(json.dumps({"id": 70001, "name": "Ana", "price": 20000}))

    sent = home.json("send", "kommo.lead_created", str(event))

    home.run_of(home.event(sent["events"][0], "fired"))
    assert [each["path"] for each in kommo.effects()].count("/api/v4/leads/70001") == 1


def test_a_broken_file_keeps_what_was_live(home: Home, kommo: Kommo) -> None:
    home.write_rule("vip.rule", "use kommo\n\nrule broken\n  when\n")
    home.write_rule("other.rule", 'use kommo\n\nrule "Log"\n  when kommo.lead_created as lead\n  do\n    log "seen"\n')

    def both_live() -> bool:
        event_id = home.json("send", "kommo.lead_created", str(event))["events"][0]
        return len(home.api(f"/events/{event_id}")["explanation"]) == 2

    event = home.folder / "lead.json"
    event.write_text(json.dumps({"id": 70001, "name": "Ana", "price": 20000}))
    until("the new rule is live beside the last good one", both_live, pause=0.3)


def test_stopping_leaves_no_process(home: Home, kommo: Kommo) -> None:
    simulator, platform = home.started
    platform.send_signal(signal.SIGTERM)
    simulator.send_signal(signal.SIGTERM)

    assert platform.wait(30) == 0
    assert simulator.wait(30) == 0
    until("nothing is left", lambda: not home.living(), within=10)
