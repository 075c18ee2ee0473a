"""The demo's show: one delivery after the other, what the rules made of it, and the proof that the service got it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import click
import httpx

from treadle.cli.beside import Beside
from treadle.cli.client import Api
from treadle.cli.events import explained
from treadle.cli.faults import WorldFailed
from treadle.cli.output import compact, console
from treadle.cli.timeline import print_run
from treadle.runtime.settings import Settings

PATIENCE = 30.0
"""Seconds that a delivery may take until its runs have ended."""
OPEN = ("matching", "running")


def _brief(data: dict[str, Any]) -> str:
    """The plain values of an event that tell most: the first few."""
    plain = [f"{name} {compact(value)}" for name, value in data.items() if isinstance(value, str | int | Decimal)]
    return ", ".join(plain[:4])


class Show:
    """`hook` is the whole address that the simulator delivers to, `writes` the actions that change something there."""

    def __init__(self, api: Api, service: Beside, *, hook: str, writes: Collection[str]) -> None:
        self._api, self._service, self._hook, self._writes = api, service, hook, writes
        self._effects: list[dict[str, Any]] = []
        self._seen: set[str] = set()

    async def deliver(self, name: str) -> None:
        """Let the service deliver one body, wait for what becomes of it, and print that."""
        began = time.perf_counter()
        await self._ask("POST", "/_test/deliver", {"name": name, "to": self._hook})
        for event in await self._new_events():
            await self._tell(name, event, began)

    async def prove(self) -> None:
        """Compare the effects of all runs with what the service received. Raises `WorldFailed` on any difference."""
        if not self._effects:
            raise WorldFailed("No rule did anything: there is nothing that the service could have received.")
        received = {each["effect_id"] for each in await self._ask("GET", "/_test/effects")}
        missing = [step for step in self._effects if step["state"] != "done" or step["id"] not in received]
        if missing:
            raise WorldFailed(f"The service did not receive {', '.join(step['what'] for step in missing)}.")
        done = f"{len(self._effects)} effect{'s' if len(self._effects) > 1 else ''}"
        click.echo(f"The simulated {self._service.plugin} received {done}, as the run says.")

    def invite(self, here: Settings) -> None:
        """What a person can do next, while everything stays up."""
        url = self._api.url
        click.echo(f"\nTreadle is at {url}, the API's docs at {url}/api/docs. Ctrl-C ends it.")
        click.echo("Change a rule file and it is live. Try: treadle runs · treadle events · treadle check rules")
        click.echo(
            f"The simulated {self._service.plugin} is at {self._service.url}; the key lies in {here.home / 'key'}."
        )

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        async with httpx.AsyncClient(base_url=self._service.url, timeout=PATIENCE, trust_env=False) as http:
            answer = await http.request(method, path, json=body)
        if answer.is_error:
            raise WorldFailed(
                f"The simulated {self._service.plugin} answered {answer.status_code}: {answer.text[:200]}"
            )
        return answer.json()

    async def _new_events(self) -> list[dict[str, Any]]:
        """The service's events that were not there before, oldest first, once everything about them is decided and
        over. What the platform says of itself is not waited for.
        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = [each for each in await self._api.pages("/events", 20) if self._is_new(each)]
            if found and all([await self._settled(each) for each in found]):
                self._seen |= {each["id"] for each in found}
                return [await self._api.get(f"/events/{each['id']}") for each in found[::-1]]
            await asyncio.sleep(0.03)
        raise WorldFailed(f"Nothing came of the delivery within {PATIENCE:.0f} s.")

    def _is_new(self, event: dict[str, Any]) -> bool:
        return event["trigger"].startswith(f"{self._service.plugin}.") and event["id"] not in self._seen

    async def _settled(self, event: dict[str, Any]) -> bool:
        if event["outcome"] == "pending":
            return False
        runs = [await self._api.get(f"/runs/{ident}") for ident in event["runs"]]
        return all(run["status"] not in OPEN for run in runs)

    async def _tell(self, name: str, event: dict[str, Any], began: float) -> None:
        out = console()
        out.print()
        took = (time.perf_counter() - began) * 1000
        out.rule(f"{self._service.plugin} delivers {name}", style="dim", align="left")
        out.print(f"{event['trigger']}  {_brief(event['data'])}", style="bold", no_wrap=True)
        out.print(f"{event['outcome']} after {took:.0f} ms", style="dim")
        for rule in event["explanation"]:
            if rule["outcome"] != "fired":
                out.print(explained(rule))
        for ident in event["runs"]:
            run = await self._api.get(f"/runs/{ident}")
            print_run(run)
            self._effects += [step for step in run["steps"] if step["what"] in self._writes]
