"""`treadle events`: what came in and what became of it."""

from __future__ import annotations

from typing import Any

import click

from treadle.cli.lazy import DefaultGroup
from treadle.cli.moments import since_option, until_option
from treadle.cli.output import compact, json_option, print_json, print_table, when


@click.group(cls=DefaultGroup, default="list")
def events() -> None:
    """What came in, and what became of it. Without a word after it: `list`."""


@events.command("list")
@click.option("--trigger", metavar="TRIGGER", help="Only this trigger, such as acme.order_placed.")
@click.option("--entity", metavar="ENTITY", help="Only events about this, such as acme.order:7.")
@click.option("--outcome", metavar="OUTCOME", help="fired, filtered, pending, unheard, unread.")
@since_option
@until_option
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def list_events(as_json: bool, limit: int, **wanted: str | None) -> None:  # noqa: FBT001 - click calls it by name
    """Events, newest first."""
    from treadle.cli.client import with_api

    found = with_api(lambda api: api.pages("/events", limit, **wanted))
    if as_json:
        print_json(found)
        return
    rows = ([when(each["received_at"]), each["outcome"], each["trigger"], each["entity"], each["id"]] for each in found)
    print_table(["received", "outcome", "trigger", "about", "event"], rows, empty="No events yet.")


@events.command("show")
@click.argument("id")
@json_option
def show_event(id: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """One event: its data, and for every rule that listens whether it fired, or why not."""
    from treadle.cli.client import ask

    found = ask(f"/events/{id}")
    if as_json:
        print_json(found)
    else:
        print_event(found)


def print_event(event: dict[str, Any]) -> None:
    """An event for a person."""
    click.echo(f"{event['trigger']}  {click.style(event['outcome'], bold=True)}  {event['entity'] or ''}")
    click.echo(click.style(f"event {event['id']}, received {when(event['received_at'])}", dim=True))
    click.echo(f"data: {compact(event['data'])}")
    if event["reason"]:
        click.echo(f"not read: {event['reason']}")
    for rule in event["explanation"]:
        click.echo(explained(rule))


def explained(rule: dict[str, Any]) -> str:
    """One line: the rule, what it did, and why or in which run."""
    why = rule["why"] or (f"run {rule['run']}" if rule["run"] else "")
    return f'  rule "{rule["rule"]}" ({rule["file"]}): {rule["outcome"]}' + (f": {why}" if why else "")
