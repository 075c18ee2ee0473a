"""`treadle export` and `treadle import`: a workspace as one zip."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from treadle.cli.output import json_option, print_json, print_table

_FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.command("export")
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def export_workspace(file: Path, force: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Write the workspace into FILE, a zip; `-` is standard output.

    Rule files with their drafts, connections without their secrets, and which rules are switched.
    """
    from treadle.cli.client import with_api

    if str(file) != "-" and file.exists() and not force:
        raise click.UsageError(f"{file} is there already; --force replaces it.")
    packed: bytes = with_api(lambda api: api.raw("/export"))
    if str(file) == "-":
        sys.stdout.buffer.write(packed)
        return
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_bytes(packed)
    fresh.replace(file)
    click.echo(f"{file}: {len(packed):,} bytes")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True))
@click.option("--preview", is_flag=True, help="Only say what would happen.")
@click.option("--overwrite", is_flag=True, help="Replace what differs.")
@json_option
def import_workspace(file: Path, preview: bool, overwrite: bool, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Bring the files of a workspace in as drafts; `-` is standard input.

    Nothing goes live before `treadle publish`, and nothing is deleted. Switches are set; connections are only named,
    because their secrets do not travel.
    """
    from base64 import b64encode

    from treadle.cli.client import with_api

    packed = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    body = {"archive": b64encode(packed).decode("ascii"), "overwrite": overwrite}
    plan = with_api(lambda api: api.post("/import", body, preview=preview))
    if as_json:
        print_json(plan)
        return
    rows = [[each["path"], each["meets"]] for each in plan["files"]]
    rows += [[f'switch of "{each["rule"]}" to {each["to"]}', each["meets"]] for each in plan["switches"]]
    rows += [[f"connection {each['name']}", each["meets"]] for each in plan["connections"]]
    print_table(["what", "meets"], rows, empty="The archive is empty.")
    _ask_for(plan["connections"])
    if plan["done"]:
        click.echo("brought in as drafts; `treadle publish` makes them live")


def _ask_for(connections: list[dict[str, Any]]) -> None:
    for each in connections:
        if each["meets"] == "new":
            settings = " ".join(f"{name}={value}" for name, value in sorted(each["settings"].items()))
            click.echo(
                f"to be made: treadle connections add {each['plugin']} --name {each['name']} {settings}".rstrip()
            )
