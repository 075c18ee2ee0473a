"""`treadle publish`: make rule files the live ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from treadle.cli.files import named, read_rule
from treadle.cli.output import json_option, print_json, print_table

_DOES = {"stay": "", "move": "go over", "restart": "start anew"}


@click.command()
@click.argument("paths", metavar="[PATH...]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--comment", "-m", help="Why, as the history keeps it.")
@click.option("--preview", is_flag=True, help="Only say what runs are on older versions, and what becomes of them.")
@click.option(
    "--policy",
    type=click.Choice(list(_DOES)),
    default="stay",
    show_default=True,
    help="Runs that wait: finish on their version; go on in the new one where safe; or begin anew if nothing was done.",
)
@json_option
def publish(paths: tuple[Path, ...], comment: str | None, preview: bool, policy: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Make these files and folders the live set, in one step; files with errors change nothing.

    Without a PATH: what is live with the drafts over it. A file is called by where it lies in the folder that is named.
    """
    from treadle.cli.client import Declined, with_api
    from treadle.cli.diagnostics import print_reports

    places = named(paths)
    files = {name: read_rule(path) for name, path in places.items()}
    shown = {path.as_posix(): files[name] for name, path in places.items()}
    body = {"files": files if paths else None, "policy": policy, "comment": comment}
    try:
        live = with_api(lambda api: api.post("/publications", body, preview=preview))
    except Declined as declined:
        print_reports(_placed(declined.problem.get("diagnostics", ()), places), shown, as_json=as_json)
        raise
    if as_json:
        print_json(live)
        return
    print_reports(_placed(live["diagnostics"], places), shown)
    if preview or policy != "stay":
        _print_waiting(live, policy)
    said = "would be live" if preview else "live"
    click.echo(f"{said}: {_counted(live['rules'], 'rule')}, {_counted(live['sequences'], 'sequence')}")


def _placed(reports: Iterable[Any], places: Mapping[str, Path]) -> list[Any]:
    """Findings with the files where they lie here."""
    return [{**each, "file": places.get(each["file"], Path(each["file"])).as_posix()} for each in reports]


def _print_waiting(live: Any, policy: str) -> None:
    does = [_DOES[policy]] if policy != "stay" else []
    rows = (
        [
            each["rule"],
            f"{each['step'] or 'the end'} ({each['file']}:{each['line']})",
            each["runs"],
            each["still_there"],
            *([each["go_over"]] if does else []),
            "; ".join(f"{one['runs']}: {one['why']}" for one in each["stay"]) or None,
        ]
        for each in live["waiting"]
    )
    columns = ["rule", "at step", "runs", "still there", *does, "stay"]
    print_table(columns, rows, empty="No run is on an older version.")
    if live["late"]:
        click.echo(f"{live['late']} of them stay: a worker came first.")


def _counted(names: list[str], noun: str) -> str:
    listed = f" ({', '.join(names)})" if names else ""
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}{listed}"
