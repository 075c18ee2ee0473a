"""A connected platform that many tests share: the rules of `kommo_rules/`, a simulated account that delivers to it.

Owns acting as the people of the account and waiting for what rules made of it. Every test has names of its own for
leads, contacts and texts, so that nobody hears another's events.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.acceptance.kommo import Kommo
from tests.acceptance.processes import Home, Reply, request, until

RULES = Path(__file__).parent / "kommo_rules"
SETTINGS = [
    *("add_lead", "update_lead", "status_lead", "responsible_lead", "note_lead"),
    *("add_contact", "update_contact", "note_contact", "add_task", "update_task"),
    *("add_message", "add_outgoing_message", "add_talk"),
]
AT_REST = ("done", "failed", "stopped", "unknown")


class Office:
    """The platform, the account, and the person who works in it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.kommo = Kommo(home)

    def open(self) -> None:
        """Start everything; returns when the account delivers to the platform and all rules are live."""
        self.kommo.start()
        for file in RULES.glob("*.rule"):
            self.home.write_rule(file.name, file.read_text(encoding="utf-8"))
        self.home.up()
        self.kommo.connect()
        self._ask("POST", "/_test/ratelimit", {"per_second": None})
        self.api("POST", "/webhooks", {"destination": self.kommo.hook, "settings": SETTINGS})

    # --- the account ------------------------------------------------------------------------------------------------

    def person(self, kind: str, **fields: Any) -> int:
        """A person of the account creates a lead, contact, task or note, or changes the one of `id`; its id."""
        answer = self._ask("POST", f"/_test/person/{kind}", fields)
        if "_embedded" not in answer:
            return int(answer["id"])
        ((made,),) = answer["_embedded"].values()
        return int(made["id"])

    def client_writes(self, contact_id: int, text: str) -> str:
        """A contact writes; the id of the message."""
        return str(self._ask("POST", "/_test/person/message", {"contact_id": contact_id, "text": text})["id"])

    def fault(self, **how: Any) -> None:
        """What happens to the next request that fits."""
        self._ask("POST", "/_test/faults", how)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Kommo's own API, with the connection's token; None for an empty answer."""
        (token,) = (field.partition("=")[2] for field in self.kommo.fields if field.startswith("access_token="))
        headers = {"authorization": f"Bearer {token}"}
        answer = request(method, f"{self.kommo.url}/api/v4{path}", body=json.dumps(body).encode(), headers=headers)
        assert answer.status < 300, answer.body
        return answer.json if answer.body else None

    def requests(self, method: str, path: str) -> list[dict[str, Any]]:
        """What the account was asked so far."""
        found = self._ask("GET", "/_test/requests")
        return [each for each in found if (each["method"], each["path"]) == (method, f"/api/v4{path}")]

    def received(self, step: Mapping[str, Any]) -> list[int]:
        """The statuses that the writes of one step were answered with; 0 for a connection that was cut."""
        return [each["status"] for each in self.kommo.effects() if each["effect_id"] == step["id"]]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = request(method, f"{self.kommo.url}{path}", body=json.dumps(body).encode() if body else None)
        assert answer.status == 200, answer.body
        return answer.json

    # --- the platform -----------------------------------------------------------------------------------------------

    def deliver(self, pairs: Iterable[tuple[str, str]]) -> Reply:
        """A webhook body that the simulated account would not make by itself."""
        return self.home.deliver(self.kommo.hook, urlencode([("account[id]", "31000111"), *pairs]).encode())

    def events(self, trigger: str, about: str, count: int = 1) -> list[dict[str, Any]]:
        """The events of a trigger about one entity, oldest first, once there are `count`."""
        path = f"/events?trigger=kommo.{trigger}&entity=kommo.{about}"
        found = until(
            f"{count} {path}", lambda: (items := self.home.api(path)["items"]) and len(items) >= count and items
        )
        return [self.home.api(f"/events/{each['id']}") for each in reversed(found)]

    def event(self, trigger: str, about: str) -> dict[str, Any]:
        """The only such event, once everything about it is decided."""
        (found,) = self.events(trigger, about)
        return self.decided(found)

    def decided(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The event once every rule has fired on it or not."""
        return dict(
            until(
                f"event {event['id']} decided",
                lambda: (seen := self.home.api(f"/events/{event['id']}"))["outcome"] != "pending" and seen,
            )
        )

    def verdict(self, event: Mapping[str, Any], rule: str) -> dict[str, Any]:
        """What one rule made of an event."""
        (found,) = [each for each in self.decided(event)["explanation"] if each["rule"] == rule]
        return found

    def run(self, event: Mapping[str, Any], rule: str) -> dict[str, Any]:
        """The run of a rule that fired on an event, once it rests."""
        started = self.verdict(event, rule)["run"]
        assert started, self.verdict(event, rule)
        return dict(
            until(f"{rule} rests", lambda: (run := self.home.api(f"/runs/{started}"))["status"] in AT_REST and run)
        )

    def logs(self, event: Mapping[str, Any], rule: str) -> list[str]:
        """What a rule logged on an event."""
        run = self.run(event, rule)
        assert run["status"] == "done", run
        return [step["input"] for step in run["steps"] if step["what"] == "log"]


def steps(run: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The calls of a run by the name of their action."""
    return {step["what"].partition(".")[2]: step for step in run["steps"] if step["effect"] is not None}
