"""`treadle stop`: ends what a sequence does, for one key or for all."""

from __future__ import annotations

import click

from treadle.cli.output import json_option, print_json
from treadle.cli.person import login, who_option


@click.command()
@click.argument("name")
@click.option("--key", help="Only the runs of this key, as `one at a time per` has it.")
@click.option("--reason", help="Why, as the history keeps it.")
@who_option
@json_option
def stop(name: str, key: str | None, reason: str | None, who: str | None, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """End the runs of the sequence NAME, each before its next step."""
    from treadle.cli.client import with_api
    from treadle.cli.start import named

    body = {"key": key, "reason": reason, "who": who or login()}
    told = with_api(lambda api: api.post(f"/sequences/{named(name)}/stop", body))
    if as_json:
        print_json(told)
    else:
        click.echo(f"{told['runs']} runs end")
