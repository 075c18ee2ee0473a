"""Killing things: the embedded database comes back by itself; after the whole group the next start goes on."""

from __future__ import annotations

import contextlib
import os
import signal

from tests.acceptance.conftest import SAMPLES, Kommo
from tests.acceptance.processes import Home, until

LATER = """use kommo

rule "Later"
  when kommo.lead_created as lead
  do
    wait 4 s
    kommo.add_tags(lead_id: lead.id, tags: ["late"])
"""


def _postgres(home: Home) -> list[int]:
    found = [int(line.split()[0]) for line in home.databases()]
    assert found
    return found


def _ends(pids: list[int]) -> bool:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, 0)
            return False
    return True


def test_kill_9_of_the_whole_group_in_the_middle_of_a_wait(home: Home, kommo: Kommo) -> None:
    home.write_rule("vip.rule", LATER)
    until("the rule is live", lambda: "Later" in home.output(), pause=0.2)
    event_id = home.deliver(kommo.hook, (SAMPLES / "lead_add_big.form").read_bytes()).json["events"][0]
    event = home.event(event_id, "fired")
    until("it waits", lambda: home.api(f"/runs/{event['runs'][0]}")["status"] == "waiting")
    platform, databases = home.started[1], _postgres(home)

    os.killpg(platform.pid, signal.SIGKILL)
    platform.wait()
    until("the database ends with its owner", lambda: _ends(databases), within=20)
    home.up()

    home.run_of(home.api(f"/events/{event_id}"))
    assert len(kommo.effects()) == 1


def test_kill_9_of_the_embedded_database(home: Home, kommo: Kommo) -> None:
    first = home.deliver(kommo.hook, (SAMPLES / "lead_add_big.form").read_bytes()).json["events"][0]
    home.run_of(home.event(first, "fired"))

    killed = _postgres(home)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    until("another server runs", lambda: {int(line.split()[0]) for line in home.databases()} - set(killed))
    home.ready(home.started[1])

    assert home.api(f"/events/{first}")["outcome"] == "fired"
    second = home.deliver(kommo.hook, (SAMPLES / "lead_add_big.form").read_bytes().replace(b"25000", b"26000"))
    home.run_of(home.event(second.json["events"][0], "fired"))
