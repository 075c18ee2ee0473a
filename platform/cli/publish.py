"""`treadle publish`: make rule files the live ones."""

from __future__ import annotations

from pathlib import Path

import click

from treadle.cli.files import paths_argument, sources
from treadle.cli.output import json_option, print_json


@click.command()
@paths_argument
@json_option
def publish(paths: tuple[Path, ...], as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Make these files and folders the live set, in one step; files with errors change nothing."""
    from treadle.cli.client import Declined, with_api
    from treadle.cli.diagnostics import print_reports

    files = sources(paths)
    try:
        live = with_api(lambda api: api.post("/publications", {"files": files}))
    except Declined as declined:
        print_reports(declined.problem.get("diagnostics", ()), files, as_json=as_json)
        raise
    if as_json:
        print_json(live)
        return
    print_reports(live["diagnostics"], files)
    click.echo(f"live: {_counted(live['rules'], 'rule')}, {_counted(live['sequences'], 'sequence')}")


def _counted(names: list[str], noun: str) -> str:
    listed = f" ({', '.join(names)})" if names else ""
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}{listed}"
