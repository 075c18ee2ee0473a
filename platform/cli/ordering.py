"""What people order about a run: the commands of `treadle runs` that change one."""

from __future__ import annotations

from typing import Any

import click

from treadle.cli.output import json_option, print_json
from treadle.cli.person import login, who_option


def _reason(command: Any) -> Any:
    return click.option("--reason", metavar="TEXT", help="Why; the history keeps it.")(command)


@click.command("cancel")
@click.argument("id")
@_reason
@who_option
@json_option
def cancel_run(id: str, reason: str | None, who: str | None, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """End a run that is not over, before its next step. A call under way is waited for; runs that it started go on."""
    row, remote = _order(id, "cancel", {"who": who or login(), "reason": reason})
    if as_json:
        print_json(row)
        return
    click.echo(f'"{row["rule"]}" ends before its next step (it was {row["status"]}).')
    _nobody_works(remote=remote)


def _order(id: str, what: str, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """What the API answers, and whether a server did."""
    from treadle.cli.client import Api, with_api

    async def put(api: Api) -> tuple[dict[str, Any], bool]:
        return await api.post(f"/runs/{id}/{what}", body), api.remote

    return with_api(put)


def _nobody_works(*, remote: bool) -> None:
    if not remote:
        click.echo("No server runs here: it takes effect at the next `treadle up`.", err=True)
