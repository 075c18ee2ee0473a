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


@click.command("resolve")
@click.argument("id")
@click.argument("step")
@click.argument("how", type=click.Choice(["check", "happened", "again", "skip"]))
@click.option("--output", metavar="JSON", help="With `happened`: what the call gave, where the rule goes on with it.")
@_reason
@who_option
@json_option
def resolve_step(
    id: str,
    step: str,
    how: str,
    output: str | None,
    reason: str | None,
    who: str | None,
    as_json: bool,  # noqa: FBT001 - click calls it by name
) -> None:
    """Settle a call whose outcome is unknown. STEP is its number, id or node.

    check: ask the service. happened: count it as done. again: send it once more. skip: go on without it.
    """
    body = {"step": step, "how": how, "who": who or login(), "reason": reason}
    if output is not None:
        body["output"] = _json(output)
    told, remote = _order(id, "resolve", body)
    if as_json:
        print_json(told)
        return
    click.echo(told["said"])
    if told["warning"]:
        click.echo(f"Mind: {told['warning'][0].lower()}{told['warning'][1:]}", err=True)
    if told["how"]:
        _nobody_works(remote=remote)


@click.command("retry")
@click.argument("id")
@click.option("--from", "begin", metavar="STEP", help="Begin at this step; those before it are not done again.")
@click.option("--newest", is_flag=True, help="On the live version of the rule, not on the one that the run was on.")
@click.option("--repeat", is_flag=True, help="Do once more what the run did behind that.")
@json_option
def retry_run(
    id: str,
    begin: str | None,
    newest: bool,  # noqa: FBT001 - click calls it by name
    repeat: bool,  # noqa: FBT001 - click calls it by name
    as_json: bool,  # noqa: FBT001 - click calls it by name
) -> None:
    """Run a run that is over once more, with the same event or arguments. STEP is a number, id or node."""
    body = {"from": begin, "version": "newest" if newest else "same", "repeat": repeat}
    told, remote = _order(id, "retry", body)
    if as_json:
        print_json(told)
        return
    click.echo(f"run {told['run']}")
    _nobody_works(remote=remote)


def _json(text: str) -> Any:
    from treadle.cli.faults import InputFault
    from treadle.dsl.values import decode

    try:
        return decode(text.encode())
    except (ValueError, RecursionError):
        raise InputFault("--output is no JSON; a text stands in quotes, as in '\"A-17\"'.") from None


def _order(id: str, what: str, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """What the API answers, and whether a server did."""
    from treadle.cli.client import Api, with_api

    async def put(api: Api) -> tuple[dict[str, Any], bool]:
        return await api.post(f"/runs/{id}/{what}", body), api.remote

    return with_api(put)


def _nobody_works(*, remote: bool) -> None:
    if not remote:
        click.echo("No server runs here: it takes effect at the next `treadle up`.", err=True)
