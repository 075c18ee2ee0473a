"""`treadle approvals`: questions that runs ask people."""

from __future__ import annotations

import click

from treadle.cli.lazy import DefaultGroup
from treadle.cli.output import json_option, print_json, print_table, when
from treadle.cli.person import login, who_option


@click.group(cls=DefaultGroup, default="list")
def approvals() -> None:
    """Questions that runs ask people. Without a word after it: `list`."""


@approvals.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that are decided or closed.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200))
@json_option
def list_approvals(limit: int, every: bool, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Questions, newest first, with who is asked and until when."""
    from treadle.cli.client import ask

    found = ask("/approvals", all=str(every).lower(), limit=limit)["items"]
    if as_json:
        print_json(found)
        return
    rows = ([each["id"], each["state"], each["by"], when(each["until"]), each["question"]] for each in found)
    print_table(["question", "state", "by", "until", ""], rows, empty="Nobody is asked anything.")


@approvals.command("approve")
@click.argument("id")
@who_option
@json_option
def approve(id: str, who: str | None, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Say yes."""
    _decide(id, who, approved=True, as_json=as_json)


@approvals.command("refuse")
@click.argument("id")
@who_option
@json_option
def refuse(id: str, who: str | None, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Say no."""
    _decide(id, who, approved=False, as_json=as_json)


@approvals.command("link")
@click.argument("id")
@click.option("--to", required=True, help="Whom it is for, as the history will name them.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="It holds so long; as long as the question.")
@json_option
def link(id: str, to: str, days: float | None, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """An address at which somebody without an account decides this one question."""
    from datetime import UTC, datetime, timedelta

    from treadle.cli.client import with_api

    until = None if days is None else (datetime.now(UTC) + timedelta(days=days)).isoformat()
    made = with_api(lambda api: api.post(f"/approvals/{id}/links", {"to": to, "until": until}))
    if as_json:
        print_json(made)
    else:
        click.echo(made["url"])
        click.echo(f"for {made['to']}, until {when(made['until'])}; whoever has it can decide", err=True)


def _decide(id: str, who: str | None, *, approved: bool, as_json: bool) -> None:
    from treadle.cli.client import with_api

    body = {"approved": approved, "who": who or login()}
    row = with_api(lambda api: api.post(f"/approvals/{id}", body))
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['state']}: {row['question']} (run {row['run_id']})")
