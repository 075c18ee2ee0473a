"""`treadle send`: put an event in, as if its service had delivered it."""

from __future__ import annotations

from pathlib import Path

import click

from treadle.cli.output import json_option, print_json


@click.command()
@click.argument("trigger")
@click.argument("file", metavar="EVENT.json", type=click.Path(path_type=Path, allow_dash=True))
@json_option
def send(trigger: str, file: Path, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Put the data of EVENT.json (- for standard input) in as an event of TRIGGER (acme.order_placed)."""
    from treadle.cli.client import Api, with_api
    from treadle.cli.files import read_json

    data = read_json(file)

    async def put(api: Api) -> tuple[dict[str, object], bool]:
        return await api.post("/events", {"trigger": trigger, "data": data}), api.remote

    receipt, remote = with_api(put)
    if as_json:
        print_json(receipt)
        return
    click.echo(f"event {receipt['events'][0]}" if receipt["events"] else "nothing stored")  # type: ignore[index]
    if not remote:
        click.echo("No server runs here: rules see it at the next `treadle up`.", err=True)
