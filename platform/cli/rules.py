"""`treadle rules`: which rules are live, and switching one on, off or to rehearse."""

from __future__ import annotations

from typing import Any

import click

from treadle.cli.lazy import DefaultGroup
from treadle.cli.output import json_option, print_json, print_table, when


@click.group(cls=DefaultGroup, default="list")
def rules() -> None:
    """Rules that are live. Without a word after it: `list`."""


@rules.command("list")
@json_option
def list_rules(as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """State, next firing, and webhooks.

    Rules stand as their files have them. The address of a webhook holds its secret.
    """
    from treadle.cli.client import Api, with_api

    async def look(api: Api) -> tuple[list[Any], str]:
        return (await api.get("/rules"))["items"], api.url

    found, url = with_api(look)
    if as_json:
        print_json(found)
        return
    rows = ([each["name"], _state(each), when(each["next"]), f"{each['file']}:{each['line']}"] for each in found)
    print_table(["rule", "state", "next", ""], rows, empty="No rules are live.")
    for each in found:
        for need in each["needs"]:
            click.echo(f"{each['name']} needs a connection: {need['why']}")
        for hook in each["webhooks"]:
            click.echo(f"POST {url}{hook['address']}  ({each['name']})")


def _switching(to: str, help: str) -> click.Command:
    @rules.command(to, help=help)
    @click.argument("name")
    @json_option
    def command(name: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
        _switch(name, to, as_json=as_json)

    return command


switch_on = _switching(
    "on", "Let NAME be as its text says again.\n\nWhat its schedules missed meanwhile is not made up for."
)
switch_off = _switching(
    "off", "Switch NAME off.\n\nNothing starts it any more, and its runs end before their next step."
)
rehearse = _switching("rehearse", "Let new runs of NAME only rehearse.\n\nThey record their effects and send none.")


def _switch(name: str, to: str, *, as_json: bool) -> None:
    from urllib.parse import quote

    from treadle.cli.client import with_api

    # A slash would end the part of the path that is the name, whoever unquotes it on the way.
    part = quote(quote(name, safe="") if "/" in name else name, safe="")
    found = with_api(lambda api: api.post(f"/rules/{part}/{to}"))
    if as_json:
        print_json(found)
        return
    stopped = found["stopped"]
    told = f"; {stopped} run{'' if stopped == 1 else 's'} stopped" if to == "off" else ""
    click.echo(f"{found['rule']['state']}: {found['rule']['name']}{told}")


def _state(rule: dict[str, Any]) -> str:
    says = " (its text)" if rule["state"] != "on" and rule["text"] == rule["state"] else ""
    return f"{rule['state']}{says}"
