"""`treadle backtest`: what changed files would have made of what came in, compared with the published rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from treadle.cli.files import sources
from treadle.cli.moments import since_option, until_option
from treadle.cli.output import json_option, print_json

_LOOK = 0.3
SAME, DIFFERS, CANNOT = 0, 1, 2


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@since_option
@until_option
@click.option("--rule", "rules", metavar="NAME", multiple=True, help="Only tell of this rule; may be repeated.")
@click.option("--against", metavar="PUBLICATION", help="Compare with this publication instead of the live one.")
@json_option
def backtest(
    paths: tuple[Path, ...],
    since: str | None,
    until: str | None,
    rules: tuple[str, ...],
    against: str | None,
    as_json: bool,  # noqa: FBT001 - click calls it by name
) -> None:
    """Replay recorded events through these files, and through the published ones, on a virtual clock. Nothing is sent:
    calls are answered as they were then. The other files are as published; without PATH the drafts are tried.

    Exit status: 0 nothing differs that can be told, 1 something does, 2 it cannot be replayed.
    """
    from treadle.cli.backtested import print_backtest
    from treadle.cli.client import Declined, with_api
    from treadle.cli.moments import moment

    files = sources(paths) if paths else None
    body = {"since": since or moment("30d"), "until": until, "files": files, "rules": list(rules), "against": against}
    try:
        found = with_api(lambda api: _carried_out(api, body, quiet=as_json))
    except Declined as declined:
        click.echo(str(declined), err=True)
        raise click.exceptions.Exit(CANNOT) from None
    if as_json:
        print_json(found)
    _ended(found["job"], files or {}, quiet=as_json)
    if not as_json:
        print_backtest(found["result"])
    raise click.exceptions.Exit(DIFFERS if found["result"]["differs"] else SAME)


def _ended(job: dict[str, Any], files: dict[str, str], *, quiet: bool) -> None:
    """Say why it could not be done, and end with that status."""
    from treadle.cli.diagnostics import print_reports

    if job["state"] == "done":
        return
    if job["diagnostics"] and not quiet:
        print_reports(job["diagnostics"], _named(files, job["diagnostics"]))
    why = job["error"]["message"] if job["error"] else f"it was {job['state']}"
    click.echo(f"The backtest could not be done: {why}.", err=True)
    raise click.exceptions.Exit(CANNOT)


def _named(files: dict[str, str], diagnostics: list[Any]) -> dict[str, str]:
    """The texts under the paths of these diagnostics, which are those that they were published under."""
    found = {each["file"] for each in diagnostics}
    return {name: text for name in found for path, text in files.items() if f"/{path}".endswith(f"/{name}")}


async def _carried_out(api: Any, body: dict[str, Any], *, quiet: bool) -> Any:
    """The backtest once it is over; Ctrl-C cancels it."""
    import asyncio

    job = await api.post("/backtests", body)
    try:
        while True:
            found = await api.get(f"/backtests/{job['id']}")
            if found["job"]["state"] != "running":
                return found
            if not quiet:
                _progress(found["job"])
            await asyncio.sleep(_LOOK)
    except asyncio.CancelledError:
        await asyncio.shield(api.post(f"/backtests/{job['id']}/cancel"))
        raise
    finally:
        if not quiet:
            _progress(None)


def _progress(job: dict[str, Any] | None) -> None:
    """One line on a terminal, written over and over."""
    import sys

    if sys.stderr.isatty():
        said = "" if job is None else f"{float(job['progress']):4.0%}  {job['events']:,} events"
        sys.stderr.write(f"\r\x1b[K{said}")
        sys.stderr.flush()
