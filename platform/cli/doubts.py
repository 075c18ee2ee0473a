"""Calls whose outcome is unknown as a person reads them: what was sent, since when, and what is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click


def print_doubts(runs: Iterable[dict[str, Any]]) -> None:
    """A block for each call that waits for a person, and how to settle it."""
    from treadle.cli.client import Api, with_api

    async def details(api: Api) -> list[dict[str, Any]]:
        return [await api.get(f"/runs/{run['id']}") for run in runs]

    for run in with_api(details):
        for step in run["steps"]:
            if step["id"] in run["doubts"]:
                _print(run, step)
    click.echo("Settle one: treadle runs resolve RUN STEP check|happened|again|skip")


def _print(run: dict[str, Any], step: dict[str, Any]) -> None:
    from treadle.cli.output import compact, when
    from treadle.cli.timeline import WIDTH

    tries = f", sent {step['tries']} times" if step["tries"] > 1 else ""
    click.echo(f"{run['rule']}: step {step['seq']}, {step['what']} ({step['effect']}{tries})")
    click.echo(f"  run      {run['id']}")
    click.echo(f"  sent     {compact(step['input'], WIDTH)}")
    click.echo(f"  since    {when(step['ended_at'])}")
    click.echo(f"  known    {step['error']['message'] if step['error'] else '-'}")
    click.echo("")
